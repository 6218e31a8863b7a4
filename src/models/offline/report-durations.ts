import type { Numeric, ResultOf } from "./results.ts";
import { count, quoteBlock } from "./wording.ts";

interface Found {
  readonly group: string;
  readonly ref: string;
  readonly number: Numeric;
  /** Highest median of a slice over the lowest. */
  readonly climb: number;
}

/** How much a median must climb to be worth telling without being asked. */
const CLIMB = 3;

/** Durations that changed over the window; when slowness is the question, also the slowest ones. */
export function writeDurations(fetched: readonly ResultOf<"fetch_logs">[], asked: boolean): string {
  const all = fetched.flatMap(({ numbers, ledger, result }) =>
    numbers.map(
      (number): Found => ({ group: ledger.groups.join(", "), ref: result, number, climb: climbOf(number) }),
    ),
  );
  const durations = all.filter(({ number }) => number.is_duration);
  const climbing = durations.filter(({ climb }) => climb >= CLIMB).sort((a, b) => b.climb - a.climb);
  const slowest = asked
    ? [...durations].sort((a, b) => (b.number.p95 ?? 0) - (a.number.p95 ?? 0)).slice(0, 6)
    : [];
  const told = [...new Set([...slowest, ...climbing.slice(0, 3)])];
  if (told.length === 0)
    return asked
      ? "**No event carries a duration or latency**, so slowness cannot be measured from these logs."
      : "";
  const lines = [...new Set(told.flatMap(({ number }) => [number.first_large, number.largest]))].slice(0, 6);
  return `${headline(slowest, climbing)}\n\n${told.map(sayDuration).join("\n")}\n\n${quoteBlock(lines)}`;
}

function headline(slowest: readonly Found[], [climbing]: readonly Found[]): string {
  const top = slowest[0]?.number.p50 ?? 0;
  const slow = slowest.filter(({ number }) => (number.p50 ?? 0) > top / 3);
  if (slow.length > 0) {
    const items = slow.map(
      ({ group, number, ref }) => `\`${group}\` (\`${number.name}\`, median ${show(number.p50)}) [${ref}]`,
    );
    const advice =
      slow.length > 1
        ? " Where one calls the other, the innermost is slow in itself and the others wait for it."
        : "";
    return `**Slow: ${items.join(", ")}.**${advice}`;
  }
  return `**Performance degrades in \`${climbing?.group ?? ""}\`**: durations rise (\`${climbing?.number.name ?? ""}\`) [${climbing?.ref ?? ""}].`;
}

function sayDuration({ group, ref, number, climb }: Found): string {
  const known = number.trend.filter((value) => value !== null);
  const course =
    climb >= CLIMB
      ? `; it degrades over the window, from a median of ${show(known[0])} at first to ${show(known.at(-1))} at the end`
      : "";
  return `- \`${group}\` \`${number.name}\`: median ${show(number.p50)}, 95th percentile ${show(number.p95)}, longest ${show(number.max)}, of ${count(number.count)} values${course} [${ref}]`.replace(
    "95th percentile",
    "p95",
  );
}

function show(value: number | null | undefined): string {
  return value === null || value === undefined ? "?" : count(value);
}

function climbOf({ trend }: Numeric): number {
  const known = trend.filter((value) => value !== null && value > 0).map(Number);
  return known.length < 2 ? 1 : Math.max(...known) / Math.min(...known);
}
