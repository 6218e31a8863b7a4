import type { LogEvent } from "../log/event.ts";
import type { Fields } from "../log/fields.ts";
import { nextWidth } from "./histogram.ts";
import { splitName, takeFieldNumbers, takeTextNumbers, unitOfName } from "./number-text.ts";
import { createQuantileSketch, type QuantileSketch } from "./sketch.ts";
import type { NumericSummary } from "./summary.ts";

const MAX_NAMES = 100;
const MAX_IGNORED = 1000;
const MAX_SLICES = 24;
const LEAST_COUNT = 5;
const SECOND = 1000;
/** A duration of unknown unit with values this large is in milliseconds: nobody waits for a thousand seconds. */
const SURELY_MS = 1000;

/** A value must exceed those before it by this share to be kept as a record. */
const RECORD_STEP = 0.005;

/** Last words of names whose numbers identify and do not measure. */
const NOT_MEASURED = new Set(
  (
    "id ids uid gid euid pid ppid tid port ports seq sequence line lineno column version v year month day hour minute " +
    "timestamp ts epoch date level severity code status statuscode errno hash key offset index no nr user order " +
    "customer account session thread block transaction request job task process instance host address addr slot"
  ).split(" "),
);
const DURATION =
  /duration|latency|elapsed|took|delay|rtt|(?:^|[._\s-])time$|[a-z]Time$|time[._-]?taken|(?:processed|completed|finished|served|executed|successfully) in$/i;

interface NumberState {
  readonly name: string;
  /** From the name or from the unit that stood with the first value; undefined where neither told. */
  readonly msPerUnit: number | undefined;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Steps of exactly one, as a counter takes them. */
  unitSteps: number;
  previous: number;
  largest: LogEvent;
  /** Events that were larger than all before, oldest first. */
  records: { readonly value: number; readonly event: LogEvent }[];
  slices: Map<number, QuantileSketch>;
  sliceMs: number;
}

/** Collects the numbers that events carry under a name. */
export interface NumberCollector {
  /** @param fields the event's JSON, where its body is that */
  add(event: LogEvent, fields: Fields | undefined): void;
  /** Those that vary and measure something; the ones that change most over the time from `first` to `last` first. */
  summarize(first: number | undefined, last: number | undefined): readonly NumericSummary[];
}

/** Bounded: 100 names, for each 24 slices of time. Events without time are left out: they have no trend. */
export function createNumberCollector(): NumberCollector {
  const states: NumberState[] = [];
  const byName = new Map<string, NumberState>();
  const byNameInMs = new Map<string, NumberState>();
  const ignored = new Set<string>();
  /** The event whose numbers are being taken. */
  let event: LogEvent;
  let at = 0;

  function stateOf(name: string, msPerUnit: number | undefined): NumberState | undefined {
    const named = msPerUnit === undefined ? byName : byNameInMs;
    const known = named.get(name);
    if (known || states.length >= MAX_NAMES || ignored.has(name)) return known;
    if (!canMeasure(name)) {
      if (ignored.size < MAX_IGNORED) ignored.add(name);
      return undefined;
    }
    const state = createState(name, msPerUnit, event);
    states.push(state);
    named.set(name, state);
    return state;
  }

  function take(name: string, value: number, msPerUnit: number | undefined): void {
    const state = stateOf(name, msPerUnit);
    if (!state || !Number.isFinite(value) || looksLikeEpoch(value)) return;
    note(state, value * (msPerUnit ?? state.msPerUnit ?? 1), event, at);
  }

  return {
    add(added, fields) {
      if (added.timestamp === undefined) return;
      event = added;
      at = added.timestamp;
      if (fields) takeFieldNumbers(fields, take);
      else takeTextNumbers(added.message, take, added.bodyStart);
    },
    summarize(first, last) {
      if (first === undefined || last === undefined) return [];
      return states
        .filter(isMeasure)
        .map((state) => summarizeState(state, first, last))
        .sort((a, b) => weightOf(b) - weightOf(a) || b.count - a.count || (a.name < b.name ? -1 : 1));
    },
  };
}

function canMeasure(name: string): boolean {
  return !NOT_MEASURED.has(splitName(name).at(-1) ?? "");
}

/** Milliseconds, microseconds or nanoseconds since 1970, in years from 2000 to 2036. */
function looksLikeEpoch(value: number): boolean {
  if (value < 0.9e12) return false;
  return [1e12, 1e15, 1e18].some((unit) => value >= 0.946 * unit && value <= 2.1 * unit);
}

function createState(name: string, msPerUnit: number | undefined, event: LogEvent): NumberState {
  return {
    name,
    msPerUnit: msPerUnit ?? unitOfName(name),
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    unitSteps: 0,
    previous: Number.NaN,
    largest: event,
    records: [],
    slices: new Map(),
    sliceMs: SECOND,
  };
}

function note(state: NumberState, value: number, event: LogEvent, at: number): void {
  state.count++;
  state.sum += value;
  if (value < state.min) state.min = value;
  if (value > state.max) {
    state.max = value;
    state.largest = event;
  }
  if (value - state.previous === 1) state.unitSteps++;
  state.previous = value;
  noteRecord(state, value, event);
  sliceAt(state, at).add(value);
}

/** The first event to reach any given value is a record, so the records since half of the largest are enough. */
function noteRecord(state: NumberState, value: number, event: LogEvent): void {
  const highest = state.records.at(-1)?.value;
  if (highest !== undefined && value <= highest + Math.abs(highest) * RECORD_STEP) return;
  state.records.push({ value, event });
  while ((state.records[1]?.value ?? Number.POSITIVE_INFINITY) < value / 2) state.records.shift();
}

function sliceAt(state: NumberState, at: number): QuantileSketch {
  let index = Math.floor(at / state.sliceMs);
  let slice = state.slices.get(index);
  if (slice) return slice;
  const indices = [...state.slices.keys(), index];
  while (spread(indices, state.sliceMs, at) >= MAX_SLICES) widen(state, indices);
  index = Math.floor(at / state.sliceMs);
  slice = state.slices.get(index);
  if (!slice) {
    slice = createQuantileSketch();
    state.slices.set(index, slice);
  }
  return slice;
}

function spread(indices: number[], sliceMs: number, at: number): number {
  indices[indices.length - 1] = Math.floor(at / sliceMs);
  return Math.max(...indices) - Math.min(...indices);
}

function widen(state: NumberState, indices: number[]): void {
  const width = nextWidth(state.sliceMs);
  const slices = new Map<number, QuantileSketch>();
  for (const [index, sketch] of state.slices) {
    const target = Math.floor((index * state.sliceMs) / width);
    const known = slices.get(target);
    if (known) known.merge(sketch);
    else slices.set(target, sketch);
  }
  state.slices = slices;
  state.sliceMs = width;
  indices.splice(0, indices.length, ...slices.keys(), 0);
}

function isMeasure({ name, msPerUnit, count, min, max, unitSteps }: NumberState): boolean {
  if (count < LEAST_COUNT || min === max) return false;
  return msPerUnit !== undefined || DURATION.test(name) || unitSteps < count * 0.9;
}

function summarizeState(state: NumberState, first: number, last: number): NumericSummary {
  const { name, count, min, max, largest } = state;
  const all = createQuantileSketch();
  for (const slice of state.slices.values()) all.merge(slice);
  const isKnown = state.msPerUnit !== undefined;
  const isDuration = isKnown || DURATION.test(name);
  const isMs = isKnown || (isDuration && max >= SURELY_MS);
  return {
    name,
    count,
    min,
    max,
    mean: state.sum / count,
    p50: clamp(all.quantile(0.5), min, max),
    p95: clamp(all.quantile(0.95), min, max),
    trend: trendOf(state, first, last),
    isDuration,
    unit: isKnown ? "ms" : undefined,
    shareAboveSecond: isMs ? all.shareAbove(SECOND) : undefined,
    largest,
    firstLarge: state.records.find(({ value }) => value >= max / 2)?.event ?? largest,
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

function trendOf({ slices, sliceMs, min, max }: NumberState, first: number, last: number): readonly number[] {
  let width = sliceMs;
  while (Math.floor(last / width) - Math.floor(first / width) >= MAX_SLICES) width = nextWidth(width);
  const origin = Math.floor(first / width);
  const joined = Array.from({ length: Math.floor(last / width) - origin + 1 }, createQuantileSketch);
  for (const [index, sketch] of slices) joined[Math.floor((index * sliceMs) / width) - origin]?.merge(sketch);
  return joined.map((sketch) => (sketch.count() === 0 ? Number.NaN : clamp(sketch.quantile(0.5), min, max)));
}

/** Durations come first; within each kind, what changed by the largest factor. */
function weightOf({ isDuration, trend }: NumericSummary): number {
  const known = trend.filter((value) => value > 0);
  const change = known.length < 2 ? 0 : Math.log(Math.max(...known) / Math.min(...known));
  return Math.min(change, 20) + (isDuration ? 3 : 0);
}
