import { Failure } from "../failure.ts";
import type { Condition } from "./filter-condition.ts";
import { type Cursor, isAtEnd, peek, readQuoted, readRun, refuse, skipSpace } from "./filter-cursor.ts";
import { type FieldPattern, readFields } from "./filter-fields.ts";
import { type JsonTest, readJsonCondition } from "./filter-json.ts";
import { type Regex, readRegex } from "./filter-regex.ts";

/** A filter pattern in CloudWatch's four kinds. */
export type FilterPattern =
  | TermsPattern
  | { readonly kind: "regex"; readonly regex: Regex }
  | { readonly kind: "json"; readonly condition: Condition<JsonTest> }
  | { readonly kind: "fields"; readonly fields: readonly FieldPattern[] };

export interface TermsPattern {
  readonly kind: "terms";
  /** All of these must be in the text. */
  readonly all: readonly string[];
  /** None of these may be (`-term`). */
  readonly none: readonly string[];
  /** One of these must be (`?term`), but only where there is no other term: CloudWatch ignores them otherwise. */
  readonly any: readonly string[];
}

const LONGEST_PATTERN = 1024;

/**
 * Parses a filter pattern: `ERROR -"not found"`, `?A ?B`, `%regex%`, `{ $.a.b[0] = "x*" && ... }`, `[a, b = 4*, ...]`.
 * Grammar: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Where it is silent:
 * blank terms (`""`, `" "`) are in every text; unquoted terms hold letters, digits and `_` (CloudWatch refuses other
 * characters as "Invalid character(s) in term"); keywords are upper case; a regular expression stands alone or
 * as a value, never among terms.
 * @throws Failure "invalid-filter": what was expected and at which position; the hint points at it.
 */
export function parseFilterPattern(text: string): FilterPattern {
  if (text.length > LONGEST_PATTERN)
    throw new Failure("invalid-filter", `Invalid filter pattern: it has ${text.length} characters.`, {
      hint: `At most ${LONGEST_PATTERN} characters are allowed.`,
    });
  const cursor: Cursor = { text, at: 0 };
  skipSpace(cursor);
  const pattern = readPattern(cursor);
  skipSpace(cursor);
  if (!isAtEnd(cursor)) refuse(cursor, "expected the end of the pattern");
  return pattern;
}

function readPattern(cursor: Cursor): FilterPattern {
  switch (peek(cursor)) {
    case "{":
      return { kind: "json", condition: readJsonCondition(cursor) };
    case "[":
      return { kind: "fields", fields: readFields(cursor) };
    case "%":
      return { kind: "regex", regex: readRegex(cursor) };
    default:
      return readTerms(cursor);
  }
}

function readTerms(cursor: Cursor): TermsPattern {
  const terms = { all: [] as string[], none: [] as string[], any: [] as string[] };
  while (!isAtEnd(cursor)) {
    const sign = peek(cursor);
    if (sign === "?" || sign === "-") cursor.at++;
    const list = sign === "?" ? terms.any : sign === "-" ? terms.none : terms.all;
    list.push(readTerm(cursor));
    if (!isAtEnd(cursor) && !/\s/.test(peek(cursor))) refuse(cursor, "expected a space");
    skipSpace(cursor);
  }
  return { kind: "terms", ...terms };
}

function readTerm(cursor: Cursor): string {
  if (peek(cursor) === '"') {
    const phrase = readQuoted(cursor);
    return phrase.trim() === "" ? "" : phrase;
  }
  const at = cursor.at;
  const word = readRun(cursor, /[^\s"]+/y);
  if (word === "") refuse(cursor, "expected a term");
  const strange = word.search(/[^\p{L}\p{N}\p{M}_]/u);
  if (strange >= 0)
    refuse(
      cursor,
      `a term with '${String.fromCodePoint(word.codePointAt(strange) ?? 0)}' needs quotation marks`,
      at + strange,
      `Write ${quoteTerm(word)}.`,
    );
  return word;
}

/** A term that stands for exactly this text, whatever is in it. */
export function quoteTerm(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
