import type { Notice } from "../../log/ledger.ts";
import type { Zone } from "../../log/zone.ts";

/** What the reading of one group met that its reader must know; counted while reading. */
export interface Tally {
  /** Whether times were met that leave the zone or the year open. */
  isZoneOpen: boolean;
  isYearOpen: boolean;
  untimed: number;
  split: number;
  brokenLines: number;
  /** Events that come after a younger one. */
  late: number;
  /** Streams whose lines are far from the order of time. */
  readonly unsorted: Set<string>;
  /** One entry per file: what was the matter with it. */
  readonly unreadable: string[];
  readonly damaged: string[];
  readonly changed: string[];
}

export function createTally(): Tally {
  return {
    isZoneOpen: false,
    isYearOpen: false,
    untimed: 0,
    split: 0,
    brokenLines: 0,
    late: 0,
    unsorted: new Set(),
    unreadable: [],
    damaged: [],
    changed: [],
  };
}

/** At most one notice of a kind; counts are of what was read, which may be less than the file. */
export function noticesOf(tally: Tally, group: string, zone: Zone): readonly Notice[] {
  const notices: Notice[] = [];
  const add = (kind: Notice["kind"], text: string): void => {
    notices.push({ kind, text, group });
  };
  const { untimed, split, brokenLines, late, unsorted } = tally;
  // The same words for every group, so that a reader of several is told once.
  if (tally.isZoneOpen) add("zone-assumed", `times without a zone are taken as ${zone.name}`);
  if (tally.isYearOpen) add("year-assumed", "times without a year are taken as the latest that fit");
  if (untimed > 0)
    add("no-time", `${group}: ${plural(untimed, "event")} without a time; no window leaves them out.`);
  if (split > 0) {
    add("event-split", `${group}: very long events were split at ${plural(split, "place")}.`);
  }
  if (brokenLines > 0) {
    add(
      "broken-text",
      `${group}: ${plural(brokenLines, "line")} with bytes that are no text, shown as \ufffd or cut.`,
    );
  }
  if (late > 0 || unsorted.size > 0) {
    const which = unsorted.size > 0 ? ` (${[...unsorted].join(", ")})` : "";
    const order = late > 0 ? `, and ${plural(late, "event")} come after younger ones` : "";
    add(
      "out-of-order",
      `${group}: its lines are not in the order of time${which}; it was read as a whole${order}.`,
    );
  }
  const faults = [...tally.unreadable, ...tally.damaged];
  if (faults.length > 0) add("unreadable", `${group}: not read in full: ${faults.join("; ")}.`);
  if (tally.changed.length > 0) add("changed-while-read", `${group}: ${tally.changed.join("; ")}.`);
  return notices;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
