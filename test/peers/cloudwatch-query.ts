import { compileRegex, isTrue, parseExpression, parseField, parseSeveral } from "./cloudwatch-expressions.ts";
import { createTokenReader, malformed, type Token, type TokenReader } from "./cloudwatch-lexer.ts";
import { comparePatterns, findPatterns } from "./cloudwatch-patterns.ts";
import { nameAggregate, parseColumn, parseName, parseStats } from "./cloudwatch-stats.ts";
import { compareForSort, extendRow, type Row, textOf, type Value } from "./cloudwatch-values.ts";

interface State {
  readonly rows: readonly Row[];
  /** What the answer shows. */
  readonly columns: readonly string[];
  /** False while nothing but the default is shown. */
  readonly isChosen: boolean;
  readonly isStatistics: boolean;
  readonly isSorted: boolean;
  readonly limit: number | undefined;
  /** Events that passed the filters, before any statistics. */
  readonly recordsMatched: number;
}

type Command = (state: State) => State;

/** The period that `diff` compares with, by how long before the queried one it lies. */
export type Comparison = "period" | "day" | "week" | "month";

export interface ParsedQuery {
  /** The names of its commands, in order. */
  readonly commands: readonly string[];
  readonly comparison: Comparison | undefined;
  /** @param before the events of the period that is compared with, where there is one */
  run(events: readonly Row[], before?: readonly Row[]): State;
}

interface ParsedCommand {
  readonly name: string;
  readonly command: Command;
  readonly comparison?: Comparison;
}

/**
 * A part of Logs Insights QL, after docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html: fields, display,
 * filter, parse (globs and named groups), stats, sort, limit, dedup, pattern, diff.
 * @throws ServiceError MalformedQueryException for everything else.
 */
export function parseQuery(text: string): ParsedQuery {
  const reader = createTokenReader(text);
  const commands: ParsedCommand[] = [];
  do commands.push(parseCommand(reader, commands.at(-1)?.name));
  while (reader.take("|"));
  if (reader.peek() !== undefined) reader.fail();
  return {
    commands: commands.map(({ name }) => name),
    comparison: commands.find(({ comparison }) => comparison !== undefined)?.comparison,
    run(events, earlier = []) {
      let state = startWith(events);
      // What is compared with goes through the same commands up to the comparison.
      let before = startWith(earlier);
      for (const { command, comparison } of commands) {
        state = comparison === undefined ? command(state) : joinPatterns(state, before);
        before = command(before);
      }
      if (state.isSorted || state.isStatistics) return state;
      const newestFirst = (one: Row, other: Row) =>
        compareForSort(one.get("@timestamp"), other.get("@timestamp"), -1);
      return { ...state, rows: state.rows.toSorted(newestFirst) };
    },
  };
}

function startWith(events: readonly Row[]): State {
  return {
    rows: events,
    recordsMatched: events.length,
    columns: ["@timestamp", "@message"],
    isChosen: false,
    isStatistics: false,
    isSorted: false,
    limit: undefined,
  };
}

/** Both periods count for what was matched: a comparison is billed as one query over both. */
function joinPatterns(state: State, before: State): State {
  return {
    ...state,
    ...comparePatterns(state, before),
    recordsMatched: state.recordsMatched + before.recordsMatched,
  };
}

const COMMANDS: Readonly<Record<string, (reader: TokenReader) => Command>> = {
  fields: (reader) => parseFields(reader, true),
  display: (reader) => parseFields(reader, false),
  filter: parseFilter,
  where: parseFilter,
  parse: parseParse,
  stats: parseStatsCommand,
  sort: parseSort,
  limit: parseLimit,
  dedup: parseDedup,
  pattern: parsePattern,
};

function parseCommand(reader: TokenReader, previous: string | undefined): ParsedCommand {
  const token = reader.next();
  const name = token.raw.toLowerCase();
  if (token.kind === "name" && name === "diff") {
    if (previous !== "pattern")
      malformed(
        "Diff compilation Failed : Diff operation has to be used after Pattern",
        token.start,
        token.end,
      );
    return { name, command: (state) => state, comparison: parseComparison(reader) };
  }
  const parse = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (token.kind !== "name" || !parse) malformed("unexpected command", token.start, token.end);
  return { name, command: parse(reader) };
}

/** CWL_QuerySyntax-Diff.html. */
const COMPARISONS: readonly (readonly [string, Comparison])[] = [
  ["previousday", "day"],
  ["previousweek", "week"],
  ["previousmonth", "month"],
];

function parseComparison(reader: TokenReader): Comparison {
  return COMPARISONS.find(([word]) => reader.take(word))?.[1] ?? "period";
}

/** Several `fields` show all that they name; `display` shows only its own. */
function parseFields(reader: TokenReader, isAdded: boolean): Command {
  const columns = parseSeveral(reader, () => parseColumn(reader));
  return (state) => {
    const names = columns.map(({ name }) => name);
    const shown = isAdded && state.isChosen ? [...new Set([...state.columns, ...names])] : names;
    const computed = columns.filter(({ name, expression }) => name !== expression.field);
    const rows = state.rows.map((row) => {
      const fields = computed.map(({ name, expression }): [string, Value] => [
        name,
        expression.evaluate({ row, rows: [] }),
      ]);
      return fields.length === 0 ? row : extendRow(row, new Map(fields));
    });
    return { ...state, rows, columns: shown, isChosen: true };
  };
}

function parseFilter(reader: TokenReader): Command {
  const test = parseExpression(reader);
  return (state) => {
    const rows = state.rows.filter((row) => isTrue(test.evaluate({ row, rows: [] })));
    return { ...state, rows, recordsMatched: state.isStatistics ? state.recordsMatched : rows.length };
  };
}

/** `parse @message /a=(?<a>.)/` or `parse @message "a=*, b=*" as a, b`; what does not match gets no fields. */
function parseParse(reader: TokenReader): Command {
  const field =
    reader.peek()?.kind === "text" || reader.peek()?.kind === "regex" ? undefined : parseExpression(reader);
  const token = reader.next();
  if (token.kind !== "text" && token.kind !== "regex") malformed("unexpected symbol", token.start, token.end);
  const extract = token.kind === "text" ? parseGlob(reader, token) : parseGroups(token);
  return (state) => ({
    ...state,
    rows: state.rows.map((row) => {
      const text = textOf(field ? field.evaluate({ row, rows: [] }) : row.get("@message"));
      const found = text === undefined ? [] : extract(text);
      return found.length === 0 ? row : extendRow(row, new Map(found));
    }),
  });
}

type Extract = (text: string) => readonly (readonly [string, string])[];

function parseGroups(token: Token): Extract {
  const pattern = compileRegex(token);
  if (!token.value.includes("(?<")) malformed("a named group is missing", token.start, token.end);
  return (text) =>
    Object.entries(pattern.exec(text)?.groups ?? {}).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
}

function parseGlob(reader: TokenReader, token: Token): Extract {
  reader.expect("as");
  const names = parseSeveral(reader, () => parseName(reader));
  const parts = token.value.split("*");
  if (parts.length !== names.length + 1)
    malformed("wildcards and names differ in number", token.start, token.end);
  const escaped = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const pattern = new RegExp(
    `${escaped.slice(0, -1).join("(.*?)")}${escaped.at(-1) === "" ? "(.*)" : `(.*?)${escaped.at(-1)}`}`,
    "s",
  );
  return (text) => {
    const found = pattern.exec(text);
    return found === null ? [] : names.map((name, at) => [name, found[at + 1] ?? ""] as const);
  };
}

function parseStatsCommand(reader: TokenReader): Command {
  const { columns, rowsOf } = parseStats(reader);
  return (state) => {
    // Of no event there is no line, not even one that says 0.
    const rows = state.rows.length === 0 ? [] : rowsOf(state.rows);
    return { ...state, rows, columns, isChosen: true, isStatistics: true, isSorted: false };
  };
}

function parseSort(reader: TokenReader): Command {
  const keys = parseSeveral(reader, () => {
    const { text, evaluate } = parseExpression(reader, nameAggregate);
    const sign = reader.take("desc") ? -1 : 1;
    if (sign === 1) reader.take("asc");
    // A column of statistics may be called as it was computed: bin(5m).
    const read = (row: Row) => row.get(text) ?? evaluate({ row, rows: [] });
    return { read, sign };
  });
  return (state) => {
    const rows = state.rows.toSorted((one, other) => {
      for (const { read, sign } of keys) {
        const difference = compareForSort(read(one), read(other), sign);
        if (difference !== 0) return difference;
      }
      return 0;
    });
    return { ...state, rows, isSorted: true };
  };
}

function parseLimit(reader: TokenReader): Command {
  reader.take("any");
  const token = reader.next();
  const limit = Number(token.raw);
  if (token.kind !== "number" || !Number.isInteger(limit) || limit < 1 || limit > 100_000)
    malformed("the limit is no number from 1 to 100000", token.start, token.end);
  return (state) => ({ ...state, limit });
}

/** The first of each, in the order so far; newest first where there is none. Rows without a value are all kept. */
function parseDedup(reader: TokenReader): Command {
  const fields = parseSeveral(reader, () => parseField(reader));
  return (state) => {
    const seen = new Set<string>();
    const isNew = (row: Row): boolean => {
      const values = fields.map((field) => textOf(field.evaluate({ row, rows: [] })));
      if (values.includes(undefined)) return true;
      const key = JSON.stringify(values);
      const known = seen.has(key);
      seen.add(key);
      return !known;
    };
    const newestFirst = (one: Row, other: Row) =>
      compareForSort(one.get("@timestamp"), other.get("@timestamp"), -1);
    const ordered = state.isSorted || state.isStatistics ? state.rows : state.rows.toSorted(newestFirst);
    return { ...state, rows: ordered.filter(isNew), isSorted: true };
  };
}

function parsePattern(reader: TokenReader): Command {
  const field = parseField(reader);
  return (state) => {
    const { columns, rows } = findPatterns(state.rows, (row) => field.evaluate({ row, rows: [] }));
    return { ...state, rows, columns, isChosen: true, isStatistics: true, isSorted: true };
  };
}
