import { compileFilter } from "../../src/log/filter-match.ts";
import type { Notice } from "../../src/log/ledger.ts";
import { withMemory } from "../../src/sources/with-memory.ts";
import { type Arrival, type RecordedOptions, recordSource } from "./recorded-source.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NOON = Date.UTC(2025, 10, 20, 12);
export const ERRORS = compileFilter("ERROR");

/** One event a minute, there at once; every third is an error. */
export function everyMinute(from: number, to: number, stream = "web-1"): Arrival[] {
  return Array.from({ length: (to - from) / MINUTE }, (_, index) => {
    const timestamp = from + index * MINUTE;
    const message = `${index % 3 === 0 ? "ERROR" : "INFO"} n=${index}`;
    return { id: `${stream}@${timestamp}`, timestamp, arrived: timestamp, stream, message };
  });
}

export type OpenOptions = Partial<RecordedOptions> & { readonly bytes?: number; readonly freshMs?: number };

/** A recorded source, by itself and with a memory, and their clock. */
export function openMemory(options: OpenOptions = {}) {
  const clock = { at: NOON };
  const now = () => clock.at;
  const arrivals = options.arrivals ?? everyMinute(NOON - 3 * HOUR, NOON + 3 * HOUR);
  const recorded = recordSource({ arrivals, now, ...options });
  const { bytes, freshMs } = options;
  const source = withMemory(recorded.source, {
    now,
    ...(bytes === undefined ? {} : { bytes }),
    ...(freshMs === undefined ? {} : { freshMs }),
  });
  const asked = () => recorded.requests.splice(0).map(({ window }) => window);
  return { ...recorded, inner: recorded.source, source, clock, arrivals, asked };
}

export const lastHour = (end: number) => ({ start: end - HOUR, end });
export const isFromMemory = ({ kind }: Notice) => kind === "from-memory";
export const group = "api";
