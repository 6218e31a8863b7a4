import type { LogEvent } from "../../log/event.ts";
import type { ScanStep } from "./scan.ts";
import type { Tally } from "./tally.ts";

/**
 * Puts slight disorder right: holds back the last events of what was read, so that a late one finds its place.
 * @param hold events held back; one that is late by more of them stays late and is counted
 */
export async function* orderEvents(
  steps: AsyncIterable<ScanStep>,
  hold: number,
  tally: Tally,
): AsyncGenerator<ScanStep> {
  let held: LogEvent[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  const give = (count: number): LogEvent[] => {
    if (count <= 0) return [];
    const given = held.slice(0, count);
    held = held.slice(count);
    for (const event of given) {
      const time = timeOf(event);
      if (time < latest) tally.late++;
      else latest = time;
    }
    return given;
  };
  for await (const step of steps) {
    if (step.events.length > 0) held = sortByTime([...held, ...step.events]);
    yield { ...step, events: give(held.length - hold) };
  }
  if (held.length > 0) yield { events: give(held.length), seen: 0, scannedBytes: 0 };
}

function sortByTime(events: LogEvent[]): LogEvent[] {
  const isSorted = events.every((event, index) => {
    const before = events[index - 1];
    return before === undefined || timeOf(before) <= timeOf(event);
  });
  return isSorted ? events : events.sort((a, b) => compareNumbers(timeOf(a), timeOf(b)));
}

/** Events without a time come before those with one. */
export function timeOf(event: LogEvent): number {
  return event.timestamp ?? Number.NEGATIVE_INFINITY;
}

/** Equal infinities compare as equal, which a difference does not give. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
