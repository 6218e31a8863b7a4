import type { EventKey } from "../../cache/cache.ts";
import { spanOf, type TimeRange } from "../../log/time-range.ts";

/** What this run itself has read and kept. */
export interface OwnReadings {
  add(key: EventKey, span: TimeRange): void;
  /** Whether all of the span is. */
  has(key: EventKey, span: TimeRange): boolean;
}

export function createOwnReadings(): OwnReadings {
  /** By key; spans that do not touch. */
  const known = new Map<string, readonly TimeRange[]>();
  return {
    add(key, span) {
      const spans = known.get(idOf(key)) ?? [];
      const isApart = ({ start, end }: TimeRange) => end < span.start || start > span.end;
      const touching = spans.filter((other) => !isApart(other));
      const joined = touching.reduce((sum, other) => spanOf(sum, other) ?? sum, span);
      known.set(idOf(key), [...spans.filter(isApart), joined]);
    },
    has(key, { start, end }) {
      const spans = known.get(idOf(key)) ?? [];
      return spans.some((span) => span.start <= start && span.end >= end);
    },
  };
}

function idOf({ source, account, region, group, filter, streamPrefix }: EventKey): string {
  return JSON.stringify([source, account, region, group, streamPrefix, filter]);
}
