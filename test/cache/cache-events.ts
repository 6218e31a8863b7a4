import type { EventKey, NewChunk } from "../../src/cache/cache.ts";
import type { LogEvent } from "../../src/log/event.ts";

export const NOON = Date.UTC(2026, 2, 1, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const OWNER = { source: "cloudwatch", account: "123456789012", region: "eu-central-1" };
export const KEY: EventKey = { ...OWNER, group: "/aws/shop", filter: undefined, streamPrefix: "" };

export function makeEvent(timestamp: number, given: Partial<LogEvent> = {}): LogEvent {
  return {
    id: `${timestamp}`,
    group: KEY.group,
    stream: "web-1",
    timestamp,
    message: `2026-03-01 ERROR payment ${timestamp} failed`,
    bodyStart: 17,
    level: "error",
    levelInferred: false,
    ...given,
  };
}

/** A settled chunk with an event each so many ms. */
export function makeChunk(start: number, end: number, step: number, given: Partial<NewChunk> = {}): NewChunk {
  const count = Math.ceil((end - start) / step);
  const events = Array.from({ length: count }, (_, index) => makeEvent(start + index * step));
  return { span: { start, end }, events, readAt: NOON, isSettled: true, calls: 1, ...given };
}

/** Text that does not compress, nearly. */
export function makeNoise(length: number, seed: number): string {
  let state = seed + 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return String.fromCharCode(33 + ((state >>> 16) % 90));
  }).join("");
}
