import { expect, it } from "vitest";
import type { Notice } from "../../src/log/ledger.ts";
import { addUpRefusals, refusedNotice } from "../../src/log/refusals.ts";

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
