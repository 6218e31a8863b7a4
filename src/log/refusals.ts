import { addUpShares, cachedNotice } from "./cached-notice.ts";
import type { Notice } from "./ledger.ts";

/** Said of a reading whose calls were refused for their rate now and then, and went on. */
export function refusedNotice(service: string, calls: number): Notice {
  const what = calls === 1 ? "1 call for its rate; it was" : `${calls} calls for their rate; all were`;
  return { kind: "throttled", text: `${service} refused ${what} repeated.`, refused: { service, calls } };
}

/** The same notices, with one for all the refusals of a service: parts of a reading each tell of their own. */
export function addUpRefusals(notices: readonly Notice[]): Notice[] {
  const calls = new Map<string, number>();
  for (const { refused } of notices)
    if (refused) calls.set(refused.service, (calls.get(refused.service) ?? 0) + refused.calls);
  return [
    ...notices.filter(({ refused }) => !refused),
    ...[...calls].map(([service, count]) => refusedNotice(service, count)),
  ];
}

/** The same notices, with one for all that came from the cache, and one for all the refusals of a service. */
export function addUpNotices(notices: readonly Notice[]): Notice[] {
  const [first, ...others] = notices.flatMap(({ cached }) => cached ?? []);
  if (!first || others.length === 0) return addUpRefusals(notices);
  const groups = new Set(notices.filter(({ cached }) => cached).map(({ group }) => group));
  const [group] = groups.size === 1 ? groups : [];
  const rest = notices.filter(({ cached }) => !cached);
  return [...addUpRefusals(rest), cachedNotice(addUpShares([first, ...others]), group)];
}
