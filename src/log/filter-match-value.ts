import { compileRegex, literalsOf } from "./filter-automaton.ts";
import type { Comparison, Condition, Operand } from "./filter-condition.ts";

/** A value of an event: its text, and the number that it is, if it is one. */
export interface Scalar {
  readonly text: string;
  readonly number: number | undefined;
}

export function matchComparison(comparison: Comparison): (scalar: Scalar) => boolean {
  if ("operand" in comparison) {
    const matches = matchOperand(comparison.operand);
    return comparison.operator === "=" ? matches : (scalar) => !matches(scalar);
  }
  const { operator, value } = comparison;
  return ({ number }) => number !== undefined && isOrdered(number, operator, value);
}

function isOrdered(left: number, operator: "<" | "<=" | ">" | ">=", right: number): boolean {
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function matchOperand(operand: Operand): (scalar: Scalar) => boolean {
  switch (operand.kind) {
    case "text":
      return ({ text }) => matchesPieces(text, operand.pieces);
    case "regex": {
      const matches = compileRegex(operand.regex);
      return ({ text }) => matches(text);
    }
    case "number":
      return ({ text, number }) =>
        number === undefined ? text === operand.written : number === operand.value;
  }
}

/** True where the text is the pieces in their order with anything between them; nothing around them. */
function matchesPieces(text: string, pieces: readonly string[]): boolean {
  const head = pieces[0] ?? "";
  if (pieces.length === 1) return text === head;
  const tail = pieces.at(-1) ?? "";
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at + tail.length <= text.length;
}

export function matchCondition<Test, Subject>(
  condition: Condition<Test>,
  compile: (test: Test) => (subject: Subject) => boolean,
): (subject: Subject) => boolean {
  if (condition.kind === "test") return compile(condition.test);
  const parts = condition.parts.map((part) => matchCondition(part, compile));
  return condition.kind === "and"
    ? (subject) => parts.every((matches) => matches(subject))
    : (subject) => parts.some((matches) => matches(subject));
}

/** Texts that every value contains for which the comparison holds. */
export function literalsIn(comparison: Comparison): readonly string[] {
  if (comparison.operator !== "=") return [];
  const { operand } = comparison;
  if (operand.kind === "text") return operand.pieces.filter((piece) => piece !== "");
  return operand.kind === "regex" ? literalsOf(operand.regex) : [];
}
