import { malformed, type Token, type TokenReader } from "./cloudwatch-lexer.ts";
import {
  compareValues,
  isStructure,
  memberOf,
  numberOf,
  parseJson,
  type Row,
  Timestamp,
  textOf,
  type Value,
} from "./cloudwatch-values.ts";

/** A row; of statistics also all rows of its group. */
export interface Scope {
  readonly row: Row;
  readonly rows: readonly Row[];
}

export interface Expression {
  /** As it is written. */
  readonly text: string;
  /** Where it is nothing but a field. */
  readonly field: string | undefined;
  evaluate(scope: Scope): Value;
}

/** What a function makes of its arguments. */
type Call = (scope: Scope) => Value;
/** Further functions, such as those of stats; undefined where there is none of that name. */
export type FindFunction = (name: string, args: readonly Expression[], token: Token) => Call | undefined;

const NONE: FindFunction = () => undefined;

/** Reads an expression: or, and, not, comparisons, arithmetic, functions. */
export function parseExpression(reader: TokenReader, find: FindFunction = NONE): Expression {
  const start = reader.peek();
  const first = parseAnd(reader, find);
  const terms = [first];
  while (reader.take("or")) terms.push(parseAnd(reader, find));
  if (terms.length === 1) return first;
  return made(reader, start, (scope) => terms.some((term) => isTrue(term.evaluate(scope))));
}

function made(reader: TokenReader, start: Token | undefined, evaluate: Call): Expression {
  return { text: reader.textSince(start), field: undefined, evaluate };
}

export function isTrue(value: Value): boolean {
  return value === true || value === 1;
}

function parseAnd(reader: TokenReader, find: FindFunction): Expression {
  const start = reader.peek();
  const first = parseNot(reader, find);
  const terms = [first];
  while (reader.take("and")) terms.push(parseNot(reader, find));
  if (terms.length === 1) return first;
  return made(reader, start, (scope) => terms.every((term) => isTrue(term.evaluate(scope))));
}

function parseNot(reader: TokenReader, find: FindFunction): Expression {
  const start = reader.peek();
  if (!reader.take("not")) return parseComparison(reader, find);
  const inner = parseNot(reader, find);
  return made(reader, start, (scope) => !isTrue(inner.evaluate(scope)));
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function parseComparison(reader: TokenReader, find: FindFunction): Expression {
  const start = reader.peek();
  const left = parseSum(reader, find);
  const token = reader.peek();
  const holds =
    token?.kind === "symbol" && Object.hasOwn(COMPARISONS, token.raw) ? COMPARISONS[token.raw] : undefined;
  if (holds) {
    // How the service compares a time with a number or a text is not documented.
    if (left.field === "@timestamp") reader.fail("filtering by @timestamp is not supported");
    reader.next();
    const right = parseSum(reader, find);
    return made(reader, start, (scope) => holds(compareValues(left.evaluate(scope), right.evaluate(scope))));
  }
  const isNegated = ["like", "in"].includes(reader.peek(1)?.raw.toLowerCase() ?? "") && reader.take("not");
  const test =
    reader.take("like") || reader.take("=~")
      ? parseLike(reader)
      : reader.take("in")
        ? parseList(reader, find)
        : undefined;
  if (!test) return left;
  return made(reader, start, (scope) => test(left.evaluate(scope), scope) !== isNegated);
}

type Test = (value: Value, scope: Scope) => boolean;

function parseLike(reader: TokenReader): Test {
  const token = reader.next();
  if (token.kind === "text") return (value) => textOf(value)?.includes(token.value) ?? false;
  if (token.kind !== "regex") malformed("unexpected symbol", token.start, token.end);
  const pattern = compileRegex(token);
  return (value) => {
    const text = textOf(value);
    return text !== undefined && pattern.test(text);
  };
}

function parseList(reader: TokenReader, find: FindFunction): Test {
  reader.expect("[");
  const items = parseSeveral(reader, () => parseSum(reader, find));
  reader.expect("]");
  return (value, scope) => items.some((item) => compareValues(value, item.evaluate(scope)) === 0);
}

export function compileRegex(token: Token): RegExp {
  const flags = token.value.startsWith("(?i)") ? "i" : "";
  try {
    return new RegExp(token.value.replace(/^\(\?i\)/, ""), flags);
  } catch {
    return malformed("invalid regular expression", token.start, token.end);
  }
}

export function parseSeveral<T>(reader: TokenReader, parse: () => T): T[] {
  const items = [parse()];
  while (reader.take(",")) items.push(parse());
  return items;
}

const SUMS = ["+", "-"] as const;
const PRODUCTS = ["*", "/", "%"] as const;

function parseSum(reader: TokenReader, find: FindFunction): Expression {
  return parseArithmetic(reader, SUMS, () =>
    parseArithmetic(reader, PRODUCTS, () => parseArithmetic(reader, ["^"], () => parsePrimary(reader, find))),
  );
}

function parseArithmetic(reader: TokenReader, signs: readonly string[], parse: () => Expression): Expression {
  const start = reader.peek();
  let left = parse();
  for (let sign = signs.find(reader.take); sign !== undefined; sign = signs.find(reader.take)) {
    const before = left;
    const right = parse();
    const operation = sign;
    left = made(reader, start, (scope) => compute(operation, before.evaluate(scope), right.evaluate(scope)));
  }
  return left;
}

/** Of what is no number there is no result. */
function compute(sign: string, one: Value, other: Value): number | undefined {
  const [a, b] = [numberOf(one), numberOf(other)];
  if (a === undefined || b === undefined) return undefined;
  const result = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b, "^": a ** b }[sign];
  return Number.isFinite(result) ? result : undefined;
}

function parsePrimary(reader: TokenReader, find: FindFunction): Expression {
  const start = reader.peek();
  if (reader.take("(")) {
    const inner = parseExpression(reader, find);
    reader.expect(")");
    return { ...inner, text: reader.textSince(start) };
  }
  if (reader.take("-")) {
    const inner = parsePrimary(reader, find);
    return made(reader, start, (scope) => compute("-", 0, inner.evaluate(scope)));
  }
  const token = reader.peek();
  if (token?.kind === "text" || token?.kind === "number" || token?.kind === "period") {
    reader.next();
    const value = token.kind === "number" ? Number(token.value) : token.value;
    return made(reader, start, () => value);
  }
  if (token?.kind === "name" && reader.peek(1)?.raw === "(") return parseCall(reader, find);
  return parseField(reader);
}

/** A field, or an attribute of a map: `jm.users[1].`user.id``. */
export function parseField(reader: TokenReader): Expression {
  const token = reader.next();
  if (token.kind !== "name" && token.kind !== "quoted-name")
    malformed("unexpected symbol", token.start, token.end);
  if (token.kind === "name" && RESERVED.has(token.raw.toLowerCase()))
    malformed("unexpected word", token.start, token.end);
  const attributes: string[] = [];
  for (;;) {
    if (reader.take("[")) {
      attributes.push(reader.next().value);
      reader.expect("]");
    } else if (reader.peek()?.raw === "." && reader.peek(1)?.kind.endsWith("name")) {
      reader.next();
      const part = reader.next();
      attributes.push(...(part.kind === "name" ? part.value.split(".") : [part.value]));
    } else break;
  }
  const read = (row: Row): Value => attributes.reduce<Value>(memberOf, readPath(row, token.value));
  const field = attributes.length === 0 ? token.value : undefined;
  return { text: reader.textSince(token), field, evaluate: ({ row }) => read(row) };
}

/** The field of that name; else what its first part, a map, has under the rest. */
function readPath(row: Row, name: string): Value {
  const whole = row.get(name);
  const [first = "", ...rest] = name.split(".");
  if (whole !== undefined || rest.length === 0) return whole;
  const map = row.get(first);
  return isStructure(map) ? rest.reduce<Value>(memberOf, map) : undefined;
}

/** Words that must be quoted to be the names of fields. */
const RESERVED = new Set(
  "fields display filter where stats sort limit parse dedup pattern diff by as and or not like in asc desc".split(
    " ",
  ),
);

function parseCall(reader: TokenReader, find: FindFunction): Expression {
  const token = reader.next();
  reader.expect("(");
  const args: Expression[] = [];
  // count(*) and count() count all.
  if (!reader.take("*") && reader.peek()?.raw !== ")")
    args.push(...parseSeveral(reader, () => parseExpression(reader, find)));
  reader.expect(")");
  const evaluate =
    find(token.raw, args, token) ??
    FUNCTIONS[token.raw.toLowerCase()]?.(args) ??
    malformed("unknown function", token.start, token.end);
  return made(reader, token, evaluate);
}

const FUNCTIONS: Readonly<Record<string, (args: readonly Expression[]) => Call>> = {
  ispresent:
    ([field]) =>
    (scope) =>
      field?.evaluate(scope) !== undefined,
  isnumeric:
    ([field]) =>
    (scope) =>
      numberOf(field?.evaluate(scope)) !== undefined,
  coalesce: (args) => (scope) => args.map((arg) => arg.evaluate(scope)).find((value) => value !== undefined),
  case: (args) => (scope) => {
    for (let at = 0; at + 1 < args.length; at += 2)
      if (isTrue(args[at]?.evaluate(scope))) return args[at + 1]?.evaluate(scope);
    return args.length % 2 === 1 ? args.at(-1)?.evaluate(scope) : undefined;
  },
  if:
    ([condition, one, other]) =>
    (scope) =>
      (isTrue(condition?.evaluate(scope)) ? one : other)?.evaluate(scope),
  strlen:
    ([text]) =>
    (scope) =>
      textOf(text?.evaluate(scope))?.length,
  tolower:
    ([text]) =>
    (scope) =>
      textOf(text?.evaluate(scope))?.toLowerCase(),
  toupper:
    ([text]) =>
    (scope) =>
      textOf(text?.evaluate(scope))?.toUpperCase(),
  concat: (args) => (scope) => args.map((arg) => textOf(arg.evaluate(scope)) ?? "").join(""),
  strcontains:
    ([text, part]) =>
    (scope) =>
      (textOf(text?.evaluate(scope)) ?? "").includes(textOf(part?.evaluate(scope)) ?? "\0") ? 1 : 0,
  abs:
    ([number]) =>
    (scope) => {
      const value = numberOf(number?.evaluate(scope));
      return value === undefined ? undefined : Math.abs(value);
    },
  tomillis:
    ([time]) =>
    (scope) => {
      const value = time?.evaluate(scope);
      return value instanceof Timestamp ? value.ms : undefined;
    },
  bin:
    ([period]) =>
    (scope) => {
      const time = scope.row.get("@timestamp");
      const ms = spanOf(period?.text ?? "");
      return time instanceof Timestamp && ms !== undefined
        ? new Timestamp(Math.floor(time.ms / ms) * ms)
        : undefined;
    },
  jsonparse:
    ([text]) =>
    (scope) =>
      parseJson(textOf(text?.evaluate(scope)) ?? ""),
};

/** A bin's length in milliseconds; more of a unit than it holds is cut down, as in the cloud: 300s is 60s. */
function spanOf(period: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)(ms|s|m|h|d)$/.exec(period) ?? [];
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
