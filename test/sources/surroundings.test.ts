import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accessDenied } from "../peers/cloudwatch-errors.ts";
import { type PacedPeer, readAll, startPaced } from "./cloudwatch-paced.ts";

const STARTS = [Date.UTC(2023, 4, 1), Date.UTC(2026, 2, 1)];
const { signal } = new AbortController();

let paced: PacedPeer;
let count = 0;

beforeAll(async () => {
  paced = await startPaced();
});
afterAll(() => paced.peer.close());
afterEach(() => paced.peer.setFaults({}));

/** Two streams of events, some of them in one millisecond. */
const placement = fc.array(fc.record({ step: fc.constantFrom(0, 0, 1, 70_000), isOther: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
});
const cuts = fc.record({
  maxEvents: fc.integer({ min: 1, max: 8 }),
  emptyPages: fc.integer({ min: 0, max: 2 }),
  ignoresOrder: fc.boolean(),
});
const around = fc.record({
  at: fc.nat(),
  before: fc.integer({ min: 0, max: 12 }),
  after: fc.integer({ min: 0, max: 12 }),
});

describe("the events around one", () => {
  it.each([
    ["where GetLogEvents tells how far back they lie", []],
    [
      "where it is not allowed",
      [{ operation: "GetLogEvents", effect: accessDenied({ operation: "GetLogEvents" }) }],
    ],
  ])("are those of its stream, whatever their age, %s", async (_, plan) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...STARTS),
        placement,
        cuts,
        around,
        async (start, events, paging, asked) => {
          count += 1;
          const group = `/around/${count}`;
          paced.peer.addGroup({ name: group });
          let time = start;
          for (const [index, { step, isOther }] of events.entries()) {
            time += step;
            paced.peer.addEvents(group, isOther ? "b" : "a", [
              { timestamp: time, message: `event ${index}` },
            ]);
          }
          paced.peer.setFaults({ paging, plan });
          const source = paced.open();
          const { events: all } = await readAll(source, { group });
          const event = all[asked.at % all.length];
          if (!event) throw new Error("There is an event.");
          const stream = all.filter((one) => one.stream === event.stream);
          const place = stream.indexOf(event);
          const { before, after } = asked;
          expect(await source.fetchSurrounding({ event, before, after, signal })).toEqual(
            stream.slice(Math.max(0, place - before), place + after + 1),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
