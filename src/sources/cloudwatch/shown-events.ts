import { createHash } from "node:crypto";
import type { LogEvent } from "../../log/event.ts";

/** An event as Live Tail brings it, without an id; FilterLogEvents tells the same of it, and an id. */
export interface ArrivedEvent {
  /** Its name in this program. */
  readonly group: string;
  readonly stream: string;
  /** ms since the epoch, like the time of ingestion. */
  readonly timestamp: number | undefined;
  readonly ingested: number;
  readonly message: string;
}

/**
 * Which events were shown: an event that Live Tail and a fetch both bring is shown once. The two are told to be the
 * same by all that both tell; equal ones are counted. A session never brings what another one has brought.
 */
export interface ShownEvents {
  /** An id for an event of a session; undefined where a fetch was first. */
  takeLive(event: ArrivedEvent): string | undefined;
  /** Begins a fetch, which brings an event once: whether one that it brings is to be shown, and then it was. */
  beginFetch(): (event: ArrivedEvent) => boolean;
  /** The same, but what is found to be shown is not remembered as such. */
  compareFetch(): (event: ArrivedEvent) => boolean;
  /** What was ingested into a group up to a time (ms since the epoch) counts as shown, for fetches. */
  raiseFloor(group: string, ingested: number): void;
}

interface Count {
  live: number;
  fetched: number;
  readonly ingested: number;
  readonly group: string;
}

/** How long before the newest event ingested others are remembered, ms: more than a fetch reaches back. */
const KEPT_MS = 660_000;

/** @param most events that are remembered; older ones count as shown */
export function createShownEvents(most = 100_000): ShownEvents {
  const counts = new Map<string, Count>();
  const floors = new Map<string, number>();
  let newest = Number.NEGATIVE_INFINITY;

  const floorOf = (group: string) => floors.get(group) ?? Number.NEGATIVE_INFINITY;
  const raiseFloor = (group: string, ingested: number) => {
    floors.set(group, Math.max(floorOf(group), ingested));
  };
  const countOf = (key: string, { ingested, group }: ArrivedEvent): Count => {
    const known = counts.get(key);
    if (known) return known;
    const made = { live: 0, fetched: 0, ingested, group };
    counts.set(key, made);
    newest = Math.max(newest, ingested);
    forget();
    return made;
  };
  const forget = () => {
    for (const [key, { ingested, group }] of counts) {
      const isTooMany = counts.size > most;
      if (!isTooMany && ingested >= newest - KEPT_MS) return;
      if (isTooMany) raiseFloor(group, ingested);
      counts.delete(key);
    }
  };
  const isShown = (event: ArrivedEvent, key: string, met: Map<string, number>): boolean => {
    const nth = (met.get(key) ?? 0) + 1;
    met.set(key, nth);
    const { live = 0, fetched = 0 } = counts.get(key) ?? {};
    return event.ingested <= floorOf(event.group) || nth <= live + fetched;
  };
  return {
    takeLive(event) {
      const key = keyOf(event);
      const count = countOf(key, event);
      count.live += 1;
      if (count.fetched > 0) {
        count.fetched -= 1;
        return undefined;
      }
      return liveId(key, count.live);
    },
    beginFetch() {
      const met = new Map<string, number>();
      return (event) => {
        const key = keyOf(event);
        if (isShown(event, key, met)) return false;
        countOf(key, event).fetched += 1;
        return true;
      };
    },
    compareFetch() {
      const met = new Map<string, number>();
      return (event) => !isShown(event, keyOf(event), met);
    },
    raiseFloor,
  };
}

function keyOf({ group, stream, timestamp, ingested, message }: ArrivedEvent): string {
  const parts = [group, stream, timestamp ?? null, ingested, message];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}

const LIVE = "live:";

function liveId(key: string, nth: number): string {
  return `${LIVE}${key}${nth > 1 ? `.${nth}` : ""}`;
}

/** Whether a fetched event is the one that is looked for, which may have come by Live Tail and has an id of its own then. */
export function isSameEvent(fetched: LogEvent, wanted: LogEvent): boolean {
  if (!wanted.id.startsWith(LIVE)) return fetched.id === wanted.id;
  return (
    fetched.timestamp === wanted.timestamp &&
    fetched.stream === wanted.stream &&
    fetched.message === wanted.message
  );
}
