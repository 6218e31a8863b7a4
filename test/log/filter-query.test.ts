import fc from "fast-check";
import { expect, test } from "vitest";
import { createQuery } from "../../src/analysis/run-query.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import { quoteTerm } from "../../src/log/filter-pattern.ts";
import { queryFiltersOf } from "../../src/log/filter-query.ts";
import type { QueryFilter } from "../../src/log/query.ts";

/** How many of the messages a query with these filters counts. */
function countBy(filters: readonly QueryFilter[], messages: readonly string[]): number {
  const running = createQuery({ filters, groupBy: [], aggregates: [{ function: "count" }], limit: 1 });
  for (const [index, message] of messages.entries())
    running.add({
      ...{ id: String(index), group: "g", stream: "s", timestamp: index, message, bodyStart: 0 },
      ...{ level: undefined, levelInferred: false },
    });
  return Number(running.result().rows[0]?.[0]);
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "A", " ", '"', "\\", ".", "é"), maxLength: 6 });
const term = fc
  .tuple(
    fc.constantFrom("", "-", "?"),
    text.filter((one) => one !== ""),
  )
  .map(([sign, word]) => sign + quoteTerm(word));
const terms = fc.array(term, { maxLength: 4 }).map((some) => some.join(" "));
const regex = fc
  .array(fc.constantFrom("a", "b", "A", "|", "\\.", "\\x20", ".", "b?"), { minLength: 1, maxLength: 5 })
  .map((parts) => `%${parts.join("")}%`);

test("the filters of a query let the same events pass as the pattern that they are made of", () => {
  let made = 0;
  fc.assert(
    fc.property(fc.oneof(terms, regex), fc.array(text, { maxLength: 12 }), (pattern, messages) => {
      const filters = queryFiltersOf(pattern);
      if (!filters) return;
      made += 1;
      const { test: matches } = compileFilter(pattern);
      expect(countBy(filters, messages)).toBe(messages.filter(matches).length);
    }),
    { numRuns: 500 },
  );
  expect(made).toBeGreaterThan(200);
});

test("terms and expressions that are mere texts become filters", () => {
  const filter = (operator: "contains" | "not-contains", ...values: string[]) => ({
    ...{ field: "message", operator, values },
  });
  expect(queryFiltersOf('ERROR "timed out" ERROR -debug -"not found"')).toEqual([
    filter("contains", "ERROR"),
    filter("contains", "timed out"),
    filter("not-contains", "debug", "not found"),
  ]);
  expect(queryFiltersOf("?A ?B")).toEqual([filter("contains", "A", "B")]);
  expect(queryFiltersOf("?A B")).toEqual([filter("contains", "B")]);
  expect(queryFiltersOf(String.raw`%timed\x20out|refused%`)).toEqual([
    filter("contains", "timed out", "refused"),
  ]);
  expect(queryFiltersOf('" "')).toEqual([]);
});

test.each([
  ["JSON", "{ $.a = 1 }"],
  ["fields", "[a, b = 4*]"],
  ["an expression with a class", "%[Ee]rror%"],
  ["an expression that is tied to an end", "%^ERROR%"],
  ["an expression that may be empty", "%a|%"],
  ["what nothing passes", 'a -""'],
  ["more terms than a query has filters", Array.from({ length: 60 }, (_, i) => `t${i}`).join(" ")],
  ["more choices than a filter has values", Array.from({ length: 101 }, (_, i) => `?t${i}`).join(" ")],
])("%s does not", (_, pattern) => {
  expect(queryFiltersOf(pattern)).toBeUndefined();
});
