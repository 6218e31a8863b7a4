import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePeriods } from "../../src/analysis/compare.ts";
import { createDigest } from "../../src/analysis/digest.ts";
import type { Level } from "../../src/log/event.ts";
import { eventsOf } from "./events.ts";

const HOUR = 3_600_000;

function digest(counts: Readonly<Record<string, number>>, level?: Level) {
  const result = createDigest();
  for (const [text, count] of Object.entries(counts)) {
    for (const each of eventsOf(
      Array.from({ length: count }, (_, i) => text.replace("#", String(i))),
      { level },
    )) {
      result.add(each);
    }
  }
  return result.summarize();
}

const texts = (list: readonly { readonly text: string }[]) => list.map(({ text }) => text);

test("new, vanished and changed templates are told apart", () => {
  const baseline = digest({
    "served request #": 100,
    "cache warmed": 20,
    "login of user #": 50,
    "rare hiccup": 2,
  });
  const current = digest({ "served request #": 110, "pool exhausted": 1, "login of user #": 200 });
  const { fresh, vanished, changed } = comparePeriods(baseline, current, {
    baselineMs: HOUR,
    currentMs: HOUR,
  });
  expect(texts(fresh)).toEqual(["pool exhausted"]);
  expect(fresh[0]).toMatchObject({ baselineCount: 0, count: 1, ratio: Number.POSITIVE_INFINITY });
  expect(fresh[0]?.examples[0]?.message).toBe("pool exhausted");
  expect(texts(vanished)).toEqual(["cache warmed"]);
  expect(changed).toMatchObject([{ text: "login of user <*>", baselineCount: 50, count: 200, ratio: 4 }]);
});

test("rates are per time, not per period", () => {
  const baseline = digest({ "served request #": 240 });
  const current = digest({ "served request #": 10 });
  const day = { baselineMs: 24 * HOUR, currentMs: HOUR };
  expect(comparePeriods(baseline, current, day).changed).toEqual([]);
  const halved = comparePeriods(baseline, digest({ "served request #": 120 }), day);
  expect(halved.changed).toMatchObject([{ ratio: 12 }]);
});

test("small counts are no change, whatever the ratio", () => {
  const result = comparePeriods(digest({ "job #": 1 }), digest({ "job #": 4 }), {
    baselineMs: HOUR,
    currentMs: HOUR,
  });
  expect(result).toMatchObject({ fresh: [], vanished: [], changed: [] });
});

test("a template that varies in one period only is the same one", () => {
  const names = ["alice", "bob", "carol", "dave", "erin"];
  const baseline = digest(
    Object.fromEntries(names.map((name) => [`session opened for user ${name} by root`, 4])),
  );
  const current = digest({ "session opened for user mallory by root": 22 });
  const result = comparePeriods(baseline, current, { baselineMs: HOUR, currentMs: HOUR });
  expect(result).toMatchObject({ fresh: [], vanished: [], changed: [] });
  const reversed = comparePeriods(current, baseline, { baselineMs: HOUR, currentMs: HOUR });
  expect(reversed).toMatchObject({ fresh: [], vanished: [], changed: [] });
});

test("errors come first among what is new, and error rates are per minute", () => {
  const quiet = digest({ ok: 10 }, "info");
  const errors = digest({ "disk full": 3, "pool exhausted": 30 }, "error");
  const { fresh, errorRatePerMinute } = comparePeriods(quiet, errors, {
    baselineMs: HOUR,
    currentMs: HOUR / 2,
  });
  expect(texts(fresh)).toEqual(["pool exhausted", "disk full"]);
  expect(errorRatePerMinute).toEqual({ baseline: 0, current: 1.1 });
});

test("a period differs from itself in nothing", () => {
  const word = fc.constantFrom("user", "login", "failed", "for", "17", "/a/b", "10.0.0.1", "x=", "(y)");
  const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" ")));
  fc.assert(
    fc.property(lines, (messages) => {
      const both = () => {
        const result = createDigest();
        for (const each of eventsOf(messages)) result.add(each);
        return result.summarize();
      };
      expect(comparePeriods(both(), both(), { baselineMs: HOUR, currentMs: HOUR })).toMatchObject({
        fresh: [],
        vanished: [],
        changed: [],
      });
    }),
  );
});

test("a text that was harmless and comes as an error now is new", () => {
  const baseline = digest({ "call # answered": 40 }, "info");
  const { fresh } = comparePeriods(baseline, digest({ "call # answered": 9 }, "error"), {
    baselineMs: HOUR,
    currentMs: HOUR,
  });
  expect(fresh).toMatchObject([{ text: "call <*> answered", level: "error", count: 9 }]);
});
