import { parseFilterPattern, type TermsPattern } from "./filter-pattern.ts";
import type { Regex } from "./filter-regex.ts";
import type { QueryFilter } from "./query.ts";
import { MOST_FILTERS, MOST_VALUES } from "./query-plan.ts";

/**
 * A filter pattern as filters of a query, which let the very same events pass: that is so of terms, and of a regular
 * expression that is a text or several to choose from. undefined for every other, and where a query takes no so many.
 * @throws Failure "invalid-filter" as parseFilterPattern does
 */
export function queryFiltersOf(text: string): readonly QueryFilter[] | undefined {
  const pattern = parseFilterPattern(text);
  const filters =
    pattern.kind === "terms"
      ? filtersOfTerms(pattern)
      : pattern.kind === "regex"
        ? filtersOfRegex(pattern.regex)
        : undefined;
  return filters !== undefined && filters.length <= MOST_FILTERS && filters.every(isTaken)
    ? filters
    : undefined;
}

/** Blank terms are in every text. */
function filtersOfTerms({ all, none, any }: TermsPattern): readonly QueryFilter[] | undefined {
  if (none.includes("")) return undefined;
  const isChoice = all.length === 0 && none.length === 0 && any.length > 0 && !any.includes("");
  return [
    ...new Set(all.filter((term) => term !== "")).values().map((term) => contains([term])),
    ...(none.length === 0 ? [] : [{ ...contains(none), operator: "not-contains" as const }]),
    ...(isChoice ? [contains(any)] : []),
  ];
}

function filtersOfRegex({ alternatives }: Regex): readonly QueryFilter[] | undefined {
  const texts = alternatives.map((items) => {
    const characters = items.map((item) =>
      item.kind === "repeat" && item.min === 1 && item.max === 1 ? item.literal : undefined,
    );
    return characters.includes(undefined) ? "" : characters.join("");
  });
  return texts.includes("") ? undefined : [contains(texts)];
}

function contains(texts: readonly string[]): QueryFilter {
  return { field: "message", operator: "contains", values: [...new Set(texts)] };
}

function isTaken({ values }: QueryFilter): boolean {
  return values.length <= MOST_VALUES && values.every((value) => String(value).isWellFormed());
}
