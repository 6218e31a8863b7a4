import { parseNumber } from "./filter-condition.ts";
import type { FieldPattern } from "./filter-fields.ts";
import { matchComparison, matchCondition, type Scalar } from "./filter-match-value.ts";

type FieldTest = (field: string) => boolean;

/** Matches an event by its fields, in their order and number; `...` stands for any number of them. */
export function matchFields(fields: readonly FieldPattern[]): (message: string) => boolean {
  const segments = splitAtEllipses(fields).map((segment) => segment.map(compileField));
  const last = fields.at(-1);
  const takesRest = last?.kind === "field" && last.condition === undefined;
  const [head = [], ...others] = segments;
  const tail = others.pop();
  if (!tail) {
    // One field more than the pattern names tells that there are too many.
    const enough = head.length + (takesRest ? 0 : 1);
    return (message) => {
      const found = takeFields(message, enough);
      return found.length === head.length && holdsAt(head, found, 0);
    };
  }
  return (message) => {
    const found = takeFields(message, Number.POSITIVE_INFINITY);
    const tailAt = found.length - tail.length;
    if (!holdsAt(head, found, 0) || !holdsAt(tail, found, tailAt)) return false;
    const at = placeInOrder(others, found, head.length);
    return at !== undefined && at <= tailAt;
  };
}

function splitAtEllipses(fields: readonly FieldPattern[]): FieldPattern[][] {
  const segments: FieldPattern[][] = [[]];
  for (const field of fields) {
    if (field.kind === "ellipsis") segments.push([]);
    else segments.at(-1)?.push(field);
  }
  return segments;
}

function compileField(field: FieldPattern): FieldTest {
  if (field.kind === "ellipsis" || !field.condition) return () => true;
  const matches = matchCondition(field.condition, matchComparison);
  return (text) => {
    const scalar: Scalar = { text, number: parseNumber(text) };
    return matches(scalar);
  };
}

function holdsAt(tests: readonly FieldTest[], fields: readonly string[], at: number): boolean {
  if (at < 0) return false;
  return tests.every((test, index) => {
    const field = fields[at + index];
    return field !== undefined && test(field);
  });
}

/** Finds each segment behind the one before it, as early as it goes; the index behind the last, or undefined. */
function placeInOrder(
  segments: readonly (readonly FieldTest[])[],
  fields: readonly string[],
  from: number,
): number | undefined {
  let at = from;
  for (const segment of segments) {
    while (!holdsAt(segment, fields, at)) if (++at > fields.length) return undefined;
    at += segment.length;
  }
  return at;
}

/** The first fields of an event: words, and `"..."` or `[...]` without their delimiters. */
function takeFields(message: string, most: number): string[] {
  const fields: string[] = [];
  const word = /\S+/y;
  const gap = /\s*/y;
  // Where a delimiter was once looked for in vain it is not looked for again: the time stays linear.
  const unclosed = new Set<string>();
  let at = 0;
  while (fields.length < most) {
    gap.lastIndex = at;
    gap.test(message);
    at = gap.lastIndex;
    if (at >= message.length) break;
    const delimiter = { '"': '"', "[": "]" }[message.charAt(at)];
    const close =
      delimiter === undefined || unclosed.has(delimiter) ? -1 : findClose(message, delimiter, at + 1);
    if (delimiter !== undefined && close < 0) unclosed.add(delimiter);
    if (close >= 0) {
      fields.push(message.slice(at + 1, close));
      at = close + 1;
    } else {
      word.lastIndex = at;
      fields.push(word.exec(message)?.[0] ?? "");
      at = word.lastIndex;
    }
  }
  return fields;
}

/** The index of a delimiter that no backslash stands before, or -1. */
function findClose(message: string, delimiter: string, from: number): number {
  let at = message.indexOf(delimiter, from);
  while (at > from && delimiter === '"' && message.charAt(at - 1) === "\\")
    at = message.indexOf(delimiter, at + 1);
  return at;
}
