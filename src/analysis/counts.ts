import { isError, type Level, type LogEvent } from "../log/event.ts";
import { createTimeBins, toHistogram } from "./histogram.ts";
import type { DigestSummary } from "./summary.ts";

/** What the streams beyond the bound on them are counted under. */
export const OTHER_STREAMS = "(other streams)";

/** Channels of the histogram: total, warnings, errors. */
const PLAIN = [0];
const WARNING = [0, 1];
const ERROR = [0, 2];

/** The plain counts of a digest, without templates and numbers: several times cheaper. */
export type CountsSummary = Omit<DigestSummary, "templates" | "eventsOutsideTemplates" | "numbers">;

export interface Counts {
  add(event: LogEvent): void;
  summarize(): CountsSummary;
}

/** Counts events by level, stream and time; bounded by `maxStreams` and the histogram's bins. */
export function createCounts(maxStreams = 1000): Counts {
  const bins = createTimeBins(3);
  const levels = new Map<Level | "none", number>();
  const streams = new Map<string, number>();
  let events = 0;
  let untimed = 0;
  let inferredLevels = 0;
  let first: number | undefined;
  let last: number | undefined;

  function noteTime(event: LogEvent): void {
    const { timestamp } = event;
    if (timestamp === undefined) {
      untimed++;
      return;
    }
    if (first === undefined || timestamp < first) first = timestamp;
    if (last === undefined || timestamp > last) last = timestamp;
    bins.add(timestamp, isError(event) ? ERROR : event.level === "warn" ? WARNING : PLAIN);
  }

  return {
    add(event) {
      events++;
      noteTime(event);
      const level = event.level ?? "none";
      levels.set(level, (levels.get(level) ?? 0) + 1);
      if (event.levelInferred) inferredLevels++;
      const known = streams.get(event.stream);
      if (known !== undefined || streams.size < maxStreams) streams.set(event.stream, (known ?? 0) + 1);
      else streams.set(OTHER_STREAMS, (streams.get(OTHER_STREAMS) ?? 0) + 1);
    },
    summarize: () => ({
      events,
      untimed,
      first,
      last,
      levels: new Map(levels),
      inferredLevels,
      streams: new Map(streams),
      histogram: toHistogram(bins),
    }),
  };
}
