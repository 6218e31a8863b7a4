import { LEVELS } from "../log/event.ts";
import type { QueryResult } from "../log/query.ts";
import { formatInstant } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import { countEvents, type EventCount, errorsOf, spanOfCounts, totalOf } from "../sources/count-events.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import type { QueryRequest } from "../sources/source.ts";
import { lengthOfUnit, type Row } from "./count-by.ts";

/** What the engine of a source counted. */
export interface EngineCount {
  readonly events: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** In the order in which the same count from events has them. */
  readonly rows: readonly Row[];
  readonly result: QueryResult;
}

/** Counts a group by one thing in the engine of its source. @throws whatever its `query` does */
export async function countByEngine(
  { source, group }: LocatedGroup,
  by: string,
  window: TimeRange,
  zone: Zone,
  hooks: Pick<QueryRequest, "signal" | "approve" | "onWait">,
): Promise<EngineCount> {
  const binMs = lengthOfUnit(by);
  const { counts, result } = await countEvents(source, {
    groups: [group],
    window,
    ...(binMs === undefined ? { field: fieldOf(by) } : { binMs }),
    ...hooks,
  });
  const rows = binMs === undefined ? countValues(counts, by) : countBins(counts, zone);
  return { events: totalOf(counts), ...spanOfCounts(counts), rows, result };
}

function fieldOf(by: string): string {
  return by === "level" || by === "stream" || by.startsWith("$.") ? by : `$.${by}`;
}

function countBins(counts: readonly EventCount[], zone: Zone): Row[] {
  return [...Map.groupBy(counts, ({ bin = 0 }) => bin)]
    .sort(([a], [b]) => a - b)
    .map(([start, some]) => ({
      key: formatInstant(start, zone),
      count: totalOf(some),
      errors: errorsOf(some),
    }));
}

function countValues(counts: readonly EventCount[], by: string): Row[] {
  const nameless = `(no field '${by.replace(/^\$\./, "")}')`;
  const keyOf = ({ level, value = nameless }: EventCount) => (by === "level" ? level : value);
  const rows = [...Map.groupBy(counts, keyOf)].map(([key, some]) => ({ key, count: totalOf(some) }));
  if (by !== "level") return rows.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  const order: readonly string[] = [...LEVELS.toReversed(), "none"];
  return rows.sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
}
