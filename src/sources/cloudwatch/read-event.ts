import type { LogEvent } from "../../log/event.ts";
import { createRecogniser } from "../../log/header.ts";
import type { Zone } from "../../log/zone.ts";

/** An event as the service hands it out. */
export interface ServiceEvent {
  readonly id: string;
  readonly stream: string;
  /** ms since the epoch. */
  readonly timestamp: number | undefined;
  readonly message: string;
}

/**
 * Makes events of a group out of the service's: the time is the service's own, level and body come from the text. A
 * line break at the end, which Lambda leaves, is no part of the text.
 */
export function createEventReader(group: string, zone: Zone, now: number): (event: ServiceEvent) => LogEvent {
  const recogniser = createRecogniser({ zone, reference: now });
  return ({ id, stream, timestamp, message }) => {
    const { text, bodyStart, level, levelInferred } = recogniser.recognise(message.replace(/\r?\n$/, ""));
    return { id, group, stream, timestamp, message: text, bodyStart, level, levelInferred };
  };
}
