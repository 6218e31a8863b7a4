import {
  accept,
  type Cursor,
  expect,
  isAtEnd,
  peek,
  readQuoted,
  readRun,
  refuse,
  skipSpace,
} from "./filter-cursor.ts";
import { type Regex, readRegex } from "./filter-regex.ts";

/** The right side of a comparison. */
export type Operand =
  | { readonly kind: "text"; readonly pieces: readonly string[] }
  | { readonly kind: "number"; readonly value: number; readonly written: string }
  | { readonly kind: "regex"; readonly regex: Regex };

export type Comparison =
  | { readonly operator: "=" | "!="; readonly operand: Operand }
  | { readonly operator: "<" | "<=" | ">" | ">="; readonly value: number };

/** Conditions joined by `&&` and `||`; what a single one looks like differs by kind of pattern. */
export type Condition<Test> =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition<Test>[] }
  | { readonly kind: "test"; readonly test: Test };

/** Reads conditions: `&&` binds closer than `||`, parentheses group. */
export function readCondition<Test>(cursor: Cursor, readTest: (cursor: Cursor) => Test): Condition<Test> {
  const readFactor = (): Condition<Test> => {
    if (!accept(cursor, "(")) return { kind: "test", test: readTest(cursor) };
    const inner = readCondition(cursor, readTest);
    expect(cursor, ")");
    return inner;
  };
  return readChain(cursor, "or", "||", () => readChain(cursor, "and", "&&", readFactor));
}

function readChain<Test>(
  cursor: Cursor,
  kind: "and" | "or",
  operator: string,
  readPart: () => Condition<Test>,
): Condition<Test> {
  const head = readPart();
  const parts = [head];
  while (accept(cursor, operator)) parts.push(readPart());
  return parts.length === 1 ? head : { kind, parts };
}

/** Every single test of a condition. */
export function* testsOf<Test>(condition: Condition<Test>): Generator<Test> {
  if (condition.kind === "test") yield condition.test;
  else for (const part of condition.parts) yield* testsOf(part);
}

const OPERATORS = ["!=", ">=", "<=", "=", ">", "<"] as const;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const BARE = /[\p{L}\p{N}_.*+-]*/uy;

/** True for an operator of comparison at the cursor, behind any space. */
export function isAtOperator(cursor: Cursor): boolean {
  skipSpace(cursor);
  return OPERATORS.some((operator) => cursor.text.startsWith(operator, cursor.at));
}

/** Reads operator and operand; `< <= > >=` take a number. */
export function readComparison(cursor: Cursor): Comparison {
  const operator = OPERATORS.find((candidate) => accept(cursor, candidate));
  if (!operator) refuse(cursor, "expected an operator (= != > < >= <=)");
  skipSpace(cursor);
  const at = cursor.at;
  const operand = readOperand(cursor);
  if (operator === "=" || operator === "!=") return { operator, operand };
  if (operand.kind !== "number") refuse(cursor, `expected a number behind '${operator}'`, at);
  return { operator, value: operand.value };
}

/** Words of letters, digits and `_ . + -` need no quotation marks; `*` is a wildcard inside them and out. */
function readOperand(cursor: Cursor): Operand {
  const at = cursor.at;
  if (peek(cursor) === "%") return { kind: "regex", regex: readRegex(cursor) };
  if (peek(cursor) === '"') return { kind: "text", pieces: readQuoted(cursor).split("*") };
  const word = readRun(cursor, BARE);
  if (word === "") refuse(cursor, "expected a value", at);
  if (!isAtEnd(cursor) && !/[\s,)\]}&|]/.test(peek(cursor)))
    refuse(cursor, `'${peek(cursor)}' needs quotation marks around the value`);
  const value = parseNumber(word);
  return value === undefined
    ? { kind: "text", pieces: word.split("*") }
    : { kind: "number", value, written: word };
}

/** The number that a whole text writes, or undefined. */
export function parseNumber(text: string): number | undefined {
  return text.length <= 400 && NUMBER.test(text) ? Number(text) : undefined;
}

/** The regular expressions of a comparison: one or none. */
export function regexesOf(comparison: Comparison): number {
  return "operand" in comparison && comparison.operand.kind === "regex" ? 1 : 0;
}
