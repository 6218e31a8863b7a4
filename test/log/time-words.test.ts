import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveQuestionWindow } from "../../src/log/time-words.ts";
import { createZone } from "../../src/log/zone.ts";

const UTC = createZone("UTC");
const BERLIN = createZone("Europe/Berlin");
const NEW_YORK = createZone("America/New_York");

/** A Wednesday: 15:00 in UTC, 17:00 in Berlin, 11:00 in New York. */
const NOW = "2025-08-06T15:00Z";

function ask(question: string, zone = UTC, now = NOW) {
  return resolveQuestionWindow(question, { now: Date.parse(now), zone });
}

function iso(range: { start: number; end: number } | undefined): string | undefined {
  const write = (ms: number) => new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, "Z");
  return range && `${write(range.start)} ${write(range.end)}`;
}

/** The question's words of time are between brackets; a "~" in front says that the bounds are approximate. */
type Row = [question: string, start: string, end: string];

function check(zone = UTC, now = NOW) {
  return (marked: string, start: string, end: string) => {
    const approximate = marked.startsWith("~");
    const words = /\[(.*)\]/.exec(marked)?.[1] ?? marked.replace(/^~/, "");
    const found = ask(marked.replace(/^~|[[\]]/g, ""), zone, now);
    expect({ window: iso(found?.window), words: found?.words, approximate: found?.approximate }).toEqual({
      window: `${start} ${end}`,
      words,
      approximate,
    });
  };
}

const IN_UTC: Row[] = [
  ["What failed [in the last hour]?", "2025-08-06T14:00Z", "2025-08-06T15:00Z"],
  ["errors [last 15 min]", "2025-08-06T14:45Z", "2025-08-06T15:00Z"],
  ["[past 24h]", "2025-08-05T15:00Z", "2025-08-06T15:00Z"],
  ["[over the last 24 hours]", "2025-08-05T15:00Z", "2025-08-06T15:00Z"],
  ["[the past day]", "2025-08-05T15:00Z", "2025-08-06T15:00Z"],
  ["[last 30m] of api-7", "2025-08-06T14:30Z", "2025-08-06T15:00Z"],
  ["[in the last week]", "2025-07-30T15:00Z", "2025-08-06T15:00Z"],
  ["[last couple of hours]", "2025-08-06T13:00Z", "2025-08-06T15:00Z"],
  ["~[in the last few minutes]", "2025-08-06T14:45Z", "2025-08-06T15:00Z"],
  ["~what happened [a few minutes ago]", "2025-08-06T14:45Z", "2025-08-06T15:00Z"],
  ["~it broke [just now]", "2025-08-06T14:45Z", "2025-08-06T15:00Z"],
  ["~[two hours ago]", "2025-08-06T12:30Z", "2025-08-06T13:30Z"],
  ["~[10 minutes ago] it died", "2025-08-06T14:45Z", "2025-08-06T14:55Z"],
  ["[3 days ago]", "2025-08-03T00:00Z", "2025-08-04T00:00Z"],
  ["[since Monday]", "2025-08-04T00:00Z", "2025-08-06T15:00Z"],
  ["[since Wednesday]", "2025-08-06T00:00Z", "2025-08-06T15:00Z"],
  ["[since 3am]", "2025-08-06T03:00Z", "2025-08-06T15:00Z"],
  ["[since 18:00]", "2025-08-05T18:00Z", "2025-08-06T15:00Z"],
  ["[since yesterday 14:00]", "2025-08-05T14:00Z", "2025-08-06T15:00Z"],
  ["[since 2 hours ago]", "2025-08-06T13:00Z", "2025-08-06T15:00Z"],
  ["anything new [since yesterday]'s deploy?", "2025-08-05T00:00Z", "2025-08-06T15:00Z"],
  ["~[since this morning]", "2025-08-06T05:00Z", "2025-08-06T15:00Z"],
  ["~[since around 9am]", "2025-08-06T09:00Z", "2025-08-06T15:00Z"],
  ["[after 22:00 yesterday]", "2025-08-05T22:00Z", "2025-08-06T15:00Z"],
  ["[yesterday]", "2025-08-05T00:00Z", "2025-08-06T00:00Z"],
  ["[the day before yesterday]", "2025-08-04T00:00Z", "2025-08-05T00:00Z"],
  ["~[yesterday around 14:30]", "2025-08-05T14:00Z", "2025-08-05T15:00Z"],
  ["[today]", "2025-08-06T00:00Z", "2025-08-06T15:00Z"],
  ["~[this morning]", "2025-08-06T05:00Z", "2025-08-06T12:00Z"],
  ["~[last night]", "2025-08-05T20:00Z", "2025-08-06T06:00Z"],
  ["~[last night around 2am]", "2025-08-06T01:30Z", "2025-08-06T02:30Z"],
  ["~[last night at 23:30]", "2025-08-05T23:15Z", "2025-08-05T23:45Z"],
  ["[in the last hour and a half]", "2025-08-06T13:30Z", "2025-08-06T15:00Z"],
  ["[15 minutes before and after 14:30]", "2025-08-06T14:15Z", "2025-08-06T14:45Z"],
  ["[between 1 PM and 2:15 PM ET yesterday]", "2025-08-05T17:00Z", "2025-08-05T18:15Z"],
  ["~[Monday evening]", "2025-08-04T17:00Z", "2025-08-05T00:00Z"],
  ["~[on August 2, 2025 around 13:45 UTC]", "2025-08-02T13:15Z", "2025-08-02T14:15Z"],
  ["~[On Aug 2nd the checkout failed around 13:45], why?", "2025-08-02T13:15Z", "2025-08-02T14:15Z"],
  ["~[at 13:45 did it fail on 2 Aug]?", "2025-08-02T13:30Z", "2025-08-02T14:00Z"],
  ["[between 2 and 3 pm UTC on 3 August]", "2025-08-03T14:00Z", "2025-08-03T15:00Z"],
  ["[between 11 and 1pm]", "2025-08-06T11:00Z", "2025-08-06T13:00Z"],
  ["[between 14:00 and 15:30]", "2025-08-06T14:00Z", "2025-08-06T15:00Z"],
  ["[between 22:00 and 02:00]", "2025-08-05T22:00Z", "2025-08-06T02:00Z"],
  ["[from 2pm to 4pm yesterday]", "2025-08-05T14:00Z", "2025-08-05T16:00Z"],
  ["[yesterday between 2 and 3 pm]", "2025-08-05T14:00Z", "2025-08-05T15:00Z"],
  ["[on Tuesday between 9 and 10]", "2025-08-05T09:00Z", "2025-08-05T10:00Z"],
  ["[between Friday and Monday]", "2025-08-01T00:00Z", "2025-08-05T00:00Z"],
  ["[from Aug 2 to Aug 4]", "2025-08-02T00:00Z", "2025-08-05T00:00Z"],
  ["[14:00-14:20]", "2025-08-06T14:00Z", "2025-08-06T14:20Z"],
  ["[2025-08-02 13:00-14:00]", "2025-08-02T13:00Z", "2025-08-02T14:00Z"],
  ["~[at 14:32]", "2025-08-06T14:17Z", "2025-08-06T14:47Z"],
  ["~[at 03:00] (it is always then)", "2025-08-06T02:45Z", "2025-08-06T03:15Z"],
  ["~[at 3 p.m. yesterday]", "2025-08-05T14:45Z", "2025-08-05T15:15Z"],
  ["[2025-08-02]", "2025-08-02T00:00Z", "2025-08-03T00:00Z"],
  ["[on 02.08.2025]", "2025-08-02T00:00Z", "2025-08-03T00:00Z"],
  ["[on Sat, 2 Aug 2025]", "2025-08-02T00:00Z", "2025-08-03T00:00Z"],
  ["[on 24 December]", "2024-12-24T00:00Z", "2024-12-25T00:00Z"],
  ["[on May 3]", "2025-05-03T00:00Z", "2025-05-04T00:00Z"],
  ["[on Feb 29]", "2024-02-29T00:00Z", "2024-03-01T00:00Z"],
  ["[2025-08-02T13:00Z..2025-08-02T14:00Z]", "2025-08-02T13:00Z", "2025-08-02T14:00Z"],
  ["[2025-08-02T13:00:00-05:00 to 2025-08-02T14:00:00-05:00]", "2025-08-02T18:00Z", "2025-08-02T19:00Z"],
  ["[before 9am]", "2025-08-06T00:00Z", "2025-08-06T09:00Z"],
  ["[until noon]", "2025-08-06T00:00Z", "2025-08-06T12:00Z"],
  ["[until midnight]", "2025-08-05T00:00Z", "2025-08-06T00:00Z"],
  ["[in the 10 minutes before 14:30]", "2025-08-06T14:20Z", "2025-08-06T14:30Z"],
  ["[5 minutes after 14:30]", "2025-08-06T14:30Z", "2025-08-06T14:35Z"],
  ["[in the hour before noon]", "2025-08-06T11:00Z", "2025-08-06T12:00Z"],
  ["[last week]", "2025-07-28T00:00Z", "2025-08-04T00:00Z"],
  ["[this week]", "2025-08-04T00:00Z", "2025-08-06T15:00Z"],
  ["[last weekend]", "2025-08-02T00:00Z", "2025-08-04T00:00Z"],
  ["[last month]", "2025-07-01T00:00Z", "2025-08-01T00:00Z"],
  ["[in July]", "2025-07-01T00:00Z", "2025-08-01T00:00Z"],
  ["[last Friday]", "2025-08-01T00:00Z", "2025-08-02T00:00Z"],
  ["[last Wednesday]", "2025-07-30T00:00Z", "2025-07-31T00:00Z"],
  ["~[at 14:30 CEST]", "2025-08-06T12:15Z", "2025-08-06T12:45Z"],
  ["~[at 9:30 EST yesterday]", "2025-08-05T14:15Z", "2025-08-05T14:45Z"],
  ["~[yesterday at 14:30 +02:00]", "2025-08-05T12:15Z", "2025-08-05T12:45Z"],
  ["~[at 14:30 Europe/Berlin]", "2025-08-06T12:15Z", "2025-08-06T12:45Z"],
  ["[between 9 and 10 am PDT yesterday]", "2025-08-05T16:00Z", "2025-08-05T17:00Z"],
];

const IN_BERLIN: Row[] = [
  ["[today]", "2025-08-05T22:00Z", "2025-08-06T15:00Z"],
  ["[yesterday]", "2025-08-04T22:00Z", "2025-08-05T22:00Z"],
  ["[since 3am]", "2025-08-06T01:00Z", "2025-08-06T15:00Z"],
  ["~[at 16:30]", "2025-08-06T14:15Z", "2025-08-06T14:45Z"],
  ["~[on August 2, 2025 around 13:45 UTC]", "2025-08-02T13:15Z", "2025-08-02T14:15Z"],
  ["[on 2 January]", "2025-01-01T23:00Z", "2025-01-02T23:00Z"],
  ["[2025-08-02T13:00Z..2025-08-02T14:00Z]", "2025-08-02T13:00Z", "2025-08-02T14:00Z"],
];

const IN_NEW_YORK: Row[] = [
  ["[today]", "2025-08-06T04:00Z", "2025-08-06T15:00Z"],
  ["[from 2pm to 4pm yesterday]", "2025-08-05T18:00Z", "2025-08-05T20:00Z"],
  ["[since 14:00]", "2025-08-05T18:00Z", "2025-08-06T15:00Z"],
  ["[since Monday]", "2025-08-04T04:00Z", "2025-08-06T15:00Z"],
  ["[last 24 hours]", "2025-08-05T15:00Z", "2025-08-06T15:00Z"],
];

describe("the window that a question's words name", () => {
  it.each(IN_UTC)("UTC: %s", check());
  it.each(IN_BERLIN)("Berlin: %s", check(BERLIN));
  it.each(IN_NEW_YORK)("New York: %s", check(NEW_YORK));
});

describe("the nights on which daylight saving changes", () => {
  it.each<Row>([
    ["[yesterday]", "2025-03-29T23:00Z", "2025-03-30T22:00Z"],
    ["[last 24 hours]", "2025-03-30T10:00Z", "2025-03-31T10:00Z"],
    ["[yesterday between 1:30 and 3:30]", "2025-03-30T00:30Z", "2025-03-30T01:30Z"],
    ["[yesterday between 2:00 and 3:00]", "2025-03-30T01:00Z", "2025-03-30T02:00Z"],
    ["[from 2 to 3 am yesterday]", "2025-03-30T01:00Z", "2025-03-30T02:00Z"],
    ["[last week]", "2025-03-23T23:00Z", "2025-03-30T22:00Z"],
  ])("Berlin in March: %s", check(BERLIN, "2025-03-31T10:00Z"));

  it.each<Row>([
    ["[yesterday]", "2025-10-25T22:00Z", "2025-10-26T23:00Z"],
    ["[last 24 hours]", "2025-10-26T10:00Z", "2025-10-27T10:00Z"],
    ["[yesterday between 2:00 and 3:00]", "2025-10-26T00:00Z", "2025-10-26T02:00Z"],
    ["[yesterday between 1:00 and 2:30]", "2025-10-25T23:00Z", "2025-10-26T01:30Z"],
    ["[since yesterday]", "2025-10-25T22:00Z", "2025-10-27T10:00Z"],
  ])("Berlin in October: %s", check(BERLIN, "2025-10-27T10:00Z"));

  it.each<Row>([
    ["[yesterday]", "2025-03-09T05:00Z", "2025-03-10T04:00Z"],
    ["~[yesterday around 1:45]", "2025-03-09T06:15Z", "2025-03-09T07:15Z"],
    ["~[last night]", "2025-03-10T00:00Z", "2025-03-10T10:00Z"],
  ])("New York in March: %s", check(NEW_YORK, "2025-03-10T15:00Z"));

  it.each<Row>([
    ["[yesterday]", "2025-11-02T04:00Z", "2025-11-03T05:00Z"],
    ["[from 1am to 3am yesterday]", "2025-11-02T05:00Z", "2025-11-02T08:00Z"],
  ])("New York in November: %s", check(NEW_YORK, "2025-11-03T15:00Z"));
});

describe("at other hours", () => {
  it("reads 'this morning' at three as what there has been of it", () => {
    check(UTC, "2025-08-06T03:00Z")("~[this morning]", "2025-08-06T00:00Z", "2025-08-06T03:00Z");
  });

  it("reads 'tonight' after midnight as the night that it is", () => {
    check(UTC, "2025-08-06T02:00Z")("~[tonight]", "2025-08-05T18:00Z", "2025-08-06T02:00Z");
  });

  it("takes a year at its word, in the future too", () => {
    check()("[on 2030-01-01]", "2030-01-01T00:00Z", "2030-01-02T00:00Z");
  });
});

describe("what a window is compared with", () => {
  it.each([
    [
      "errors today compared with yesterday",
      "2025-08-06T00:00Z 2025-08-06T15:00Z",
      "2025-08-05T00:00Z 2025-08-05T15:00Z",
      "yesterday",
    ],
    [
      "errors yesterday vs the day before",
      "2025-08-05T00:00Z 2025-08-06T00:00Z",
      "2025-08-04T00:00Z 2025-08-05T00:00Z",
      "the day before",
    ],
    [
      "last hour versus the hour before",
      "2025-08-06T14:00Z 2025-08-06T15:00Z",
      "2025-08-06T13:00Z 2025-08-06T14:00Z",
      "the hour before",
    ],
    [
      "the last 2 hours against the previous period",
      "2025-08-06T13:00Z 2025-08-06T15:00Z",
      "2025-08-06T11:00Z 2025-08-06T13:00Z",
      "the previous period",
    ],
    [
      "in the last hour, compared to the same time last week",
      "2025-08-06T14:00Z 2025-08-06T15:00Z",
      "2025-07-30T14:00Z 2025-07-30T15:00Z",
      "the same time last week",
    ],
    [
      "more errors in the last hour than yesterday",
      "2025-08-06T14:00Z 2025-08-06T15:00Z",
      "2025-08-05T14:00Z 2025-08-05T15:00Z",
      "yesterday",
    ],
    [
      "is it worse than last week?",
      "2025-07-30T15:00Z 2025-08-06T15:00Z",
      "2025-07-23T15:00Z 2025-07-30T15:00Z",
      "last week",
    ],
    [
      "errors in the last 24h vs 7 days ago",
      "2025-08-05T15:00Z 2025-08-06T15:00Z",
      "2025-07-29T15:00Z 2025-07-30T15:00Z",
      "7 days ago",
    ],
    [
      "what is different from yesterday",
      "2025-08-06T00:00Z 2025-08-06T15:00Z",
      "2025-08-05T00:00Z 2025-08-05T15:00Z",
      "yesterday",
    ],
    [
      "are there more errors than yesterday?",
      "2025-08-06T00:00Z 2025-08-06T15:00Z",
      "2025-08-05T00:00Z 2025-08-05T15:00Z",
      "yesterday",
    ],
    [
      "compare yesterday with today",
      "2025-08-06T00:00Z 2025-08-06T15:00Z",
      "2025-08-05T00:00Z 2025-08-06T00:00Z",
      "yesterday",
    ],
    [
      "compare 14:00-15:00 to 13:00-14:00",
      "2025-08-06T14:00Z 2025-08-06T15:00Z",
      "2025-08-06T13:00Z 2025-08-06T14:00Z",
      "13:00-14:00",
    ],
  ])("%s", (question, window, baseline, words) => {
    const found = ask(question);
    expect([iso(found?.window), iso(found?.baseline), found?.baseline?.words]).toEqual([
      window,
      baseline,
      words,
    ]);
  });

  it("is the same wall-clock hours across a change of daylight saving", () => {
    const found = ask("errors in the last hour vs the same time the day before", BERLIN, "2025-03-30T10:00Z");
    expect(iso(found?.baseline)).toBe("2025-03-29T10:00Z 2025-03-29T11:00Z");
  });

  it("is absent where nothing is compared", () => {
    expect(ask("errors yesterday and the day of the deploy")?.baseline).toBeUndefined();
    expect(ask("more errors than usual in the last hour?")?.baseline).toBeUndefined();
  });
});

describe("what is no time", () => {
  it.each([
    "503 errors",
    "show the last 10 logs",
    "app-107",
    "pod-12",
    "top 5",
    "port 8080",
    "v2.3.1",
    "10.0.0.1",
    "since the last deploy",
    "first error",
    "300 ms",
    "took 5 seconds",
    "timeout after 30s",
    "sun-service",
    "march-api",
    "second attempt",
    "may",
    "now failing",
    "2 may fail",
    "between 2 and 3 errors",
    "from 10.0.0.1 to 10.0.0.2",
    "status 200 to 299",
    "the 5 minutes before the crash",
    "backup-2025-08-02.log",
    "logs/2025-08-02/app",
    "api:8080",
    "every 5 minutes",
    "retry in 10 minutes",
    "the sun and wed services",
    'find "yesterday at 14:30"',
    "grep `last 5 minutes`",
    "monday-job",
    "node 14",
    "at line 14",
    "2025-13-45",
    "31 June",
    "",
    "what is failing right now?",
    "the last second attempt",
    "is it still down?",
    "request 1754142300000",
    "25:00",
    "older than 3 of them",
    "job_yesterday",
    "today.log",
    "/since/monday",
  ])("%s", (question) => {
    expect(ask(question)).toBeUndefined();
  });
});

describe("laws", () => {
  const zone = fc.constantFrom(UTC, BERLIN, NEW_YORK);
  const now = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) });
  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));
  const day = fc.constantFrom(
    "yesterday",
    "Monday",
    "last Friday",
    "2 August",
    "Dec 31",
    "last week",
    "last night",
    "this morning",
  );
  const phrase = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("last", "past"),
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom("min", "hours", "d"),
      )
      .map((parts) => parts.join(" ")),
    clock.map((time) => `since ${time}`),
    clock.map((time) => `at ${time}`),
    clock.map((time) => `before ${time}`),
    fc.tuple(clock, clock).map(([from, to]) => `between ${from} and ${to}`),
    fc.tuple(day, clock).map((parts) => parts.join(" around ")),
    day,
    day.map((name) => `since ${name}`),
  );

  it("a window starts before it ends and never ends after now", () => {
    fc.assert(
      fc.property(phrase, zone, now, (question, where, when) => {
        const found = resolveQuestionWindow(question, { now: when, zone: where });
        expect(found).toBeDefined();
        if (!found) return;
        expect(found.window.start).toBeLessThan(found.window.end);
        expect(found.window.end).toBeLessThanOrEqual(when);
      }),
      { numRuns: 2000 },
    );
  });

  it("any text is read without a crash, and the words are a part of it", () => {
    const piece = fc.oneof(
      phrase,
      fc.string({ unit: "binary" }),
      fc.constantFrom("UTC", "vs", "than", "compare", "from", "to", "-", "on", "14", "pm", '"', "may"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), zone, now, (pieces, where, when) => {
        const question = pieces.join(" ");
        const found = resolveQuestionWindow(question, { now: when, zone: where });
        if (!found) return;
        expect(question).toContain(found.words);
        expect(found.window.start).toBeLessThan(found.window.end);
      }),
      { numRuns: 1000 },
    );
  });

  it("a pasted log of any length does not hold the question up", () => {
    const question = `why did this fail yesterday? ${"2025-08-01 12:00:00 between 1 and 2 on last since ".repeat(20_000)}`;
    expect(ask(question)?.words).toBe("yesterday");
  });
});
