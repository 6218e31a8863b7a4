import { Failure } from "../../failure.ts";
import type { Notice } from "../../log/ledger.ts";
import { columnOf, type LogQuery } from "../../log/query.ts";
import type { QueryField } from "../../log/query-field.ts";
import { MOST_ROWS, planQuery, type QueryPlan } from "../../log/query-plan.ts";
import type { TimeRange } from "../../log/time-range.ts";
import { type CompiledAggregate, compileAggregate, isAdditive } from "./compile-aggregate.ts";
import { compileTest, LEVEL_FIELDS, levelExpression, PARSE_LEVEL } from "./compile-filter.ts";
import {
  type ReadCell,
  type ReadRows,
  type ResultRow,
  readLevel,
  readRows,
  readTime,
} from "./insights-rows.ts";
import { JSON_MAP, longestBin, type NamedField, nameField, OWN } from "./insights-text.ts";

export interface CompileOptions {
  /** Half-open, ms; StartQuery itself takes whole seconds, both of them inclusive. */
  readonly window?: TimeRange;
  /** False for groups of a class in which Logs Insights discovers no fields of JSON (Infrequent Access). */
  readonly discoversFields?: boolean;
  /** True where windows are queried one by one and read together: what can be added up is asked for. */
  readonly isSplit?: boolean;
  /** The name of the group that `@log` means, `123456789012:/aws/lambda/x`; without the account unless given. */
  readonly groupName?: (log: string) => string;
}

/** A query in Logs Insights QL, and the way back from its rows. */
export interface CompiledQuery {
  readonly text: string;
  /** What to send as StartQuery's `limit`. */
  readonly limit: number;
  /** Whether the results of windows that were queried one by one (see `isSplit`) make exactly the result of all. */
  readonly isSplittable: boolean;
  /** What holds of the result whatever the rows are. */
  readonly notices: readonly Notice[];
  /** @param results of each window that was queried, all of its rows */
  read(results: readonly (readonly ResultRow[])[]): ReadRows;
  /** The part of the query that a place in the text stems from, for the reader: `the filter greater on 'ms'`. */
  blame(offset: number): string;
}

/** Characters of a query: StartQuery's limit. */
const LONGEST_TEXT = 10_000;
/** Rows into which one bin may be cut. */
const MOST_PIECES = 100;

interface Line {
  readonly text: string;
  readonly part: string;
}

interface Context {
  readonly plan: QueryPlan;
  readonly name: (field: NamedField) => string;
  readonly groupName: (log: string) => string;
  /** Whether rows are added up: of windows, of bins cut small, of words that name the same level. */
  readonly isMerged: boolean;
}

/**
 * Compiles a query to Logs Insights QL. Values and names never are code: they are quoted, or refused.
 * @throws Failure "invalid-query"
 */
export function compileQuery(query: LogQuery, options: CompileOptions = {}): CompiledQuery {
  const plan = planQuery(query);
  const { discoversFields = true, isSplit = false, groupName = withoutAccount } = options;
  const isSplittable = plan.isOfEvents || plan.aggregates.every(isAdditive);
  if (isSplit && !isSplittable)
    throw new Failure(
      "invalid-query",
      "Percentiles and counts of distinct values cannot be put together from windows.",
    );
  const isMerged =
    !plan.isOfEvents && isSplittable && (isSplit || groupsByLevel(plan) || piecesOf(query) > 1);
  if (piecesOf(query) > (isMerged ? MOST_PIECES : 1)) throw binRefusal(query);
  const context: Context = {
    plan,
    groupName,
    isMerged,
    name: (field) => nameField(field, { discoversFields }),
  };
  const result = plan.isOfEvents ? compileEvents(context) : compileGroups(context);
  const limit = isMerged ? MOST_ROWS : Math.min(query.limit + 1, MOST_ROWS);
  const lines = [
    ...(discoversFields || !usesMembers(plan)
      ? []
      : [{ text: `fields jsonParse(@message) as ${JSON_MAP}`, part: "the reading of JSON" }]),
    ...(usesLevel(plan) ? [{ text: PARSE_LEVEL, part: "the reading of levels" }] : []),
    ...windowLines(options.window),
    ...plan.tests.map((test, at) => ({
      text: `filter ${compileTest(test, context.name)}`,
      part: `the filter ${query.filters[at]?.operator} on '${query.filters[at]?.field}'`,
    })),
    ...result.lines,
    { text: `limit ${limit}`, part: "the limit" },
  ];
  const { text, blame } = join(lines);
  if (text.length > LONGEST_TEXT) {
    throw new Failure(
      "invalid-query",
      `The query is longer than ${LONGEST_TEXT} characters in Logs Insights' language.`,
      {
        hint: "Give fewer or shorter values.",
      },
    );
  }
  return {
    text,
    limit,
    isSplittable,
    notices: query.aggregates.some((one) => one.function === "count-distinct") ? [DISTINCT_NOTICE] : [],
    read: (results) =>
      readRows(results, {
        keys: result.keys,
        aggregates: result.aggregates,
        isMerged,
        order: plan.order,
        limit: query.limit,
        engineLimit: limit,
        mostRows: MOST_ROWS,
      }),
    blame,
  };
}

interface Compiled {
  readonly lines: readonly Line[];
  readonly keys: readonly ReadCell[];
  readonly aggregates: readonly CompiledAggregate[];
}

function compileEvents({ plan, groupName }: Context): Compiled {
  const names = ["@timestamp", "@log", "@logStream", "@message"];
  return {
    lines: [{ text: `fields ${names.join(", ")}`, part: "the fields to show" }, sortLine(plan, names)],
    keys: [
      (fields) => readTime(fields.get("@timestamp")) ?? null,
      (fields) => nullOr(fields.get("@log"), groupName),
      (fields) => fields.get("@logStream") ?? null,
      (fields) => fields.get("@message") ?? null,
    ],
    aggregates: [],
  };
}

/** A field to group by: how it is written behind `by`, how `sort` calls it, how it is read. */
interface Grouping {
  readonly text: string;
  readonly column: string;
  readonly read: ReadCell;
}

function compileGroups(context: Context): Compiled {
  const { plan, isMerged, name } = context;
  const { query } = plan;
  const groupings = [
    ...(query.binMs === undefined ? [] : [compileBin(query.binMs)]),
    ...plan.groupBy.map((field) => compileGrouping(field, context)),
  ];
  const use = { isMerged, isSorted: !isMerged && groupings.length > 0 };
  const aggregates = plan.aggregates.map((aggregate, at) => {
    const { field } = aggregate;
    const written = field === undefined || field.kind === "level" ? undefined : name(field);
    return compileAggregate(aggregate, written, at, use);
  });
  const columns = aggregates.flatMap(({ parts }) => parts.map(({ text, alias }) => `${text} as ${alias}`));
  const by = groupings.map(({ text }) => text).join(", ");
  const part = `the statistics (${query.aggregates.map(columnOf).join(", ")}${by === "" ? "" : " by groups"})`;
  const lines: Line[] = [{ text: `stats ${columns.join(", ")}${by === "" ? "" : ` by ${by}`}`, part }];
  if (groupsByLevel(plan) && !isMerged)
    lines.unshift({ text: `fields ${levelExpression()} as ${OWN}Level`, part: "the reading of levels" });
  if (use.isSorted) {
    const aliases = aggregates.map(({ parts }) => parts[0]?.alias ?? "");
    lines.push(sortLine(plan, [...groupings.map(({ column }) => column), ...aliases]));
  }
  return { lines, keys: groupings.map(({ read }) => read), aggregates };
}

function compileBin(binMs: number): Grouping {
  const column = `${OWN}Bin`;
  const read: ReadCell = (fields) => {
    const time = readTime(fields.get(column));
    return time === undefined ? null : Math.floor(time / binMs) * binMs;
  };
  return { text: `bin(${longestBin(binMs).text}) as ${column}`, column, read };
}

function compileGrouping(field: QueryField, { name, groupName, isMerged }: Context): Grouping {
  if (field.kind === "level") {
    if (!isMerged) return plainGrouping(`${OWN}Level`);
    const parsed = Object.values(LEVEL_FIELDS);
    return {
      text: parsed.join(", "),
      column: parsed[0] ?? "",
      read: (fields) => readLevel(parsed.map((one) => fields.get(one))),
    };
  }
  const grouping = plainGrouping(name(field));
  if (field.kind !== "group") return grouping;
  return { ...grouping, read: (fields) => nullOr(fields.get(grouping.column), groupName) };
}

/** A field comes back under its name, which then may have lost its backticks. */
function plainGrouping(written: string): Grouping {
  const bare = written.replaceAll("`", "");
  return {
    text: written,
    column: written,
    read: (fields) => fields.get(bare) ?? fields.get(written) ?? null,
  };
}

function nullOr(text: string | undefined, map: (text: string) => string): string | null {
  return text === undefined ? null : map(text);
}

function withoutAccount(log: string): string {
  return log.replace(/^\d{12}:/, "");
}

function sortLine({ order }: QueryPlan, names: readonly string[]): Line {
  const keys = order.map(({ column, isDescending }) => `${names[column]} ${isDescending ? "desc" : "asc"}`);
  return { text: `sort ${keys.join(", ")}`, part: "the order" };
}

/** StartQuery's times are whole seconds, both inclusive. */
function windowLines(window: TimeRange | undefined): readonly Line[] {
  if (!window) return [];
  const text = `filter toMillis(@timestamp) >= ${window.start} and toMillis(@timestamp) < ${window.end}`;
  return [{ text, part: "the window" }];
}

function groupsByLevel({ groupBy }: QueryPlan): boolean {
  return groupBy.some(({ kind }) => kind === "level");
}

function usesLevel(plan: QueryPlan): boolean {
  return (
    groupsByLevel(plan) || plan.tests.some((test) => test.kind === "level" || test.field.kind === "level")
  );
}

function usesMembers({ tests, groupBy, aggregates }: QueryPlan): boolean {
  return [
    ...tests.map((test) => (test.kind === "level" ? undefined : test.field)),
    ...groupBy,
    ...aggregates.map(({ field }) => field),
  ].some((field) => field?.kind === "member");
}

/** Of how many bins that the language has one is made. */
function piecesOf({ binMs }: LogQuery): number {
  return binMs === undefined ? 1 : binMs / longestBin(binMs).ms;
}

function join(lines: readonly Line[]): { readonly text: string; readonly blame: (offset: number) => string } {
  const ends: number[] = [];
  let text = "";
  for (const line of lines) {
    text += (text === "" ? "" : "\n| ") + line.text;
    ends.push(text.length);
  }
  const blame = (offset: number) =>
    (lines[ends.findIndex((end) => offset < end)] ?? lines.at(-1))?.part ?? "the query";
  return { text, blame };
}

function binRefusal({ binMs = 0 }: LogQuery): Failure {
  return new Failure(
    "invalid-query",
    `Logs Insights has no bin of ${binMs} ms, nor can it be put together from shorter ones here.`,
    { hint: "Take a bin that divides an hour or a day, such as 5m, 1h or 1d." },
  );
}

const DISTINCT_NOTICE: Notice = {
  kind: "estimate",
  text: "Logs Insights counts distinct values approximately where there are many.",
};
