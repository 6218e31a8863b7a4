import type { Cache, CacheSettings, Chunk } from "../../src/cache/cache.ts";
import { openCache } from "../../src/cache/open-cache.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { type CacheOptions, withCache } from "../../src/sources/with-cache.ts";
import { createPlainCache } from "../cache/plain-cache.ts";
import { type Arrival, type RecordedOptions, recordSource } from "./recorded-source.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NOON = Date.UTC(2025, 10, 20, 12);
export const ERRORS = compileFilter("ERROR");
export const OWNER = { source: "recorded", account: "123456789012", region: "eu-central-1" };

/** The cache of the program, and one that is as simple as it can be. */
export const CACHES: readonly (readonly [name: string, open: (settings: CacheSettings) => Cache])[] = [
  ["in a database", (settings) => openCache(":memory:", settings)],
  ["in lists", createPlainCache],
];

/** One event a minute, there at once; every third is an error. */
export function everyMinute(from: number, to: number, stream = "web-1"): Arrival[] {
  return Array.from({ length: (to - from) / MINUTE }, (_, index) => {
    const timestamp = from + index * MINUTE;
    const message = `${index % 3 === 0 ? "ERROR" : "INFO"} n=${index}`;
    return { id: `${stream}@${timestamp}`, timestamp, arrived: timestamp, stream, message };
  });
}

export interface OpenOptions extends Partial<RecordedOptions> {
  readonly openStore?: (settings: CacheSettings) => Cache;
  readonly settings?: Partial<CacheSettings>;
  readonly options?: Partial<CacheOptions>;
}

/** A recorded source, by itself and with a cache that tells all that comes from it, and their clock. */
export function openCached({ openStore = CACHES[0]?.[1], settings, options, ...own }: OpenOptions = {}) {
  if (!openStore) throw new Error("no cache");
  const clock = { at: NOON };
  const now = () => clock.at;
  const arrivals = own.arrivals ?? everyMinute(NOON - 3 * HOUR, NOON + 3 * HOUR);
  const recorded = recordSource({ arrivals, now, ...own });
  const warnings: string[] = [];
  const cache = openStore({
    maxBytes: 100_000_000,
    maxEntries: 10_000,
    eventLife: 24 * HOUR,
    tailLife: MINUTE,
    now,
    onWarning: (text) => warnings.push(text),
    ...settings,
  });
  const open = (inner: LogSource = recorded.source) => withCache(inner, { cache, now, quiet: 0, ...options });
  const asked = () => recorded.requests.splice(0).map(({ window }) => window);
  return {
    ...recorded,
    inner: recorded.source,
    source: open(),
    open,
    cache,
    clock,
    arrivals,
    asked,
    warnings,
  };
}

/** The chunks by which a cache knows a window of the group, all of its events. */
export function knownOf(cache: Cache, window: { start: number; end: number }): Chunk[] {
  const key = { ...OWNER, group, filter: undefined, streamPrefix: "" };
  return cache.plan(key, window).flatMap(({ chunk }) => chunk ?? []);
}

export const lastHour = (end: number) => ({ start: end - HOUR, end });
export const isFromCache = ({ kind }: Notice) => kind === "from-cache";
export const group = "api";
