import { expect } from "vitest";
import type { Cache, CacheSettings, EventKey, Part } from "../../src/cache/cache.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import { HOUR, MINUTE, NOON } from "./cache-events.ts";

/** Opens an empty cache; what it holds is gone with the test. */
export type OpenCache = (settings: CacheSettings) => Cache;

export interface ClockedCache {
  readonly cache: Cache;
  readonly clock: { now: number };
}

export const SETTINGS = { maxBytes: 100e6, maxEntries: 1000, eventLife: 24 * HOUR, tailLife: MINUTE };
export const NO_USAGE = { cachedEvents: 0, fetchedEvents: 0, sparedCalls: 0, madeCalls: 0 };

/** A cache at noon, that must not warn. */
export function openAtNoon(openCache: OpenCache, settings: Partial<CacheSettings> = {}): ClockedCache {
  const clock = { now: NOON };
  const warnings = { onWarning: (text: string) => expect.unreachable(text) };
  return { cache: openCache({ ...SETTINGS, now: () => clock.now, ...warnings, ...settings }), clock };
}

/** `0 known 10 gap 20`: what is known from where to where. */
export function layOut(parts: readonly Part[]): string {
  const places = parts.map(({ window, chunk }) => `${window.start} ${chunk ? "known" : "gap"} `);
  return places.join("") + (parts.at(-1)?.window.end ?? "");
}

/** The events of a window that is known as a whole; undefined where it is not. */
export async function readAll(
  cache: Cache,
  key: EventKey,
  window: TimeRange,
): Promise<readonly LogEvent[] | undefined> {
  const all: LogEvent[] = [];
  for (const { window: part, chunk } of cache.plan(key, window)) {
    const events = chunk && (await cache.read(chunk));
    if (!events) return undefined;
    all.push(...events.filter(({ timestamp = NaN }) => timestamp >= part.start && timestamp < part.end));
  }
  return all;
}
