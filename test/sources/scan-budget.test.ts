import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScanBudget } from "../../src/sources/scan-budget.ts";
import type { ScanEstimate } from "../../src/sources/source.ts";

const scanOf = (dollars: number | undefined): ScanEstimate => ({
  bytes: (dollars ?? 1) * 200e9,
  dollars,
  basis: "the bytes that came in",
});
const refused = { code: "budget" };

describe("a budget for scans", () => {
  it("lets scans go ahead until they come to the limit together", async () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(amounts, fc.integer({ min: 0, max: 100 }), async (cents, limit) => {
        const budget = createScanBudget({ limit: limit / 100 });
        const results = await Promise.allSettled(cents.map((one) => budget.approve(scanOf(one / 100))));
        let spent = 0;
        for (const [index, { status }] of results.entries()) {
          const isWithin = spent + (cents[index] ?? 0) / 100 <= limit / 100;
          expect(status).toBe(isWithin ? "fulfilled" : "rejected");
          if (isWithin) spent += (cents[index] ?? 0) / 100;
        }
        expect(budget.spent).toBe(spent);
      }),
    );
  });

  it("reckons with what a scan came to, once that is known", async () => {
    const budget = createScanBudget({ limit: 1 });
    await budget.approve(scanOf(0.9));
    await expect(budget.approve(scanOf(0.5))).rejects.toMatchObject(refused);
    budget.record({ estimatedBytes: 0, bytes: 0, estimatedDollars: 0.9, dollars: 0.1 });
    await budget.approve(scanOf(0.5));
    expect(budget.spent).toBeCloseTo(0.6);
  });

  it("refuses a price that is not known", async () => {
    await expect(createScanBudget({ limit: 1000 }).approve(scanOf(undefined))).rejects.toMatchObject(refused);
  });

  it("says how much, how that is known, and what to do", async () => {
    const budget = createScanBudget({ limit: 0.25 });
    await budget.approve(scanOf(0.2));
    await expect(budget.approve(scanOf(0.5))).rejects.toMatchObject({
      message:
        "This query scans about 100 GB, $0.50 (by the bytes that came in), and was not run: the limit for scans is $0.25, $0.20 of it used.",
      hint: "Narrow the window or the groups, or raise --max-scan-cost (--yes lets every scan go ahead).",
    });
  });

  it("asks where somebody is there, one thing at a time", async () => {
    const asked: string[] = [];
    let answering = 0;
    const confirm = async (question: string) => {
      asked.push(question);
      answering += 1;
      expect(answering).toBe(1);
      await Promise.resolve();
      answering -= 1;
      return question.includes("GB, $0.50");
    };
    const budget = createScanBudget({ limit: 0.25, confirm });
    const results = await Promise.allSettled([
      budget.approve(scanOf(0.5)),
      budget.approve(scanOf(0.75)),
      budget.approve(scanOf(undefined)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(asked[0]).toBe(
      "This query scans about 100 GB, $0.50 (by the bytes that came in); the limit for scans is $0.25. Scan it?",
    );
    expect(asked[2]).toContain("price not known");
  });
});
