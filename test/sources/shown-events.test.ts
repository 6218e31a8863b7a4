import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArrivedEvent, createShownEvents } from "../../src/sources/cloudwatch/shown-events.ts";

describe("what was shown", () => {
  /** Events as a session and a fetch tell them; few enough of them that many are equal. */
  const arrived = fc.record<ArrivedEvent>({
    group: fc.constant("g"),
    stream: fc.constantFrom("s", "t"),
    timestamp: fc.constantFrom(1, 2),
    ingested: fc.constantFrom(1, 2),
    message: fc.constantFrom("a", "b"),
  });

  it("shows each event once, whichever way it came first, and gives each an id of its own", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("arrive" as const), event: arrived, isHeard: fc.boolean() }),
      fc.record({ kind: fc.constant("fetch" as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const shown = createShownEvents();
        const [all, seen, ids]: [ArrivedEvent[], ArrivedEvent[], string[]] = [[], [], []];
        const fetchAll = () => seen.push(...all.filter(shown.beginFetch()));
        for (const one of steps) {
          if (one.kind === "fetch") fetchAll();
          else all.push(one.event);
          if (one.kind !== "arrive" || !one.isHeard) continue;
          const id = shown.takeLive(one.event);
          if (id !== undefined) {
            seen.push(one.event);
            ids.push(id);
          }
        }
        fetchAll();
        const sorted = (events: readonly ArrivedEvent[]) =>
          events.map((event) => JSON.stringify(event)).sort();
        expect(new Set(ids).size).toBe(ids.length);
        expect(sorted(seen)).toEqual(sorted(all));
        expect(all.filter(shown.compareFetch())).toEqual([]);
      }),
    );
  });

  it("stays within its bound, and counts what it has forgotten as shown", () => {
    const shown = createShownEvents(10);
    const events = Array.from(
      { length: 100 },
      (_, index): ArrivedEvent => ({
        group: "g",
        stream: "s",
        timestamp: index,
        ingested: index,
        message: "m",
      }),
    );
    for (const event of events) shown.takeLive(event);
    expect(events.filter(shown.beginFetch())).toEqual([]);
  });
});
