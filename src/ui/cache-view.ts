import type { CacheStatus, Usage } from "../cache/cache.ts";
import { formatDuration, MINUTE, SECOND } from "../log/time-duration.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import type { Table } from "./table.ts";
import { formatBytes, formatCount, formatNoun } from "./text-layout.ts";

/** What the status of a cache is told by, beside itself. */
export interface CacheView {
  readonly file: string;
  /** Why nothing is taken from the file; undefined where it is used. */
  readonly off: string | undefined;
  /** How long events are taken as they were read, ms. */
  readonly eventLife: number;
  /** Of the machine, ms since the epoch. */
  readonly now: number;
  readonly zone: Zone;
}

/** What there is in all: a name and what is said of it, row by row. */
export function viewCacheTotals(status: CacheStatus, view: CacheView): Table["rows"] {
  const { entries, maxEntries, bytes, maxBytes, oldestRead } = status;
  const usage = wholeCalls(status.usage);
  const { now, zone } = view;
  const oldest =
    oldestRead === undefined
      ? "nothing is kept"
      : `read ${formatAge(oldestRead, now)}, at ${formatInstant(floorTo(oldestRead, SECOND), zone)}`;
  return [
    ["file", view.file],
    ["state", view.off ?? `on; events are read anew after ${formatDuration(view.eventLife)}`],
    ["entries", `${formatCount(entries)} of at most ${formatCount(maxEntries)}`],
    ["size", `${formatBytes(bytes)} of at most ${formatBytes(maxBytes)}`],
    ["oldest", oldest],
    ["events", tellRate(usage.cachedEvents, usage.fetchedEvents, "event", "from the cache")],
    ["calls", tellRate(usage.sparedCalls, usage.madeCalls, "call", "spared")],
  ];
}

/** What there is of each group, largest first; the source where there are several. */
export function viewCacheShares({ shares }: CacheStatus, { now, zone }: CacheView): Table {
  const hasSources = new Set(shares.map(({ source }) => source)).size > 1;
  return {
    columns: [
      { title: "group", overflow: "cut-middle" },
      ...(hasSources ? [{ title: "source", overflow: "cut-middle" as const }] : []),
      { title: "events", align: "right" },
      { title: "size", align: "right" },
      { title: "known, first to last", overflow: "wrap" },
      { title: "read" },
    ],
    rows: shares.map(({ source, group, events, bytes, span, oldestRead }) => [
      group ?? "(lists and results)",
      ...(hasSources ? [source] : []),
      group === undefined ? "" : formatCount(events),
      formatBytes(bytes),
      span ? formatSpan(span, zone) : "",
      formatAge(oldestRead, now),
    ]),
  };
}

/** The whole as one object of JSON: ms, bytes, ISO 8601 by the function, and null for what there is not. */
export function cacheToJson(status: CacheStatus, view: CacheView, iso: (ms: number) => string): object {
  const { entries, maxEntries, bytes, maxBytes, oldestRead, shares } = status;
  const { cachedEvents, fetchedEvents, sparedCalls, madeCalls } = wholeCalls(status.usage);
  return {
    file: view.file,
    enabled: view.off === undefined,
    entries,
    maxEntries,
    bytes,
    maxBytes,
    ttlMs: view.eventLife,
    oldestRead: oldestRead === undefined ? null : iso(oldestRead),
    events: { cached: cachedEvents, fetched: fetchedEvents, hitRate: rateOf(cachedEvents, fetchedEvents) },
    calls: { spared: sparedCalls, made: madeCalls, hitRate: rateOf(sparedCalls, madeCalls) },
    shares: shares.map(({ span, group, ...share }) => ({
      source: share.source,
      group: group ?? null,
      entries: share.entries,
      events: share.events,
      bytes: share.bytes,
      span: span ? { start: iso(span.start), end: iso(span.end) } : null,
      oldestRead: iso(share.oldestRead),
    })),
  };
}

/** What went between two looks at a cache. */
export interface Cleared {
  readonly entries: number;
  readonly events: number;
  readonly bytes: number;
}

/** Others may write meanwhile: no count is below 0. */
export function compareStatus(entries: number, before: CacheStatus, after: CacheStatus): Cleared {
  const eventsOf = ({ shares }: CacheStatus) => shares.reduce((sum, { events }) => sum + events, 0);
  return {
    entries,
    events: Math.max(0, eventsOf(before) - eventsOf(after)),
    bytes: Math.max(0, before.bytes - after.bytes),
  };
}

/** `12 entries (1.2 MB, 40,000 events)`. */
export function tellCleared({ entries, events, bytes }: Cleared): string {
  return `${formatNoun(entries, "entry", "entries")} (${formatBytes(bytes)}, ${formatNoun(events, "event")})`;
}

/** Of a call whose events were taken in part, a part was spared. */
function wholeCalls(usage: Usage): Usage {
  const { sparedCalls, madeCalls } = usage;
  return { ...usage, sparedCalls: Math.round(sparedCalls), madeCalls: Math.round(madeCalls) };
}

function rateOf(hits: number, misses: number): number | null {
  return hits + misses === 0 ? null : hits / (hits + misses);
}

/** Of all that were wanted, since the cache was made or emptied. */
function tellRate(hits: number, misses: number, noun: string, what: string): string {
  const rate = rateOf(hits, misses);
  if (rate === null) return `no ${noun} was asked for yet`;
  return `${formatCount(hits)} of ${formatNoun(hits + misses, noun)} ${what} (${formatPercent(rate)})`;
}

/** Neither all nor nothing is said of what is nearly so. */
function formatPercent(rate: number): string {
  const percent = Math.round(100 * rate);
  if (percent === 0 && rate > 0) return "under 1%";
  return percent === 100 && rate < 1 ? "over 99%" : `${percent}%`;
}

/** `just now`, `3h 20m ago`. */
function formatAge(ms: number, now: number): string {
  const age = floorTo(now - ms, SECOND);
  return age <= 0 ? "just now" : `${formatDuration(age)} ago`;
}

/** Seconds and less only where the span has no minutes. */
function formatSpan({ start, end }: TimeRange, zone: Zone): string {
  for (const unit of [MINUTE, SECOND]) {
    const span = { start: floorTo(start, unit), end: floorTo(end, unit) };
    if (span.start < span.end) return formatWindow(span, zone);
  }
  return formatInstant(start, zone);
}

function floorTo(ms: number, unit: number): number {
  return Math.floor(ms / unit) * unit;
}
