import {
  type Comparison,
  type Condition,
  isAtOperator,
  readComparison,
  readCondition,
  regexesOf,
  testsOf,
} from "./filter-condition.ts";
import { accept, type Cursor, expect, peek, readRun, refuse, skipSpace } from "./filter-cursor.ts";

/** One field of a space-delimited pattern: any number of fields, or one with a name and perhaps a condition. */
export type FieldPattern =
  | { readonly kind: "ellipsis" }
  | { readonly kind: "field"; readonly name: string; readonly condition: Condition<Comparison> | undefined };

const MOST_REGEXES = 2;

/** Reads `[a, b = x*, ..., c > 1]` at the cursor. */
export function readFields(cursor: Cursor): FieldPattern[] {
  const open = cursor.at;
  expect(cursor, "[");
  const fields = [readField(cursor)];
  while (accept(cursor, ",")) fields.push(readField(cursor));
  if (!accept(cursor, "]")) refuse(cursor, "expected ',' or ']'");
  const regexes = fields.flatMap((field) =>
    field.kind === "field" && field.condition ? [...testsOf(field.condition)].map(regexesOf) : [],
  );
  if (regexes.reduce((sum, count) => sum + count, 0) > MOST_REGEXES)
    refuse(cursor, `more than ${MOST_REGEXES} regular expressions in the pattern`, open);
  return fields;
}

function readField(cursor: Cursor): FieldPattern {
  if (accept(cursor, "...")) return { kind: "ellipsis" };
  skipSpace(cursor);
  if (peek(cursor) !== "(") {
    const start = cursor.at;
    const name = readName(cursor);
    if (!isAtOperator(cursor)) return { kind: "field", name, condition: undefined };
    cursor.at = start;
  }
  let name: string | undefined;
  const condition = readCondition(cursor, () => {
    skipSpace(cursor);
    const at = cursor.at;
    const found = readName(cursor);
    name ??= found;
    if (found !== name)
      refuse(cursor, `expected the field '${name}' again`, at, "Separate fields with a comma.");
    return readComparison(cursor);
  });
  return { kind: "field", name: name ?? "", condition };
}

function readName(cursor: Cursor): string {
  const name = readRun(cursor, /[\p{L}\p{N}_-]+/uy);
  if (name === "") refuse(cursor, "expected a field's name or '...'");
  return name;
}
