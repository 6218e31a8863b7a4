import type { LogEvent } from "../log/event.ts";

/** Which events were met already, within a bound: what is forgotten counts as met. */
export interface SeenEvents {
  /** True for an event that is met for the first time. */
  isNew(event: LogEvent): boolean;
  /** Events before a time (ms since the epoch) are not asked for again. */
  forgetBefore(time: number): void;
  /** From now on every event before a time (ms since the epoch) counts as met. */
  raiseFloor(time: number): void;
  /** False once events without a time are too many to be told apart. */
  readonly keepsUntimed: boolean;
}

/** @param most ids that are remembered of events with a time, and as many of those without */
export function createSeenEvents(most = 50_000): SeenEvents {
  const times = new Map<string, number>();
  const untimed = new Set<string>();
  let floor = Number.NEGATIVE_INFINITY;

  const forgetBefore = (time: number) => {
    for (const [id, at] of times) if (at < time) times.delete(id);
  };
  const raiseFloor = (time: number) => {
    floor = Math.max(floor, time);
    forgetBefore(floor);
  };
  /** The oldest go, down to the bound; if all are of one time, all of them. */
  const shrink = () => {
    const sorted = [...times.values()].sort((a, b) => a - b);
    const [oldest = 0] = sorted;
    const cut = sorted[sorted.length - most] ?? oldest;
    raiseFloor(cut > oldest ? cut : oldest + 1);
  };
  return {
    isNew({ id, timestamp }) {
      if (timestamp === undefined) {
        if (untimed.has(id) || untimed.size >= most) return false;
        untimed.add(id);
        return true;
      }
      if (timestamp < floor || times.has(id)) return false;
      times.set(id, timestamp);
      // Not one by one, for sorting is dear.
      if (times.size > 2 * most) shrink();
      return true;
    },
    forgetBefore,
    raiseFloor,
    get keepsUntimed() {
      return untimed.size < most;
    },
  };
}
