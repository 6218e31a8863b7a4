import type { CachedShare, Notice } from "./ledger.ts";
import { formatDuration, SECOND } from "./time-duration.ts";
import { formatInstant } from "./time-input.ts";
import { createZone, type Zone } from "./zone.ts";

/** Said of what was not read anew: how much, and how old it is. */
export function cachedNotice(share: CachedShare, group?: string): Notice {
  const text = `${wordEvents(share)} the cache, ${wordReading(share, createZone(share.zone))}.`;
  return { kind: "from-cache", text, ...(group === undefined ? {} : { group }), cached: share };
}

/** Several readings as one: how many events they gave in all is not told, for others may have come without the cache. */
export function addUpShares(shares: readonly [CachedShare, ...CachedShare[]]): CachedShare {
  const [{ zone }] = shares;
  const isPart = shares.some(({ of }) => of !== undefined);
  const events = shares.reduce((sum, share) => sum + share.events, 0);
  return {
    events,
    ...(events === 0 && isPart ? { of: 0 } : {}),
    readFrom: Math.min(...shares.map(({ readFrom }) => readFrom)),
    readTo: Math.max(...shares.map(({ readTo }) => readTo)),
    toldAt: Math.max(...shares.map(({ toldAt }) => toldAt)),
    zone,
  };
}

function wordEvents({ events, of }: CachedShare): string {
  if (events === 0)
    return of === undefined
      ? "That there is no such event comes from"
      : "That a part of the window has no such event comes from";
  const share = of === undefined ? "" : ` of ${show(of)}`;
  const isOne = (of ?? events) === 1;
  return `${show(events)}${share} ${isOne ? "event" : "events"} ${events === 1 ? "comes" : "come"} from`;
}

/** `read at 2025-11-20 10:02:11 UTC (2h 5m ago)`, or between two times. */
export function wordReading(
  { readFrom, readTo, toldAt }: Pick<CachedShare, "readFrom" | "readTo" | "toldAt">,
  zone: Zone,
): string {
  const [from, to] = [formatSecond(readFrom, zone), formatSecond(readTo, zone)];
  const ago = formatDuration(floorSecond(Math.max(0, toldAt - readFrom)));
  return from === to ? `read at ${to} (${ago} ago)` : `read between ${from} and ${to} (up to ${ago} ago)`;
}

function formatSecond(ms: number, zone: Zone): string {
  return formatInstant(floorSecond(ms), zone);
}

function floorSecond(ms: number): number {
  return Math.floor(ms / SECOND) * SECOND;
}

function show(value: number): string {
  return value.toLocaleString("en-US");
}
