import fc from "fast-check";
import { expect, test } from "vitest";
import { createCorrelator } from "../../src/analysis/correlate.ts";
import type { Level, LogEvent } from "../../src/log/event.ts";
import { event } from "./events.ts";

const START = Date.UTC(2026, 0, 2, 10);
const MINUTE = 60_000;

function line(group: string, offset: number, level: Level, message: string): LogEvent {
  return event({ group, level, message, timestamp: START + offset, id: `${group}-${offset}-${message}` });
}

const requestId = (i: number) => `request_id=${(0xabcdef00 + i).toString(16)}c0ffee0123456789`;

function correlate(events: readonly LogEvent[], options: { maxIds?: number } = {}) {
  const correlator = createCorrelator({ windowMs: MINUTE, ...options });
  for (const each of events) correlator.add(each);
  return correlator.summarize();
}

/** An hour in which, from minute 40 on, the database's warnings become errors of the shop and then of the gateway. */
function incident(): LogEvent[] {
  const calm = ["gateway", "shop", "database", "mail"].flatMap((group) =>
    Array.from({ length: 360 }, (_, i) => line(group, i * 10_000, "info", `ok ${requestId(i)}`)),
  );
  const noisy = Array.from({ length: 120 }, (_, i) =>
    line("mail", i * 30_000 + 7, "error", "bounce mail_number 5"),
  );
  const failing = Array.from({ length: 60 }, (_, i) => {
    const at = 40 * MINUTE + i * 15_000;
    return [
      line("database", at, "warn", `slow query ${requestId(1000 + i)}`),
      line("shop", at + 200, "error", `query failed ${requestId(1000 + i)}`),
      line("gateway", at + 300, "error", `502 from shop ${requestId(1000 + i)}`),
    ];
  }).flat();
  return [...calm, ...noisy, ...failing].sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
}

test("trouble is followed from its origin by shared ids", () => {
  const { propagations, groups } = correlate(incident());
  expect(propagations.map(({ from, to, ids, medianLagMs }) => [from, to, ids, medianLagMs])).toEqual([
    ["database", "gateway", 60, 300],
    ["database", "shop", 60, 200],
  ]);
  expect(propagations[0]?.example.events.map(({ group }) => group)).toEqual(["database", "shop", "gateway"]);
  expect(groups.find(({ group }) => group === "gateway")).toMatchObject({
    errors: 60,
    errorsWithEarlierCause: 60,
    errorsFirstHere: 0,
    onset: { at: START + 40 * MINUTE + 300, isNew: true },
  });
});

test("a group that is noisy all the time has no onset and stands behind the incident", () => {
  const { groups } = correlate(incident());
  const mail = groups.find(({ group }) => group === "mail");
  expect(mail).toMatchObject({
    errors: 120,
    onset: undefined,
    errorsWithEarlierCause: 0,
    errorsFirstHere: 120,
  });
  expect(groups.findIndex(({ group }) => group === "mail")).toBeGreaterThan(
    groups.findIndex(({ group }) => group === "shop"),
  );
});

test("a group whose trouble only spreads is placed by the first that spread", () => {
  const { groups } = correlate(incident());
  expect(groups.map(({ group }) => group)).toEqual(["database", "shop", "gateway", "mail"]);
});

test("equal times are decided by the ids that are told apart", () => {
  const pairs = Array.from({ length: 10 }, (_, i) => [
    line("b", i * 1000, "error", `x ${requestId(i)}`),
    line("a", i * 1000 + (i < 7 ? 0 : 1000), "error", `y ${requestId(i)}`),
  ]).flat();
  expect(correlate(pairs).propagations).toMatchObject([{ from: "b", to: "a", ids: 10 }]);
  const equal = pairs.map((each) => ({ ...each, timestamp: START }));
  expect(correlate(equal).propagations).toEqual([]);
});

test("bursts are windows with errors of several groups", () => {
  const { bursts } = correlate(incident());
  expect(bursts).toHaveLength(15);
  expect(bursts[0]).toMatchObject({ start: START + 40 * MINUTE, end: START + 41 * MINUTE });
  expect(bursts[0]?.groups).toEqual(
    new Map([
      ["gateway", 4],
      ["mail", 2],
      ["shop", 4],
    ]),
  );
});

test("ids beyond the bound are not followed, and that is said", () => {
  const { ids, idsCapped, groups } = correlate(incident(), { maxIds: 10 });
  expect([ids, idsCapped]).toEqual([10, true]);
  for (const { errors, errorsFirstHere, errorsWithEarlierCause } of groups) {
    expect(errorsFirstHere + errorsWithEarlierCause).toBe(errors);
  }
});

const anyEvent = fc.record({
  group: fc.constantFrom("a", "b", "c"),
  offset: fc.nat(100_000),
  level: fc.constantFrom<Level>("info", "warn", "error"),
  id: fc.nat(5),
});

test("the order in which events come does not matter", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyEvent, { maxLength: 60, selector: ({ group, offset }) => group + offset }),
      (parts) => {
        const events = parts.map(({ group, offset, level, id }) => line(group, offset, level, requestId(id)));
        const one = correlate(events);
        const other = correlate(events.toReversed());
        expect(other.groups).toEqual(one.groups);
        const paths = ({ propagations }: typeof one) =>
          propagations.map(({ from, to, ids, medianLagMs }) => ({ from, to, ids, medianLagMs }));
        expect(paths(other)).toEqual(paths(one));
        for (const { errors, errorsFirstHere, errorsWithEarlierCause } of one.groups) {
          expect(errorsFirstHere + errorsWithEarlierCause).toBe(errors);
        }
      },
    ),
  );
});
