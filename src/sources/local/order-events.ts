import type { LogEvent } from "../../log/event.ts";
import type { ScanStep } from "./scan.ts";
import type { Tally } from "./tally.ts";

/** How much is held back: events, and characters of their texts. */
export interface Hold {
  readonly events: number;
  readonly chars: number;
}

/**
 * Puts slight disorder right: holds back the last events of what was read, so that a late one finds its place.
 * An event that is too late for that stays late and is counted.
 */
export async function* orderEvents(
  steps: AsyncIterable<ScanStep>,
  hold: Hold,
  tally: Tally,
): AsyncGenerator<ScanStep> {
  let held: LogEvent[] = [];
  let chars = 0;
  let latest = Number.NEGATIVE_INFINITY;
  const give = (room: Hold): LogEvent[] => {
    const sorted = sortByTime(held);
    const given = sorted.slice(0, sorted.length - countHeld(sorted, room));
    held = sorted.slice(given.length);
    chars = held.reduce((sum, { message }) => sum + message.length, 0);
    for (const event of given) {
      const time = timeOf(event);
      if (time < latest) tally.late++;
      else latest = time;
    }
    return given;
  };
  for await (const step of steps) {
    for (const event of step.events) {
      held.push(event);
      chars += event.message.length;
    }
    // Twice the room, so that events are not moved about for each of them.
    const isFull = held.length > 2 * hold.events || chars > 2 * hold.chars;
    yield { ...step, events: isFull ? give(hold) : [] };
  }
  if (held.length > 0) yield { events: give({ events: 0, chars: 0 }), seen: 0, scannedBytes: 0 };
}

/** How many of the last events there is room for. */
function countHeld(events: readonly LogEvent[], room: Hold): number {
  let chars = 0;
  let count = 0;
  while (count < room.events && count < events.length) {
    chars += events[events.length - 1 - count]?.message.length ?? 0;
    if (chars > room.chars) break;
    count++;
  }
  return count;
}

function sortByTime(events: LogEvent[]): LogEvent[] {
  let latest = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const time = timeOf(event);
    if (time < latest) return events.sort((a, b) => compareNumbers(timeOf(a), timeOf(b)));
    latest = time;
  }
  return events;
}

/** Events without a time come before those with one. */
export function timeOf(event: LogEvent): number {
  return event.timestamp ?? Number.NEGATIVE_INFINITY;
}

/** Equal infinities compare as equal, which a difference does not give. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
