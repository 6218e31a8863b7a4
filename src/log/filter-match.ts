import type { EventFilter } from "./filter.ts";
import { compileRegex, literalsOf } from "./filter-automaton.ts";
import { matchFields } from "./filter-match-fields.ts";
import { matchJson } from "./filter-match-json.ts";
import { type FilterPattern, parseFilterPattern, type TermsPattern } from "./filter-pattern.ts";

/**
 * Compiles a filter pattern (see parseFilterPattern) into a test of one event's text. Time is linear in the text,
 * whatever the pattern. Matching is case-sensitive. Where CloudWatch's documentation is silent:
 * - a bare term matches as a substring: `Exception` is found in NullPointerException;
 * - JSON: only an event that is a JSON object as a whole matches; a comparison, `!=` too, needs a selector that names
 *   a string, number or boolean, and text operands see the latter two as JSON writes them; `< <= > >=` need a number;
 *   of several members under a wildcard one is enough; `NOT EXISTS` holds where none is there;
 * - space-delimited: any white space separates; the quotation marks or brackets around a field are not part of it; a
 *   bare name that comes last takes the rest of the event, if there is any.
 * @throws Failure "invalid-filter" as parseFilterPattern does.
 */
export function compileFilter(text: string): EventFilter {
  const pattern = parseFilterPattern(text);
  const required = requiredBy(pattern);
  const matches = compile(pattern);
  return { pattern: text, required, test: matches };
}

function compile(pattern: FilterPattern): (message: string) => boolean {
  switch (pattern.kind) {
    case "terms":
      return matchTerms(pattern);
    case "regex": {
      const matches = compileRegex(pattern.regex);
      const literals = literalsOf(pattern.regex);
      return (message) => literals.every((literal) => message.includes(literal)) && matches(message);
    }
    case "json":
      return matchJson(pattern.condition);
    case "fields":
      return matchFields(pattern.fields);
  }
}

function matchTerms({ all, none, any }: TermsPattern): (message: string) => boolean {
  if (all.length === 0 && none.length === 0 && any.length > 0)
    return (message) => any.some((term) => message.includes(term));
  return (message) =>
    all.every((term) => message.includes(term)) && !none.some((term) => message.includes(term));
}

/** JSON may write any character as an escape, so of a JSON pattern's values none is certain to be verbatim. */
function requiredBy(pattern: FilterPattern): readonly string[] {
  switch (pattern.kind) {
    case "terms": {
      const [only, ...others] = pattern.any;
      const sole =
        pattern.all.length === 0 && pattern.none.length === 0 && others.length === 0 ? only : undefined;
      return [...pattern.all, ...(sole === undefined ? [] : [sole])].filter((term) => term !== "");
    }
    case "regex":
      return literalsOf(pattern.regex);
    case "json":
      return ["{"];
    case "fields":
      return [];
  }
}
