import { isError, type LogEvent } from "../log/event.ts";
import { createTimeBins, type TimeBins } from "./histogram.ts";
import { extractIds } from "./ids.ts";
import { findOnsetOrFirst } from "./onset.ts";
import { findPropagations, type Trouble } from "./propagation.ts";
import type { Correlation, GroupTiming, Onset } from "./summary.ts";

export interface Correlator {
  /** Takes events in any order, so one group after another too. */
  add(event: LogEvent): void;
  summarize(): Correlation;
}

const ERRORS = 1;
const EVENT = [0];
const EVENT_AND_ERROR = [0, ERRORS];
const MAX_WINDOWS = 20_000;
const MAX_BURSTS = 100;

interface GroupState {
  events: number;
  errors: number;
  firstError: LogEvent | undefined;
  readonly bins: TimeBins;
  /** Errors without an id, or beyond the bound on ids. */
  unrelated: number;
}

/**
 * Relates the errors of several groups, by the ids of their errors and warnings and by time. A group that is noisy
 * all the time has no onset and errors that share no id with other groups.
 * @param options.windowMs errors of several groups within one such window are a burst
 * @param options.maxIds most ids that are followed (default 50,000); for each the first trouble in each group is kept
 */
export function createCorrelator(options: { windowMs: number; maxIds?: number }): Correlator {
  const { windowMs, maxIds = 50_000 } = options;
  const groups = new Map<string, GroupState>();
  const troubles = new Map<string, Map<string, Trouble>>();
  const windows = new Map<number, Map<string, number>>();
  let idsCapped = false;

  function stateOf(group: string): GroupState {
    let state = groups.get(group);
    if (!state) {
      state = {
        events: 0,
        errors: 0,
        firstError: undefined,
        bins: createTimeBins(2),
        unrelated: 0,
      };
      groups.set(group, state);
    }
    return state;
  }

  function noteError(state: GroupState, event: LogEvent): void {
    state.errors++;
    const { timestamp } = event;
    if (timestamp === undefined) {
      state.firstError ??= event;
      return;
    }
    const known = state.firstError?.timestamp;
    if (known === undefined || timestamp < known) state.firstError = event;
    const start = Math.floor(timestamp / windowMs) * windowMs;
    const window = windows.get(start);
    if (window) window.set(event.group, (window.get(event.group) ?? 0) + 1);
    else if (windows.size < MAX_WINDOWS) windows.set(start, new Map([[event.group, 1]]));
  }

  /** Keeps the first trouble of each id in each group; an error is counted under the first id it shares. */
  function noteIds(state: GroupState, event: LogEvent, at: number): void {
    const ids = extractIds(event);
    let counted = false;
    for (const id of ids) {
      let byGroup = troubles.get(id);
      if (!byGroup) {
        if (troubles.size >= maxIds) {
          idsCapped = true;
          continue;
        }
        byGroup = new Map();
        troubles.set(id, byGroup);
      }
      const errors = !counted && isError(event) ? 1 : 0;
      counted = true;
      const known = byGroup.get(event.group);
      if (!known) byGroup.set(event.group, { at, event, errors });
      else {
        known.errors += errors;
        if (at < known.at) Object.assign(known, { at, event });
      }
    }
    if (!counted && isError(event)) state.unrelated++;
  }

  return {
    add(event) {
      const state = stateOf(event.group);
      state.events++;
      const { timestamp } = event;
      if (timestamp !== undefined) state.bins.add(timestamp, isError(event) ? EVENT_AND_ERROR : EVENT);
      if (isError(event)) noteError(state, event);
      if (!isError(event) && event.level !== "warn") return;
      if (timestamp !== undefined) noteIds(state, event, timestamp);
      else if (isError(event)) state.unrelated++;
    },
    summarize() {
      const { propagations, caused, since } = findPropagations(troubles);
      const timings = [...groups].map(([group, state]) => timingOf(group, state, caused.get(group) ?? 0));
      return {
        groups: sortByOnset(timings, since),
        propagations,
        bursts: burstsOf(windows, windowMs),
        ids: troubles.size,
        idsCapped,
      };
    },
  };
}

function timingOf(group: string, state: GroupState, caused: number): GroupTiming {
  const { events, errors, firstError } = state;
  return {
    group,
    events,
    errors,
    firstError,
    onset: onsetOf(state),
    errorsWithEarlierCause: caused,
    errorsFirstHere: errors - caused,
  };
}

function onsetOf({ bins }: GroupState): Onset | undefined {
  const start = bins.start();
  if (start === undefined) return undefined;
  const all = Array.from({ length: bins.bins() }, (_, bin) => bin);
  const counts = all.map((bin) => bins.count(bin, ERRORS));
  return findOnsetOrFirst({
    start,
    binMs: bins.binMs(),
    counts,
    firsts: all.map((bin) => bins.first(bin, ERRORS)),
  });
}

/**
 * Groups by the time at which their trouble began: their onset, or else the first trouble that passed on from them.
 * Those of which neither is known follow, most errors first.
 */
function sortByOnset(groups: readonly GroupTiming[], since: ReadonlyMap<string, number>): GroupTiming[] {
  const began = ({ group, onset }: GroupTiming) => onset?.at ?? since.get(group) ?? Number.POSITIVE_INFINITY;
  return groups.toSorted((a, b) => {
    const one = began(a);
    const other = began(b);
    if (one !== other) return one < other ? -1 : 1;
    return b.errors - a.errors || (a.group < b.group ? -1 : 1);
  });
}

function burstsOf(windows: ReadonlyMap<number, ReadonlyMap<string, number>>, windowMs: number) {
  const total = (groups: ReadonlyMap<string, number>) =>
    groups.values().reduce((sum, count) => sum + count, 0);
  return [...windows]
    .filter(([, groups]) => groups.size > 1)
    .sort(([a, one], [b, other]) => total(other) - total(one) || a - b)
    .slice(0, MAX_BURSTS)
    .map(([start, groups]) => ({ start, end: start + windowMs, groups: new Map(groups) }));
}
