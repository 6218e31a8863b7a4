import type { StoredEvent } from "./cloudwatch-store.ts";
import { ServiceError } from "./cloudwatch-wire.ts";

/** An event, or a line of statistics, as a query sees it: a field's value, or none. */
export type ReadField = (field: string) => string | undefined;

interface State {
  readonly rows: readonly ReadField[];
  /** What the answer shows. */
  readonly columns: readonly string[];
  readonly isStatistics: boolean;
  readonly isSorted: boolean;
  readonly limit: number | undefined;
  /** Events that passed the filters, before any statistics. */
  readonly recordsMatched: number;
}

type Command = (state: State) => State;
type Test = (read: ReadField) => boolean;

/**
 * A small part of Logs Insights QL: fields, display, filter (like, not like, =, !=, <, <=, >, >=, in, ispresent, and,
 * or, not, parentheses), stats count(*) [as] by fields and bin(), sort, limit. Fields: the system's, and JSON's members.
 * @throws ServiceError MalformedQueryException for everything else.
 */
export function parseQuery(text: string): (events: readonly ReadField[]) => State {
  const reader = createReader(text);
  const commands: Command[] = [];
  do commands.push(parseCommand(reader));
  while (reader.take("|"));
  if (reader.peek() !== undefined) reader.fail();
  return (events) => {
    const start: State = {
      rows: events,
      recordsMatched: events.length,
      columns: ["@timestamp", "@message"],
      isStatistics: false,
      isSorted: false,
      limit: undefined,
    };
    const state = commands.reduce((before, command) => command(before), start);
    return state.isSorted || state.isStatistics ? state : sortRows(state, "@timestamp", -1);
  };
}

/** The system's fields of an event, and the members of a message that is JSON, by dotted path. */
export function readEvent(event: StoredEvent, log: string): ReadField {
  let members: unknown;
  return (field) => {
    switch (field) {
      case "@timestamp":
        return formatTime(event.timestamp);
      case "@ingestionTime":
        return formatTime(event.ingestionTime);
      case "@message":
        return event.message;
      case "@logStream":
        return event.stream;
      case "@log":
        return log;
      case "@ptr":
        return Buffer.from(`ptr:${event.serial}`).toString("base64");
      default:
        members ??= parseMembers(event.message);
        return readMember(members, field.split("."));
    }
  };
}

/** As Insights writes times, in UTC. */
function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

function parseMembers(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return {};
  }
}

function readMember(value: unknown, [name, ...path]: readonly string[]): string | undefined {
  if (name === undefined) return value === null || typeof value === "object" ? undefined : String(value);
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return undefined;
  return readMember(Reflect.get(value, name), path);
}

const TOKEN =
  /\s+|#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/(?:[^/\\]|\\.)*\/|`[^`]*`|-?[@\w.]+|!=|<=|>=|[=<>|(),*[\]]/y;

interface Reader {
  peek(): string | undefined;
  next(): string;
  take(word: string): boolean;
  expect(word: string): void;
  fail(): never;
}

function createReader(text: string): Reader {
  const tokens: { readonly text: string; readonly at: number }[] = [];
  const pattern = new RegExp(TOKEN);
  let index = 0;
  const fail = (at = tokens[index]?.at ?? text.length): never => {
    throw new ServiceError("MalformedQueryException", `unexpected symbol found at ${at}`);
  };
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const [found] = pattern.exec(text) ?? fail(at);
    if (!/^[\s#]/.test(found)) tokens.push({ text: found, at });
  }
  const peek = () => tokens[index]?.text;
  const next = (): string => {
    const token = peek() ?? fail();
    index += 1;
    return token;
  };
  const take = (word: string): boolean => {
    if (peek()?.toLowerCase() !== word) return false;
    index += 1;
    return true;
  };
  return {
    peek,
    next,
    take,
    expect: (word) => {
      if (!take(word)) fail();
    },
    fail: () => fail(),
  };
}

function parseCommand(reader: Reader): Command {
  if (reader.take("fields") || reader.take("display")) {
    const columns = parseList(reader, parseField);
    return (state) => ({ ...state, columns });
  }
  if (reader.take("filter") || reader.take("where")) {
    const test = parseOr(reader);
    return (state) => {
      const rows = state.rows.filter(test);
      return { ...state, rows, recordsMatched: state.isStatistics ? state.recordsMatched : rows.length };
    };
  }
  if (reader.take("stats")) return parseStats(reader);
  if (reader.take("sort")) {
    const field = parseField(reader);
    const sign = reader.take("desc") ? -1 : 1;
    if (sign === 1) reader.take("asc");
    return (state) => sortRows(state, field, sign);
  }
  reader.expect("limit");
  const limit = Number(reader.next());
  if (!Number.isInteger(limit) || limit < 1) reader.fail();
  return (state) => ({ ...state, limit });
}

function parseList<T>(reader: Reader, parse: (reader: Reader) => T): T[] {
  const items = [parse(reader)];
  while (reader.take(",")) items.push(parse(reader));
  return items;
}

function parseField(reader: Reader): string {
  if (!/^[@\w`]/.test(reader.peek() ?? "")) reader.fail();
  return reader.next().replaceAll("`", "");
}

function parseOr(reader: Reader): Test {
  const tests = [parseAnd(reader)];
  while (reader.take("or")) tests.push(parseAnd(reader));
  return (read) => tests.some((test) => test(read));
}

function parseAnd(reader: Reader): Test {
  const tests = [parseTest(reader)];
  while (reader.take("and")) tests.push(parseTest(reader));
  return (read) => tests.every((test) => test(read));
}

function parseTest(reader: Reader): Test {
  if (reader.take("not")) return negate(parseTest(reader));
  if (reader.take("(")) {
    const inner = parseOr(reader);
    reader.expect(")");
    return inner;
  }
  const field = parseField(reader);
  if (field === "ispresent" && reader.take("(")) {
    const present = parseField(reader);
    reader.expect(")");
    return (read) => read(present) !== undefined;
  }
  if (reader.take("not")) {
    reader.expect("like");
    return negate(parseLike(reader, field));
  }
  if (reader.take("like")) return parseLike(reader, field);
  if (reader.take("in")) {
    reader.expect("[");
    const values = parseList(reader, parseValue);
    reader.expect("]");
    return (read) => values.includes(read(field) ?? "\0");
  }
  return parseComparison(reader, field);
}

function negate(test: Test): Test {
  return (read) => !test(read);
}

function parseLike(reader: Reader, field: string): Test {
  const token = reader.peek() ?? "";
  if (!token.startsWith("/")) {
    const part = parseValue(reader);
    return (read) => read(field)?.includes(part) ?? false;
  }
  const source = reader.next().slice(1, -1);
  const pattern = new RegExp(source.replace(/^\(\?i\)/, ""), source.startsWith("(?i)") ? "i" : "");
  return (read) => pattern.test(read(field) ?? "");
}

function parseComparison(reader: Reader, field: string): Test {
  const operator = reader.next();
  // How the service compares a time with a number or a text is not documented.
  if (!/^(=|!=|<|<=|>|>=)$/.test(operator) || field === "@timestamp") reader.fail();
  const value = parseValue(reader);
  return (read) => {
    const order = compareValues(read(field), value);
    switch (operator) {
      case "=":
        return order === 0;
      case "!=":
        return order !== 0;
      case "<":
        return order < 0;
      case "<=":
        return order <= 0;
      case ">":
        return order > 0;
      default:
        return order >= 0;
    }
  };
}

function parseValue(reader: Reader): string {
  const token = reader.next();
  if (/^["']/.test(token)) return token.slice(1, -1).replace(/\\(.)/g, "$1");
  return /^-?[\w.]+$/.test(token) ? token : reader.fail();
}

/** By number where both are numbers, otherwise by text; NaN, which no order is, where there is no value. */
function compareValues(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return Number.NaN;
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? (one < other ? -1 : one > other ? 1 : 0) : difference;
}

function sortRows(state: State, field: string, sign: number): State {
  const rows = state.rows.toSorted((one, other) => sign * (compareValues(one(field), other(field)) || 0));
  return { ...state, rows, isSorted: true };
}

interface Grouping {
  readonly name: string;
  readonly read: (row: ReadField) => string | undefined;
}

function parseStats(reader: Reader): Command {
  for (const word of ["count", "("]) reader.expect(word);
  reader.take("*");
  reader.expect(")");
  const count = reader.take("as") ? parseField(reader) : "count(*)";
  const groupings = reader.take("by") ? parseList(reader, parseGrouping) : [];
  return (state) => {
    const counts = new Map<string, { values: Map<string, string>; count: number }>();
    for (const row of state.rows) {
      const values = new Map<string, string>();
      for (const { name, read } of groupings) {
        const value = read(row);
        if (value !== undefined) values.set(name, value);
      }
      const key = JSON.stringify([...values]);
      const found = counts.get(key) ?? { values, count: 0 };
      counts.set(key, { ...found, count: found.count + 1 });
    }
    const rows = [...counts.values()].map((line): ReadField => {
      return (field) => (field === count ? String(line.count) : line.values.get(field));
    });
    const columns = [...groupings.map(({ name }) => name), count];
    return { ...state, rows, columns, isStatistics: true, isSorted: false };
  };
}

function parseGrouping(reader: Reader): Grouping {
  const field = parseField(reader);
  if (field !== "bin") return { name: field, read: (row) => row(field) };
  reader.expect("(");
  const span = reader.next();
  const ms = spanOf(span) ?? reader.fail();
  reader.expect(")");
  const name = reader.take("as") ? parseField(reader) : `bin(${span})`;
  const read = (row: ReadField) => {
    const time = Date.parse(`${row("@timestamp")?.replace(" ", "T")}Z`);
    return Number.isNaN(time) ? undefined : formatTime(Math.floor(time / ms) * ms);
  };
  return { name, read };
}

/** A bin's length in milliseconds; more of a unit than it holds is cut down, as in the cloud: 300s is 60s. */
function spanOf(span: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)(ms|s|m|h|d)$/.exec(span) ?? [];
  const [ms, most] = UNITS.get(unit) ?? [];
  if (count === undefined || ms === undefined || most === undefined) return undefined;
  return Math.max(1, Math.min(Number(count), most)) * ms;
}

const UNITS: ReadonlyMap<string, readonly [ms: number, most: number]> = new Map([
  ["ms", [1, 1000]],
  ["s", [1000, 60]],
  ["m", [60_000, 60]],
  ["h", [3_600_000, 24]],
  ["d", [86_400_000, Number.POSITIVE_INFINITY]],
]);
