import { describe, expect, it } from "vitest";
import { describeCheck } from "../../src/ui/answer-view.ts";

const NOTHING = { citations: [], checked: 0, unverified: [], uncited: 0 };

describe("the line about an answer's check", () => {
  it("does not call an answer verified of which nothing was checked", () => {
    expect(describeCheck(NOTHING)).toMatch(/^Nothing of this answer was checked/);
    expect(describeCheck({ ...NOTHING, uncited: 1 })).toMatch(/; 1 number without a reference$/);
  });

  it("tells what held and what did not", () => {
    expect(describeCheck({ ...NOTHING, checked: 3 })).toMatch(/^3 claims .*: all verified$/);
    const unverified = [{ kind: "number" as const, text: "7", refs: ["q1"] }];
    expect(describeCheck({ ...NOTHING, checked: 3, unverified })).toMatch(/1 not verified and marked so$/);
  });
});
