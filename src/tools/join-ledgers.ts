import type { BilledScan, Ledger } from "../log/ledger.ts";
import { spanOf } from "../log/time-range.ts";

/** One ledger for several groups read over the same window with the same filter. */
export function joinLedgers(ledgers: readonly Ledger[]): Ledger {
  const sum = (pick: (ledger: Ledger) => number) =>
    ledgers.reduce((total, ledger) => total + pick(ledger), 0);
  const matched = sum((ledger) => ledger.matched);
  const [first] = ledgers;
  const reasons = new Set(ledgers.map(({ empty }) => empty));
  const [reason] = reasons;
  const inWindow = ledgers.every((ledger) => ledger.inWindow !== undefined)
    ? { inWindow: sum((ledger) => ledger.inWindow ?? 0) }
    : {};
  return {
    source: [...new Set(ledgers.map(({ source }) => source))].join(", "),
    groups: ledgers.flatMap(({ groups }) => groups),
    window: ledgers.map(({ window }) => window).reduce(spanOf, undefined),
    ...(first?.filter === undefined ? {} : { filter: first.filter }),
    ...inWindow,
    matched,
    returned: sum((ledger) => ledger.returned),
    analysed: sum((ledger) => ledger.analysed),
    scannedBytes: sum((ledger) => ledger.scannedBytes),
    ...addScans(ledgers.flatMap(({ scan }) => scan ?? [])),
    ...(matched > 0
      ? {}
      : ledgers.length === 0
        ? { empty: "no-such-group" as const }
        : { empty: reasons.size === 1 && reason ? reason : ("filter-matches-nothing" as const) }),
    notices: ledgers.flatMap(({ notices }) => notices),
  };
}

/** Several scans as one; of unknown price where one of them is. */
export function addScans(scans: readonly BilledScan[]): Pick<Ledger, "scan"> {
  if (scans.length === 0) return {};
  const add = (pick: (scan: BilledScan) => number | undefined) =>
    scans.reduce<number | undefined>((sum, scan) => {
      const value = pick(scan);
      return sum === undefined || value === undefined ? undefined : sum + value;
    }, 0);
  return {
    scan: {
      estimatedBytes: add(({ estimatedBytes }) => estimatedBytes) ?? 0,
      bytes: add(({ bytes }) => bytes) ?? 0,
      estimatedDollars: add(({ estimatedDollars }) => estimatedDollars),
      dollars: add(({ dollars }) => dollars),
    },
  };
}
