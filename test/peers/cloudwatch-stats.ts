import {
  type Expression,
  type FindFunction,
  parseExpression,
  parseSeveral,
  type Scope,
} from "./cloudwatch-expressions.ts";
import { malformed, type TokenReader } from "./cloudwatch-lexer.ts";
import { compareForSort, numberOf, type Row, Timestamp, textOf, type Value } from "./cloudwatch-values.ts";

/** Rows of statistics, and the columns that they have. */
export interface Statistics {
  readonly columns: readonly string[];
  readonly rowsOf: (rows: readonly Row[]) => readonly Row[];
}

interface Column {
  readonly name: string;
  readonly expression: Expression;
}

/** `stats count(*) as n, pct(ms, 95) by host, bin(5m)`, behind the word stats. */
export function parseStats(reader: TokenReader): Statistics {
  const aggregates = parseSeveral(reader, () => parseColumn(reader, findAggregate));
  const groupings = reader.take("by") ? parseSeveral(reader, () => parseColumn(reader)) : [];
  const columns = [...groupings, ...aggregates].map(({ name }) => name);
  const rowsOf = (rows: readonly Row[]): readonly Row[] => {
    const groups = new Map<string, { readonly values: readonly Value[]; readonly rows: Row[] }>();
    for (const row of rows) {
      const values = groupings.map(({ expression }) => expression.evaluate({ row, rows: [] }));
      const key = JSON.stringify(values.map((value) => textOf(value) ?? null));
      const group = groups.get(key) ?? { values, rows: [] };
      group.rows.push(row);
      groups.set(key, group);
    }
    return [...groups.values()].map((group) => {
      const scope: Scope = { row: group.rows[0] ?? NO_FIELDS, rows: group.rows };
      const fields = new Map<string, Value>();
      for (const [at, { name }] of groupings.entries()) fields.set(name, group.values[at]);
      for (const { name, expression } of aggregates) fields.set(name, expression.evaluate(scope));
      return { get: (field) => fields.get(field) };
    });
  };
  return { columns, rowsOf };
}

const NO_FIELDS: Row = { get: () => undefined };

/** An expression with the name that it is shown by. */
export function parseColumn(reader: TokenReader, find?: FindFunction): Column {
  const expression = parseExpression(reader, find);
  const name = reader.take("as") ? parseName(reader) : (expression.field ?? nameOf(expression.text));
  return { name, expression };
}

/** How a count of all is shown, however it was written. */
function nameOf(text: string): string {
  return /^count\(\s*\*?\s*\)$/i.test(text) ? "count(*)" : text;
}

export function parseName(reader: TokenReader): string {
  const token = reader.next();
  if (token.kind !== "name" && token.kind !== "quoted-name")
    malformed("a name is missing", token.start, token.end);
  return token.value;
}

const findAggregate: FindFunction = (name, args, token) => {
  const [field, second] = args;
  const valuesOf = ({ rows }: Scope): Value[] =>
    rows.map((row) => field?.evaluate({ row, rows: [] })).filter((value) => value !== undefined);
  const numbersOf = (scope: Scope): number[] =>
    valuesOf(scope)
      .map(numberOf)
      .filter((one) => one !== undefined);
  const most = (sign: number) => (scope: Scope) =>
    valuesOf(scope).toSorted((a, b) => compareForSort(a, b, sign))[0];
  const lower = name.toLowerCase();
  if (lower === "count") return (scope) => (field ? valuesOf(scope).length : scope.rows.length);
  if (!AGGREGATES.has(lower)) return undefined;
  if (!field) malformed("an argument is missing", token.start, token.end);
  switch (lower) {
    case "count_distinct":
      return (scope) => new Set(valuesOf(scope).map(textOf)).size;
    case "sum":
      return (scope) => sumOf(numbersOf(scope));
    case "avg":
      return (scope) => {
        const numbers = numbersOf(scope);
        return numbers.length === 0 ? undefined : (sumOf(numbers) ?? 0) / numbers.length;
      };
    case "min":
      return most(1);
    case "max":
      return most(-1);
    case "pct": {
      const share = Number(second?.text);
      if (!(share > 0 && share <= 100)) malformed("the percentile is missing", token.start, token.end);
      return (scope) => {
        const numbers = numbersOf(scope).toSorted((a, b) => a - b);
        return numbers[Math.max(0, Math.ceil((share / 100) * numbers.length) - 1)];
      };
    }
    default:
      return ({ rows }) => {
        const sign = lower === "earliest" ? 1 : -1;
        const [row] = rows.toSorted((a, b) => sign * (timeOf(a) - timeOf(b)));
        return row && field.evaluate({ row, rows: [] });
      };
  }
};

/** Gives no values: for naming columns by how they were computed. */
export const nameAggregate: FindFunction = (name) =>
  name.toLowerCase() === "count" || AGGREGATES.has(name.toLowerCase()) ? () => undefined : undefined;

const AGGREGATES = new Set("count_distinct sum avg min max pct earliest latest".split(" "));

function sumOf(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((sum, one) => sum + one, 0);
}

function timeOf(row: Row): number {
  const time = row.get("@timestamp");
  return time instanceof Timestamp ? time.ms : 0;
}
