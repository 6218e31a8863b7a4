import {
  type Comparison,
  type Condition,
  isAtOperator,
  readComparison,
  readCondition,
  regexesOf,
  testsOf,
} from "./filter-condition.ts";
import {
  accept,
  type Cursor,
  expect,
  peek,
  readQuoted,
  readRun,
  refuse,
  skipSpace,
} from "./filter-cursor.ts";

/** One step of a selector: into an object, into an array, or into every member of either. */
export type SelectorStep =
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "each-property" | "each-element" };

export type Selector = readonly SelectorStep[];

/** A single test of the values that a selector names. */
export type JsonTest =
  | { readonly kind: "compare"; readonly selector: Selector; readonly comparison: Comparison }
  | { readonly kind: "is"; readonly selector: Selector; readonly value: boolean | null }
  | { readonly kind: "not-exists"; readonly selector: Selector };

const MOST_REGEXES = 2;
const MOST_WILDCARDS = 3;

/** Reads `{ ... }` at the cursor: conditions on the properties of an event that is a JSON object. */
export function readJsonCondition(cursor: Cursor): Condition<JsonTest> {
  const open = cursor.at;
  expect(cursor, "{");
  const condition = readCondition(cursor, readTest);
  if (!accept(cursor, "}")) refuse(cursor, "expected '&&', '||' or '}'");
  const tests = [...testsOf(condition)];
  if (
    tests.reduce((sum, test) => sum + (test.kind === "compare" ? regexesOf(test.comparison) : 0), 0) >
    MOST_REGEXES
  )
    refuse(cursor, `more than ${MOST_REGEXES} regular expressions in the pattern`, open);
  if (tests.reduce((sum, test) => sum + wildcardsOf(test.selector), 0) > MOST_WILDCARDS)
    refuse(cursor, `more than ${MOST_WILDCARDS} wildcard selectors in the pattern`, open);
  return condition;
}

function wildcardsOf(selector: Selector): number {
  return selector.filter(({ kind }) => kind === "each-property" || kind === "each-element").length;
}

function readTest(cursor: Cursor): JsonTest {
  const selector = readSelector(cursor);
  if (isAtOperator(cursor)) return { kind: "compare", selector, comparison: readComparison(cursor) };
  const at = cursor.at;
  const keyword = readRun(cursor, /[A-Za-z]+/y);
  if (keyword === "NOT") {
    if (!accept(cursor, "EXISTS")) refuse(cursor, "expected 'EXISTS'");
    return { kind: "not-exists", selector };
  }
  if (keyword === "IS") return { kind: "is", selector, value: readConstant(cursor) };
  refuse(cursor, "expected an operator (= != > < >= <=), 'IS' or 'NOT EXISTS'", at);
}

function readConstant(cursor: Cursor): boolean | null {
  skipSpace(cursor);
  const at = cursor.at;
  const word = readRun(cursor, /[A-Za-z]+/y);
  if (word === "NULL") return null;
  if (word === "TRUE" || word === "FALSE") return word === "TRUE";
  refuse(
    cursor,
    "expected 'NULL', 'TRUE' or 'FALSE'",
    at,
    word === "NOT" ? "'IS NOT' does not exist." : undefined,
  );
}

function readSelector(cursor: Cursor): Selector {
  skipSpace(cursor);
  const at = cursor.at;
  if (peek(cursor) !== "$") refuse(cursor, "expected a property such as '$.name'");
  cursor.at++;
  if (peek(cursor) !== ".") refuse(cursor, "expected '.' behind '$'");
  const steps: SelectorStep[] = [];
  while (peek(cursor) === "." || peek(cursor) === "[") steps.push(readStep(cursor));
  if (wildcardsOf(steps) > 1) refuse(cursor, "more than one wildcard in a selector", at);
  return steps;
}

function readStep(cursor: Cursor): SelectorStep {
  if (peek(cursor) === ".") {
    cursor.at++;
    if (peek(cursor) !== "[") return readName(cursor);
  }
  cursor.at++;
  const step = readBracketed(cursor);
  if (peek(cursor) !== "]") refuse(cursor, "expected ']'");
  cursor.at++;
  return step;
}

function readName(cursor: Cursor): SelectorStep {
  if (peek(cursor) === "*") {
    cursor.at++;
    return { kind: "each-property" };
  }
  const name = readRun(cursor, /[\p{L}\p{N}_-]+/uy);
  if (name === "")
    refuse(cursor, "expected a property's name", cursor.at, "Other names are written like $.['@name'].");
  return { kind: "property", name };
}

function readBracketed(cursor: Cursor): SelectorStep {
  const opening = peek(cursor);
  if (opening === '"') return { kind: "property", name: readQuoted(cursor) };
  if (opening === "'") {
    const quoted = readRun(cursor, /'[^']*'/y);
    if (quoted === "") refuse(cursor, "the quotation mark is never closed");
    return { kind: "property", name: quoted.slice(1, -1) };
  }
  if (opening === "*") {
    cursor.at++;
    return { kind: "each-element" };
  }
  const digits = readRun(cursor, /\d{1,9}/y);
  if (digits === "") refuse(cursor, "expected an index, '*' or a quoted name");
  return { kind: "index", index: Number(digits) };
}
