import { Failure } from "../failure.ts";
import type { BilledScan } from "../log/ledger.ts";
import { describeScan, formatDollars } from "./scan-cost.ts";
import type { ApproveScan, ScanEstimate } from "./source.ts";

export interface ScanBudgetOptions {
  /** Dollars for all scans of a question, or of a command, together. */
  readonly limit: number;
  /** Asks the user; absent where nobody is there to answer. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** Lets billed scans go ahead until they come to a limit; above it the user is asked, or the scan refused. */
export interface ScanBudget {
  /** @throws Failure "budget" */
  readonly approve: ApproveScan;
  /** What an approved scan came to in the end. */
  record(scan: BilledScan): void;
  /** Dollars spent, with what is under way as estimated. */
  readonly spent: number;
}

export function createScanBudget({ limit, confirm }: ScanBudgetOptions): ScanBudget {
  let spent = 0;
  /** One question at a time. */
  let asking: Promise<unknown> = Promise.resolve();

  const decide = async (estimate: ScanEstimate): Promise<void> => {
    const { dollars } = estimate;
    const isWithin = dollars !== undefined && spent + dollars <= limit;
    if (!isWithin && !(await confirm?.(questionOf(estimate, spent, limit))))
      throw refusal(estimate, spent, limit, confirm !== undefined);
    spent += dollars ?? 0;
  };
  return {
    approve(estimate) {
      const mine = asking.then(() => decide(estimate));
      asking = mine.catch(() => {});
      return mine;
    },
    record({ dollars, estimatedDollars }) {
      spent = Math.max(0, spent + (dollars ?? 0) - (estimatedDollars ?? 0));
    },
    get spent() {
      return spent;
    },
  };
}

function questionOf(estimate: ScanEstimate, spent: number, limit: number): string {
  return `${describe(estimate)}; ${describeLimit(spent, limit)}. Scan it?`;
}

function describe(estimate: ScanEstimate): string {
  return `This query scans ${describeScan(estimate)} (by ${estimate.basis})`;
}

function describeLimit(spent: number, limit: number): string {
  const used = spent > 0 ? `, ${formatDollars(spent)} of it used` : "";
  return `the limit for scans is $${limit}${used}`;
}

function refusal(estimate: ScanEstimate, spent: number, limit: number, wasAsked: boolean): Failure {
  const why = wasAsked ? "it was declined" : describeLimit(spent, limit);
  return new Failure("budget", `${describe(estimate)}, and was not run: ${why}.`, {
    hint: "Narrow the window or the groups, or raise --max-scan-cost (--yes lets every scan go ahead).",
  });
}
