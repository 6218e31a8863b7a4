import { type Numeric, type ResultOf, readEvidence } from "./results.ts";
import { clock, count } from "./wording.ts";

export interface Duration {
  readonly group: string;
  readonly ref: string;
  readonly number: Numeric;
  /** Last known median over the first, where it rises nearly all the time; 1 otherwise. */
  readonly climb: number;
  /** True where most events of the group carry it. */
  readonly isCommon: boolean;
}

/** How much a median must climb to be worth telling without being asked. */
const CLIMB = 3;
/** Spans of time that nobody waits for. */
const NOT_SPENT =
  /(?:^|[._\s-])(?:age|ttl|uptime|timeout|interval|expir[a-z]*|window|period|retry[a-z]*|backoff)(?:$|[._\s-]|(?=[A-Z]))|(?:Age|Ttl|Timeout|Interval|RetryIn|Backoff)(?:Ms|Seconds|S)?$/;
const NEAR_MEDIAN = 3;
/** Of the slow ones, those whose 95th percentile is at least this share of the slowest. */
const SLOW = 0.5;

/** What fills up or piles up, by its usual names: other numbers rise as ids and totals do. */
const FILLS =
  /(?:^|[._\s-])(?:lag|queued?|queue_?size|backlog|depth|pending|waiting|in_?flight|rss|heap|mem|memory|used|usage|utili[sz]ation|goroutines|threads|connections|conns|fds|descriptors|disk|cpu|load)(?=$|[._\s-])|[a-z](?:Lag|Queue|Depth|Pending|Memory|Heap|Used|Usage|Connections|Threads)(?=$|[A-Z_])/i;
/** How much the median of such a number must climb to be worth telling. */
const FILLING = 2;

export function durationsOf(fetched: readonly ResultOf<"fetch_logs">[]): Duration[] {
  return pickNumbers(fetched, ({ is_duration, name }) => is_duration && !NOT_SPENT.test(name));
}

/** A lag, a queue, memory or the like that grows over the window: it ends in trouble, though no line says so. */
export function fillingOf(fetched: readonly ResultOf<"fetch_logs">[]): Duration[] {
  return pickNumbers(fetched, ({ is_duration, name }) => !is_duration && FILLS.test(name))
    .filter(({ climb }) => climb >= FILLING)
    .toSorted((a, b) => b.climb - a.climb);
}

function pickNumbers(
  fetched: readonly ResultOf<"fetch_logs">[],
  fits: (number: Numeric) => boolean,
): Duration[] {
  return fetched.flatMap(({ numbers, ledger, result }) =>
    numbers.filter(fits).map((number) => ({
      group: ledger.groups.join(", "),
      ref: result,
      number,
      climb: climbOf(number),
      isCommon: number.count >= ledger.matched / 2,
    })),
  );
}

export function climbing(durations: readonly Duration[]): Duration[] {
  return durations.filter(({ climb }) => climb >= CLIMB).toSorted((a, b) => b.number.count - a.number.count);
}

/** From slice to slice a median that degrades rises, with few exceptions, and ends near its height. */
function climbOf({ trend }: Numeric): number {
  const known = trend.filter((value) => value !== null).filter((value) => value > 0);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined || known.length < 3) return 1;
  const rises = known.filter((value, index) => index > 0 && value >= (known[index - 1] ?? 0)).length;
  const isSteady = rises >= 0.6 * (known.length - 1) && last >= 0.6 * Math.max(...known);
  return isSteady ? last / first : 1;
}

/**
 * The slow ones, one of each group, the likeliest cause first: who calls waits at least as long as what is called, so
 * of several slow groups the fastest is the innermost.
 */
export function slowest(durations: readonly Duration[]): Duration[] {
  const p95 = ({ number }: Duration) => number.p95 ?? 0;
  const byGroup = new Map<string, Duration>();
  for (const one of durations.toSorted((a, b) => p95(b) - p95(a)))
    if (!byGroup.has(one.group)) byGroup.set(one.group, one);
  const worst = Math.max(0, ...[...byGroup.values()].map(p95));
  return [...byGroup.values()].filter((one) => p95(one) >= worst * SLOW).toSorted((a, b) => p95(a) - p95(b));
}

/** Every one of them stays below a second and near its median, without a climb: no ground to call it slow. */
export function isSwift(durations: readonly Duration[]): boolean {
  return durations.every(
    ({ number, climb }) =>
      climb < CLIMB &&
      number.percent_above_1s === 0 &&
      number.p50 !== null &&
      (number.max ?? Number.POSITIVE_INFINITY) <= number.p50 * NEAR_MEDIAN,
  );
}

/** `responseTime` has a median of 2,000 ms (p95 6,680 ms, longest 7,196 ms) over 1,642 values; 60% above 1 s. */
export function sayDuration({ number, climb }: Duration): string {
  const ms = (value: number | null | undefined) => show(value, number);
  const known = number.trend.filter((value) => value !== null);
  const most = number.is_duration ? "longest" : "highest";
  const course =
    climb >= (number.is_duration ? CLIMB : FILLING)
      ? `rises from a median of ${ms(known[0])} (least ${ms(number.min)}) to ${ms(known.at(-1))} at the end (${most} ${ms(number.max)})`
      : `has a median of ${ms(number.p50)} (p95 ${ms(number.p95)}, ${most} ${ms(number.max)})`;
  const share =
    number.percent_above_1s === undefined || number.percent_above_1s === 0
      ? ""
      : `, ${number.percent_above_1s}% above 1 s`;
  return `\`${number.name}\` ${course}, ${count(number.count)} values${share}`;
}

/** When it was first large; "from the beginning" is for the reader to see from the window. */
export function saySince({ number }: Duration, day: string): string {
  const first = readEvidence(number.first_large);
  return first?.time ? `, large since ${clock(first.time, day)} [${first.ref}]` : "";
}

function show(value: number | null | undefined, { unit }: Numeric): string {
  return value === null || value === undefined ? "?" : `${count(value)}${unit ? ` ${unit}` : ""}`;
}
