import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignLists } from "../../src/sessions/align.ts";
import { findDifferences } from "../../src/sessions/differences.ts";
import { isKeptOf } from "../../src/sessions/redact.ts";
import { type JsonObject, type JsonValue, toJson } from "../../src/tools/json.ts";

/** A little of everything, alike often enough to be aligned. */
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, 0, 1, 2, "a", "b", "[e1] a", "constructor"),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom("a", "b", "name", "template", "constructor"), tie("value"), { maxKeys: 4 }),
  ),
}));
const anyResult = anyValue.map(toJson);

/** What stands at a path such as `groups[0].errors`. */
function at(result: JsonObject, path: string): unknown {
  let value: unknown = result;
  for (const [, key, place] of path.matchAll(/([a-z_]+)|\[(\d+)\]/g)) {
    if (Array.isArray(value)) value = value[Number(place)];
    else if (typeof value === "object" && value !== null && key !== undefined)
      value = Object.entries(value).find(([name]) => name === key)?.[1];
    else return undefined;
  }
  return value;
}

const copyOf = (value: JsonObject): JsonObject => toJson(value);

describe("differences", () => {
  test("are none exactly where two results are the same JSON", () => {
    fc.assert(
      fc.property(anyResult, anyResult, (one, other) => {
        expect(findDifferences(one, copyOf(one))).toEqual([]);
        let isEqual = true;
        try {
          expect(one).toEqual(other);
        } catch {
          isEqual = false;
        }
        expect(findDifferences(one, other).length === 0).toBe(isEqual);
      }),
      { numRuns: 2000 },
    );
  });

  test("stand where they say: in what was then, or where a list has more in what is now", () => {
    fc.assert(
      fc.property(anyResult, anyResult, (one, other) => {
        for (const { path, before, now } of findDifferences(one, other)) {
          expect(before).not.toEqual(now);
          if (before !== undefined) expect(at(one, path)).toEqual(before);
          else if (/^[a-z_.]+(\[\d+\])?$/.test(path)) expect(at(other, path)).toEqual(now);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("of a list are what came and what went, wherever it stands", () => {
    const items = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(items, fc.nat(), fc.boolean(), (list, place, isObject) => {
        const whole = list.map((text) => (isObject ? { name: text, count: 1 } : text));
        const removed = place % list.length;
        const left = whole.toSpliced(removed, 1);
        expect(findDifferences({ list: whole }, { list: left })).toEqual([
          { path: `list[${removed}]`, before: whole[removed], now: undefined },
        ]);
        expect(findDifferences({ list: left }, { list: whole })).toEqual([
          { path: `list[${removed}]`, before: undefined, now: whole[removed] },
        ]);
      }),
    );
  });

  test("of an item that is known by its name are told of it, wherever it went", () => {
    const item = (name: string, count: number) => ({ template: name, count });
    const before = { groups: [item("timed out", 137), item("refused", 2)] };
    const now = { groups: [item("new one", 1), item("timed out", 139), item("refused", 2)] };
    expect(findDifferences(before, now)).toEqual([
      { path: "groups[0]", before: undefined, now: item("new one", 1) },
      { path: "groups[0].count", item: "timed out", before: 137, now: 139 },
    ]);
  });

  test("of numbers in a row are told place by place, or as a whole where the row has another length", () => {
    expect(findDifferences({ total: [1, 2, 3] }, { total: [2, 2, 3] })).toEqual([
      { path: "total[0]", before: 1, now: 2 },
    ]);
    expect(findDifferences({ total: [1, 2] }, { total: [1, 2, 3] })).toEqual([
      { path: "total", before: [1, 2], now: [1, 2, 3] },
    ]);
  });

  test("are none where only a credential was taken out", () => {
    const before = { events: ["[e1] token=[API_KEY_REDACTED] refused"] };
    const now = { events: ["[e1] token=abcdef0123456789 refused"] };
    expect(findDifferences(before, now)).toHaveLength(1);
    expect(findDifferences(before, now, isKeptOf)).toEqual([]);
    expect(findDifferences(before, { events: ["[e1] token=abcdef refused twice"] }, isKeptOf)).toHaveLength(
      1,
    );
  });
});

describe("a kept text", () => {
  const piece = fc.string({ maxLength: 6 }).filter((text) => !text.includes("["));
  const TAG = "[TOKEN_REDACTED]";

  test("is what is left of the text that it was made of", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(piece),
        (pieces, values) => {
          const [first = "", ...rest] = pieces;
          const text = rest.reduce((all, one) => `${all}${values.next().value}${one}`, first);
          expect(isKeptOf(pieces.join(TAG), text)).toBe(true);
          if (rest.length > 0)
            expect(isKeptOf(pieces.join(TAG), `x${text}`)).toBe(`x${text}`.startsWith(first));
        },
      ),
    );
  });
});

describe("aligned lists", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });

  test("pair what is the same, in order, and as much as there can be", () => {
    fc.assert(
      fc.property(letters, letters, (one, other) => {
        const pairs = alignLists(one, other);
        for (const [at, place] of pairs) expect(one[at]).toBe(other[place]);
        for (const [index, [at, place]] of pairs.entries()) {
          const [before = -1, now = -1] = pairs[index - 1] ?? [];
          expect([at > before, place > now]).toEqual([true, true]);
        }
        expect(pairs.length).toBe(longestOf(one, other));
      }),
    );
  });

  test("of any length pair what did not move", () => {
    const long = Array.from({ length: 3000 }, (_, index) => `line ${index}`);
    const changed = ["new", ...long.filter((_, index) => index % 2 === 0), "last"];
    expect(alignLists(long, changed)).toHaveLength(1500);
    expect(alignLists(long, long.toReversed()).length).toBeGreaterThan(0);
  });
});

function longestOf([first, ...one]: readonly string[], other: readonly string[]): number {
  if (first === undefined || other.length === 0) return 0;
  const at = other.indexOf(first);
  const without = longestOf(one, other);
  return at < 0 ? without : Math.max(without, 1 + longestOf(one, other.slice(at + 1)));
}
