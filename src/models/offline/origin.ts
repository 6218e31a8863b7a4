import type { Conversation } from "./conversation.ts";
import { hasErrors } from "./plan.ts";
import type { ResultOf } from "./results.ts";

export type Correlated = ResultOf<"correlate_events">;
export type Analysed = ResultOf<"analyze_error_pattern">["groups"][number] & { readonly ref: string };

/** Where trouble began, whom it reached, and who only makes noise. */
export interface Origin {
  readonly group: string;
  readonly reached: readonly { readonly to: string; readonly ids: number; readonly lagMs: number }[];
  /** Groups with more errors than the origin that share no ids with the trouble. */
  readonly noisy: readonly {
    readonly group: string;
    readonly errors: number;
    readonly onset: string | null;
  }[];
  readonly byIds: boolean;
}

/** A path with less than this share of the ids of the strongest one is chance: requests that failed anyway. */
const WEAK = 0.1;

/** The analyses of all contexts, one per group that has errors. */
export function analysesOf(talk: Conversation): Analysed[] {
  return talk
    .results("analyze_error_pattern")
    .flatMap(({ groups, result }) => groups.map((group) => ({ ...group, ref: result })))
    .filter(({ errors }) => errors > 0);
}

/**
 * The group that sends out more failing ids than it receives, summed over all paths; where no ids are shared, the
 * group whose errors began first. Steady noise has neither, however loud it is.
 */
export function findOrigin(talk: Conversation): Origin | undefined {
  const [correlated] = talk.results("correlate_events");
  const analyses = analysesOf(talk);
  if (!correlated) {
    const only = analyses.length > 0 ? analyses[0] : undefined;
    return only && { group: only.log_group, reached: [], noisy: [], byIds: false };
  }
  const { propagations, groups_by_onset: groups } = correlated;
  const most = Math.max(0, ...propagations.map(({ ids }) => ids));
  const strong = propagations.filter(({ ids }) => ids >= Math.max(3, most * WEAK));
  const group = strong.length > 0 ? strongestSender(strong) : earliest(groups, talk);
  if (!group) return undefined;
  const reached = strong
    .filter(({ from }) => from === group)
    .map(({ to, ids, median_lag_ms }) => ({ to, ids, lagMs: median_lag_ms }));
  const involved = new Set([group, ...strong.flatMap(({ from, to }) => [from, to])]);
  const own = groups.find(({ log_group }) => log_group === group)?.errors ?? 0;
  const noisy = groups
    .filter(
      ({ log_group, errors }) =>
        strong.length > 0 && !involved.has(log_group) && errors > Math.max(own / 2, 10),
    )
    .map(({ log_group, errors, onset }) => ({ group: log_group, errors, onset }));
  return { group, reached, noisy, byIds: strong.length > 0 };
}

function strongestSender(propagations: Correlated["propagations"]): string | undefined {
  const balance = new Map<string, number>();
  for (const { from, to, ids } of propagations) {
    balance.set(from, (balance.get(from) ?? 0) + ids);
    balance.set(to, (balance.get(to) ?? 0) - ids);
  }
  return [...balance].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function earliest(groups: Correlated["groups_by_onset"], talk: Conversation): string | undefined {
  const begun = groups.find(({ onset, errors }) => onset !== null && errors > 0);
  if (begun) return begun.log_group;
  const loud = talk.results("fetch_logs").filter(hasErrors);
  return loud.sort((a, b) => (b.levels.error ?? 0) - (a.levels.error ?? 0))[0]?.ledger.groups[0];
}
