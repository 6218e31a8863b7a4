import { describe, expect, it } from "vitest";
import { cachedNotice } from "../../src/log/cached-notice.ts";
import type { CachedShare, Notice } from "../../src/log/ledger.ts";
import { addUpNotices, addUpRefusals, refusedNotice } from "../../src/log/refusals.ts";

it("adds up what each service refused, and leaves other notices as they are", () => {
  const other: Notice = { kind: "truncated", text: "Only some of it.", group: "/a" };
  const notices = [
    refusedNotice("CloudWatch", 3),
    other,
    refusedNotice("CloudWatch", 1),
    refusedNotice("Loki", 1),
  ];
  expect(addUpRefusals(notices)).toEqual([other, refusedNotice("CloudWatch", 4), refusedNotice("Loki", 1)]);
  expect(addUpRefusals([other])).toEqual([other]);
});

it("says it in one sentence", () => {
  expect(refusedNotice("CloudWatch", 12).text).toBe(
    "CloudWatch refused 12 calls for their rate; all were repeated.",
  );
  expect(refusedNotice("CloudWatch", 1).text).toBe(
    "CloudWatch refused 1 call for its rate; it was repeated.",
  );
});

describe("what came from the cache", () => {
  const MINUTE = 60_000;
  const NOON = Date.UTC(2025, 10, 20, 12);
  const share = (own: Partial<CachedShare>): CachedShare => ({
    ...{ events: 12_003, readFrom: NOON, readTo: NOON, toldAt: NOON + 125 * MINUTE, zone: "UTC" },
    ...own,
  });
  const textOf = (own: Partial<CachedShare>) => cachedNotice(share(own)).text;
  const read = "read at 2025-11-20 12:00:00 UTC (2h 5m ago).";

  it("is said with how much it is, and how old", () => {
    expect(textOf({ of: 12_400 })).toBe(`12,003 of 12,400 events come from the cache, ${read}`);
    expect(textOf({})).toBe(`12,003 events come from the cache, ${read}`);
    expect(textOf({ events: 1 })).toBe(`1 event comes from the cache, ${read}`);
    expect(textOf({ events: 1, of: 3 })).toBe(`1 of 3 events comes from the cache, ${read}`);
    expect(textOf({ events: 0, of: 3 })).toBe(
      `That a part of the window has no such event comes from the cache, ${read}`,
    );
    expect(textOf({ events: 0 })).toBe(`That there is no such event comes from the cache, ${read}`);
    expect(textOf({ readTo: NOON + 5 * MINUTE, zone: "+02:00" })).toBe(
      "12,003 events come from the cache, read between 2025-11-20 14:00:00 +02:00 and 2025-11-20 14:05:00 +02:00 (up to 2h 5m ago).",
    );
  });

  it("is said once of many readings", () => {
    const other: Notice = { kind: "masked", text: "Masked.", group: "/a" };
    const notices = [
      cachedNotice(share({ events: 10, of: 20 }), "/a"),
      other,
      cachedNotice(share({ events: 5, readTo: NOON + 5 * MINUTE }), "/b"),
    ];
    const added = addUpNotices(notices);
    expect(added).toMatchObject([other, { kind: "from-cache", cached: { events: 15 } }]);
    expect(added[1]?.text).toMatch(/^15 events come from the cache, read between .* \(up to 2h 5m ago\)\.$/);
    expect(added[1]).not.toHaveProperty("group");
    expect(addUpNotices(added)).toEqual(added);
    expect(addUpNotices(notices.slice(0, 2))).toEqual(notices.slice(0, 2));
    const none = [share({ events: 0 }), share({ events: 0, of: 3 })].map((one) => cachedNotice(one, "/a"));
    expect(addUpNotices(none)).toMatchObject([
      { group: "/a", text: expect.stringMatching(/^That a part of the window has no such event/) },
    ]);
  });
});
