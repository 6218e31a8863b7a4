import { Failure } from "../failure.ts";
import { LEVELS, type Level } from "./event.ts";
import { parseLevel } from "./level.ts";
import {
  columnOf,
  columnsOf,
  isOfEvents,
  type LogQuery,
  type QueryAggregate,
  type QueryFilter,
  type QueryFunction,
  type QuerySort,
  readNumber,
} from "./query.ts";
import { type QueryField, readQueryField } from "./query-field.ts";

/** A query that has been read and found sound: what every engine works from. */
export interface QueryPlan {
  readonly query: LogQuery;
  readonly columns: readonly string[];
  readonly isOfEvents: boolean;
  /** In the order of the query's filters. */
  readonly tests: readonly FieldTest[];
  readonly groupBy: readonly QueryField[];
  readonly aggregates: readonly PlannedAggregate[];
  /** All columns, the deciding one first. */
  readonly order: readonly SortKey[];
}

export type FieldTest =
  | { readonly kind: "present"; readonly field: QueryField; readonly isNegated: boolean }
  /** The event has a level, and it is one of these; where negated, none of these. */
  | { readonly kind: "level"; readonly levels: readonly Level[]; readonly isNegated: boolean }
  | {
      readonly kind: "equals";
      readonly field: QueryField;
      readonly values: readonly PlannedValue[];
      readonly isNegated: boolean;
    }
  | {
      readonly kind: "contains";
      readonly field: QueryField;
      readonly texts: readonly string[];
      readonly isNegated: boolean;
    }
  | {
      readonly kind: "order";
      readonly field: QueryField;
      readonly operator: OrderOperator;
      readonly value: number;
    };

export type OrderOperator = "less" | "at-most" | "greater" | "at-least";

/** Compared as a number; or as text, and as the number too that JSON's true and false are. */
export type PlannedValue =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly text: string; readonly boolean: 0 | 1 | undefined };

export interface PlannedAggregate {
  readonly function: QueryFunction;
  /** Absent for a count of events. */
  readonly field: QueryField | undefined;
}

export interface SortKey {
  /** Index of the column. */
  readonly column: number;
  readonly isDescending: boolean;
}

export const MOST_ROWS = 100_000;
export const MOST_FILTERS = 50;
export const MOST_VALUES = 100;
const MOST_GROUPINGS = 10;
const MOST_AGGREGATES = 20;
const LONGEST_VALUE = 4000;

/** @throws Failure "invalid-query" that names the part which is wrong */
export function planQuery(query: LogQuery): QueryPlan {
  const { filters, groupBy, aggregates, binMs, limit } = query;
  atMost(filters.length, MOST_FILTERS, "filters");
  atMost(groupBy.length, MOST_GROUPINGS, "fields to group by");
  atMost(aggregates.length, MOST_AGGREGATES, "aggregates");
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS)
    throw refuse(`The limit of a query is 1 to ${MOST_ROWS} rows, not ${limit}.`);
  if (binMs !== undefined && !(Number.isSafeInteger(binMs) && binMs > 0))
    throw refuse(
      `A bin of ${binMs} ms cannot be made.`,
      "Give whole milliseconds, such as 300000 for 5 minutes.",
    );
  const ofEvents = isOfEvents(query);
  if (!ofEvents && aggregates.length === 0)
    throw refuse("Nothing is counted in the groups.", "Add an aggregate, such as count.");
  const columns = columnsOf(query);
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined)
    throw refuse(`There would be two columns '${twice}'.`, `A field of the JSON can be named '$.${twice}'.`);
  const groupings = groupBy.map(planGrouping);
  if (new Set(groupings.map((field) => JSON.stringify(field))).size < groupings.length)
    throw refuse("The same field is grouped by twice.");
  return {
    query,
    columns,
    isOfEvents: ofEvents,
    tests: filters.map(planFilter),
    groupBy: groupings,
    aggregates: aggregates.map(planAggregate),
    order: planOrder(query, columns),
  };
}

function planFilter(filter: QueryFilter): FieldTest {
  const field = readQueryField(filter.field);
  const { operator } = filter;
  if (field.kind === "timestamp" || field.kind === "group")
    throw refuse(
      `A filter cannot be on '${filter.field}'.`,
      field.kind === "group" ? "Name the log groups instead." : "Set the window instead.",
    );
  checkValues(filter);
  if (field.kind === "level") return planLevelFilter(filter);
  switch (operator) {
    case "exists":
    case "not-exists":
      return { kind: "present", field, isNegated: operator === "not-exists" };
    case "equals":
    case "not-equals":
      return {
        kind: "equals",
        field,
        values: filter.values.map(planValue),
        isNegated: operator !== "equals",
      };
    case "contains":
    case "not-contains": {
      const texts = filter.values.map(String);
      if (texts.includes("")) throw wrong(filter, "every text contains the empty one", "Use exists.");
      return { kind: "contains", field, texts, isNegated: operator !== "contains" };
    }
    default: {
      const value = readNumber(String(filter.values[0]));
      if (value === undefined)
        throw wrong(filter, "it needs a number", "Texts can be compared by equals and contains.");
      return { kind: "order", field, operator, value };
    }
  }
}

function checkValues(filter: QueryFilter): void {
  const { operator, values } = filter;
  const isPresence = operator === "exists" || operator === "not-exists";
  if (isPresence && values.length > 0) throw wrong(filter, "it takes no value");
  if (!isPresence && values.length === 0) throw wrong(filter, "it needs a value");
  if (isOrder(operator) && values.length > 1) throw wrong(filter, "it takes one value");
  if (values.length > MOST_VALUES) throw wrong(filter, `it has more than ${MOST_VALUES} values`);
  for (const value of values) {
    if (typeof value === "number" ? !isPlain(value) : !value.isWellFormed() || value.length > LONGEST_VALUE)
      throw wrong(filter, "a value is no plain number and no text of bearable length");
  }
}

function isOrder(operator: string): operator is OrderOperator {
  return ["less", "at-most", "greater", "at-least"].includes(operator);
}

/** Written without an exponent. */
function isPlain(value: number): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(String(value));
}

function planLevelFilter(filter: QueryFilter): FieldTest {
  const { operator, values } = filter;
  if (operator === "exists" || operator === "not-exists")
    return { kind: "present", field: { kind: "level" }, isNegated: operator === "not-exists" };
  const levels = values.map((value) => {
    const level = parseLevel(String(value));
    if (!level) throw wrong(filter, `'${value}' is no level`, `Levels are ${LEVELS.join(", ")}.`);
    return level;
  });
  if (operator === "contains" || operator === "not-contains")
    throw wrong(filter, "a level has no parts", "Use equals, or at-least for it and all above.");
  if (!isOrder(operator)) return { kind: "level", levels, isNegated: operator === "not-equals" };
  const limit = LEVELS.indexOf(levels[0] ?? "info");
  const passing = LEVELS.filter((_, at) => isInOrder(at, operator, limit));
  if (passing.length === 0) throw wrong(filter, "no level passes it");
  return { kind: "level", levels: passing, isNegated: false };
}

export function isInOrder(value: number, operator: OrderOperator, limit: number): boolean {
  switch (operator) {
    case "less":
      return value < limit;
    case "at-most":
      return value <= limit;
    case "greater":
      return value > limit;
    case "at-least":
      return value >= limit;
  }
}

/** A text is meant as a number where that is how the number would be written: `500`, but not `007` or `1e3`. */
function planValue(value: string | number): PlannedValue {
  const number = typeof value === "number" ? value : readNumber(value);
  if (number !== undefined && isPlain(number) && String(number) === String(value))
    return { kind: "number", value: number };
  const boolean = value === "true" ? 1 : value === "false" ? 0 : undefined;
  return { kind: "text", text: String(value), boolean };
}

function planGrouping(name: string): QueryField {
  const field = readQueryField(name);
  if (field.kind === "timestamp")
    throw refuse("Events cannot be grouped by 'timestamp'.", "Group by a bin of time.");
  return field;
}

function planAggregate(aggregate: QueryAggregate): PlannedAggregate {
  const { function: name, field: fieldName } = aggregate;
  if (fieldName === undefined) {
    if (name === "count") return { function: name, field: undefined };
    throw refuse(`'${name}' needs a field.`, "Only count goes without one: it counts events.");
  }
  const field = readQueryField(fieldName);
  if (!FITTING[field.kind].test(name))
    throw refuse(`'${columnOf(aggregate)}' cannot be computed.`, HINTS[field.kind]);
  return { function: name, field };
}

/** Which functions there are of a field. */
const FITTING: Readonly<Record<QueryField["kind"], RegExp>> = {
  message: /^count/,
  stream: /^count/,
  group: /^count/,
  timestamp: /^(?:count|minimum|maximum)$/,
  level: /^$/,
  member: /^/,
};
const HINTS: Readonly<Record<QueryField["kind"], string>> = {
  message: "It can be counted; numbers are in the members of a JSON message.",
  stream: "It can be counted.",
  group: "It can be counted.",
  timestamp: "It has a minimum and a maximum.",
  level: "Group by level, or filter by it, and count.",
  member: "",
};

function planOrder(query: LogQuery, columns: readonly string[]): readonly SortKey[] {
  const sort = query.sort ?? defaultSort(query);
  const first = columns.indexOf(sort.by);
  if (first < 0)
    throw refuse(`There is no column '${sort.by}' to sort by.`, `Columns are ${columns.join(", ")}.`);
  const rest = columns.keys().filter((column) => column !== first);
  return [
    { column: first, isDescending: sort.order === "descending" },
    ...rest.map((column) => ({ column, isDescending: false })),
  ];
}

function defaultSort(query: LogQuery): QuerySort {
  if (isOfEvents(query)) return { by: "timestamp", order: "descending" };
  const [first] = query.aggregates;
  if (query.binMs !== undefined || !first) return { by: "bin", order: "ascending" };
  return { by: columnOf(first), order: "descending" };
}

function atMost(count: number, most: number, what: string): void {
  if (count > most) throw refuse(`A query has at most ${most} ${what}, not ${count}.`);
}

function wrong({ field, operator }: QueryFilter, reason: string, hint?: string): Failure {
  return refuse(`The filter ${operator} on '${field}' cannot be used: ${reason}.`, hint);
}

function refuse(message: string, hint?: string): Failure {
  return new Failure("invalid-query", message, hint ? { hint } : {});
}
