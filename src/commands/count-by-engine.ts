import { LEVELS } from "../log/event.ts";
import { columnOf, type LogQuery, type QueryResult } from "../log/query.ts";
import { formatInstant } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import type { QueryRequest } from "../sources/source.ts";
import { type Counter, lengthOfUnit, type Row } from "./count-by.ts";

const COUNT = { function: "count" } as const;
const FIRST = { function: "minimum", field: "timestamp" } as const;
const LAST = { function: "maximum", field: "timestamp" } as const;
const MOST_ROWS = 100_000;

/** What the engine of a source counted. */
export interface EngineCount {
  readonly events: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly rows: ReturnType<Counter["rows"]>;
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
  const { queryGroups } = await import("../sources/run-query.ts");
  const result = await queryGroups(source, { groups: [group], window, query: queryFor(by), ...hooks });
  const cells = readCells(result);
  const times = (pick: (cell: Cell) => number | undefined) => cells.flatMap((cell) => pick(cell) ?? []);
  return {
    events: cells.reduce((sum, { count }) => sum + count, 0),
    first: times(({ first }) => first).reduce<number | undefined>((a, b) => Math.min(a ?? b, b), undefined),
    last: times(({ last }) => last).reduce<number | undefined>((a, b) => Math.max(a ?? b, b), undefined),
    rows: rowsOf(cells, by, zone),
    result,
  };
}

function queryFor(by: string): LogQuery {
  const binMs = lengthOfUnit(by);
  const field = by === "level" || by === "stream" ? by : by.startsWith("$.") ? by : `$.${by}`;
  return {
    filters: [],
    groupBy: binMs === undefined ? [field] : ["level"],
    ...(binMs === undefined ? {} : { binMs }),
    aggregates: [COUNT, FIRST, LAST],
    limit: MOST_ROWS,
  };
}

interface Cell {
  /** The bin's start, or the text that is counted by; null where an event has none. */
  readonly key: number | string | null;
  readonly level: string | null;
  readonly count: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

function readCells({ columns, rows }: QueryResult): Cell[] {
  const at = (name: string) => columns.indexOf(name);
  const [count, first, last, level] = [
    at(columnOf(COUNT)),
    at(columnOf(FIRST)),
    at(columnOf(LAST)),
    at("level"),
  ];
  const numberAt = (row: QueryResult["rows"][number], column: number) => {
    const cell = row[column];
    return typeof cell === "number" ? cell : undefined;
  };
  return rows.map((row) => ({
    key: row[0] ?? null,
    level: level < 0 || row[level] === null ? null : String(row[level]),
    count: numberAt(row, count) ?? 0,
    first: numberAt(row, first),
    last: numberAt(row, last),
  }));
}

/** In the order in which the same count from events has them. */
function rowsOf(cells: readonly Cell[], by: string, zone: Zone): Row[] {
  if (lengthOfUnit(by) !== undefined) {
    const bins = Map.groupBy(cells, ({ key }) => Number(key));
    const sum = (some: readonly Cell[]) => some.reduce((total, { count }) => total + count, 0);
    const isError = ({ level }: Cell) => level === "error" || level === "fatal";
    return [...bins]
      .sort(([a], [b]) => a - b)
      .map(([start, some]) => ({
        key: formatInstant(start, zone),
        count: sum(some),
        errors: sum(some.filter(isError)),
      }));
  }
  const rows = cells.map(({ key, count }) => ({ key: key === null ? nameless(by) : String(key), count }));
  if (by !== "level") return rows.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  const order: readonly string[] = [...LEVELS.toReversed(), "none"];
  return rows.sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
}

function nameless(by: string): string {
  return by === "level" ? "none" : `(no field '${by.replace(/^\$\./, "")}')`;
}
