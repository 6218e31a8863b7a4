import type { LogEvent } from "../../src/log/event.ts";

const START = Date.UTC(2026, 0, 2, 10);

/** An event with a default for each part that a test does not care about. */
export function event(parts: Partial<LogEvent> & { readonly message: string }): LogEvent {
  return {
    id: parts.message,
    group: "app",
    stream: "s",
    timestamp: START,
    bodyStart: 0,
    level: undefined,
    levelInferred: false,
    ...parts,
  };
}

/** Events with these texts, a second apart. */
export function eventsOf(lines: readonly string[], parts: Partial<LogEvent> = {}): LogEvent[] {
  return lines.map((message, index) =>
    event({ ...parts, id: String(index), message, timestamp: START + index * 1000 }),
  );
}
