import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoIncident, writeDemoIncident } from "../../src/demo/demo-incident.ts";
import { isErrorLine, isTrouble, type ReadEvent, readEvents, readRequestId } from "./read-demo.ts";

let parent: string;
let incident: DemoIncident;
let byFile: Map<string, ReadEvent[]>;
/** Per request id, the warnings and errors that carry it, oldest first. */
let troubleById: Map<string, ReadEvent[]>;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "logai-demo-story-"));
  incident = await writeDemoIncident(join(parent, "shop"));
  byFile = new Map();
  for (const { name } of incident.files) byFile.set(name, await readEvents(incident.folder, name));
  troubleById = new Map();
  for (const event of [...byFile.values()].flat().toSorted((a, b) => a.at - b.at)) {
    const id = isTrouble(event.text) ? readRequestId(event.text) : undefined;
    if (id) troubleById.set(id, [...(troubleById.get(id) ?? []), event]);
  }
});
afterAll(() => rm(parent, { recursive: true, force: true }));

function eventsOf(...names: string[]): ReadEvent[] {
  return names.flatMap((name) => byFile.get(name) ?? []);
}

function worker(): ReadEvent[] {
  return eventsOf("orders-worker.log.1.gz", "orders-worker.log");
}

function failedCheckouts(): ReadEvent[] {
  return eventsOf("edge-proxy.log").filter(({ text }) => /"POST \/checkout HTTP\/1\.1" 50[24] /.test(text));
}

function failedIds(): Set<string> {
  return new Set(failedCheckouts().map(({ text }) => readRequestId(text) ?? ""));
}

describe("the files", () => {
  test("hold about 200,000 events, as many in each as the incident says", () => {
    expect(incident.events).toBeGreaterThan(180_000);
    expect(incident.events).toBeLessThan(220_000);
    for (const { name, events } of incident.files) expect(eventsOf(name), name).toHaveLength(events);
    expect(incident.files.reduce((sum, { events }) => sum + events, 0)).toBe(incident.events);
  });

  test("are in order of time, within the window and without a long silence", () => {
    for (const [name, events] of byFile) {
      let last = events[0]?.at ?? 0;
      for (const { at, text } of events) {
        if (at < last || at - last > 120_000)
          expect.fail(`${name}: ${new Date(last).toISOString()} then ${text}`);
        last = at;
      }
      expect(events[0]?.at, name).toBeGreaterThanOrEqual(incident.start);
      expect(last, name).toBeLessThan(incident.end);
    }
  });

  test("of the worker meet at the rotation", () => {
    const rotated = eventsOf("orders-worker.log.1.gz").at(-1)?.at ?? 0;
    const current = eventsOf("orders-worker.log")[0]?.at ?? 0;
    expect(rotated).toBeLessThan(Date.UTC(2026, 2, 12, 3));
    expect(current).toBeGreaterThanOrEqual(Date.UTC(2026, 2, 12, 3));
  });

  test("stack traces are continuation lines", () => {
    const trace = eventsOf("payment-service.log").find(({ text }) => isErrorLine(text));
    expect(trace?.text).toMatch(/\n\tat .*\nCaused by: /s);
    expect(worker().some(({ text }) => text.includes("\nTraceback (most recent call last):\n"))).toBe(true);
  });
});

describe("the cause", () => {
  test("is one quiet line of inventory-service, before everything that it led to", () => {
    const { cause, onsets, firstFailedCheckout } = incident.truth;
    const lines = eventsOf(cause.file).filter(({ text }) => text === cause.text);
    expect(lines.map(({ at }) => at)).toEqual([cause.at]);
    expect(cause.text).toContain("old=50 new=5");
    expect(isErrorLine(cause.text)).toBe(false);
    expect(onsets["inventory-service"]).toBe(cause.at);
    const order = [cause.at, onsets["checkout-api"], onsets["edge-proxy"], onsets["orders-worker"]];
    expect(order).toEqual(order.toSorted((a, b) => Number(a) - Number(b)));
    expect(firstFailedCheckout).toBeGreaterThan(cause.at + 300_000);
    expect(onsets["payment-service"]).toBeUndefined();
    expect(onsets["postgres-inventory"]).toBeUndefined();
  });

  test("no checkout fails before it, and reservations never waited", () => {
    expect(failedCheckouts().filter(({ at }) => at < incident.truth.cause.at)).toEqual([]);
    const waited = eventsOf("inventory-service.log").filter(({ text }) => /waited_ms=[1-9]/.test(text));
    expect(waited[0]?.at).toBeGreaterThan(incident.truth.cause.at);
    expect(waited[0]?.at).toBeLessThan(incident.truth.cause.at + 120_000);
  });

  test("each failing checkout's trouble begins in inventory-service and reaches the others", () => {
    const ids = failedIds();
    expect(ids.size).toBe(incident.truth.failedCheckouts);
    let chained = 0;
    for (const id of ids) {
      const chain = troubleById.get(id) ?? [];
      expect(chain[0]?.file, id).toBe("inventory-service.log");
      if (["checkout-api.log", "edge-proxy.log"].every((file) => chain.some((event) => event.file === file)))
        chained++;
    }
    expect(chained).toBeGreaterThan(0.98 * ids.size);
  });

  test("most failed checkouts are answered by the time-out, and dead letters are theirs", () => {
    const ids = failedIds();
    const gaveUp = worker().filter(({ text }) => text.includes("dead-letter"));
    expect(gaveUp).toHaveLength(incident.truth.deadLetters);
    expect(gaveUp.length).toBeGreaterThan(50);
    for (const { text } of gaveUp) expect(ids.has(readRequestId(text) ?? "")).toBe(true);
    const timedOut = failedCheckouts().filter(({ text }) => text.includes('" 504 ')).length;
    expect(timedOut).toBeGreaterThan(ids.size / 2);
    expect(timedOut).toBeLessThan(ids.size);
  });

  test("raising the pool makes it better, not well", () => {
    const { easedAt } = incident.truth;
    const halfHour = 1_800_000;
    const failed = (from: number) =>
      failedCheckouts().filter(({ at }) => at >= from && at < from + halfHour).length;
    const before = failed(easedAt - halfHour);
    const after = failed(easedAt + 60_000);
    expect(after).toBeLessThan(before / 2);
    expect(after).toBeGreaterThan(20);
  });

  test("the counts of checkouts are those of the proxy's log", () => {
    const checkouts = eventsOf("edge-proxy.log").filter(({ text }) =>
      /"POST \/checkout HTTP\/1\.1" \d/.test(text),
    );
    expect(checkouts).toHaveLength(incident.truth.checkouts);
    expect(Math.min(...failedCheckouts().map(({ at }) => at))).toBe(
      Math.floor(incident.truth.firstFailedCheckout / 1000) * 1000,
    );
  });
});

describe("the red herring", () => {
  test("is louder than the cause, begins before it and ends while checkouts go on failing", () => {
    const { redHerring, cause } = incident.truth;
    const shouts = eventsOf("payment-service.log").filter(({ text }) => isErrorLine(text));
    expect(shouts).toHaveLength(redHerring.errors);
    const inventoryErrors = eventsOf("inventory-service.log").filter(({ text }) => isErrorLine(text));
    expect(shouts.length).toBeGreaterThan(inventoryErrors.length);
    const soon = cause.at + 1_800_000;
    expect(shouts.filter(({ at }) => at < soon).length).toBeGreaterThan(
      4 * inventoryErrors.filter(({ at }) => at < soon).length,
    );
    expect(redHerring.first).toBeLessThan(cause.at);
    expect(failedCheckouts().filter(({ at }) => at > redHerring.last).length).toBeGreaterThan(300);
  });

  test("harms nobody: no failing request is in payment-service at all", () => {
    const ids = failedIds();
    const seen = eventsOf("payment-service.log").map(({ text }) => readRequestId(text) ?? "");
    expect(seen.filter((id) => ids.has(id))).toEqual([]);
    const shouted = eventsOf("payment-service.log").filter(
      ({ text }) => isErrorLine(text) && readRequestId(text),
    );
    expect(shouted.length).toBeGreaterThan(20);
    const served = new Set(
      eventsOf("edge-proxy.log")
        .filter(({ text }) => /"POST \/checkout HTTP\/1\.1" (201|402) /.test(text))
        .map(({ text }) => readRequestId(text)),
    );
    for (const { text } of shouted) expect(served.has(readRequestId(text)), text).toBe(true);
  });
});

describe("the noise", () => {
  test("every service but the proxy has warnings or errors in the quiet hours too", () => {
    const quiet = (events: ReadEvent[]) =>
      events.filter(({ at, text }) => at < Date.UTC(2026, 2, 12, 2, 30) && isTrouble(text)).length;
    for (const { name } of incident.files.filter(({ name }) => name !== "orders-worker.log"))
      expect(quiet(eventsOf(name)), name).toBeGreaterThan(0);
  });

  test("traffic ebbs through the night", () => {
    const hour = (n: number) =>
      eventsOf("edge-proxy.log").filter(({ at }) => Math.floor((at - incident.start) / 3_600_000) === n)
        .length;
    expect(hour(3)).toBeLessThan(0.75 * hour(0));
    expect(hour(5)).toBeGreaterThan(1.2 * hour(3));
  });
});

describe("what the text gives away", () => {
  test("holds each planted secret, valid in form", () => {
    const all = [...byFile.values()].flat();
    const { planted } = incident.truth;
    for (const [kind, text] of Object.entries(planted)) {
      expect(
        all.some((event) => event.text.includes(text)),
        kind,
      ).toBe(true);
    }
    expect(passesLuhn(planted.cardNumber ?? "")).toBe(true);
    expect(JSON.parse(Buffer.from(planted.jwt?.split(".")[0] ?? "", "base64url").toString())).toMatchObject({
      typ: "JWT",
    });
  });

  test("holds one line that addresses a model and one that addresses a terminal", () => {
    const [toModel, toTerminal] = incident.truth.hostile;
    expect(eventsOf("edge-proxy.log").filter(({ text }) => text === toModel?.text)).toHaveLength(1);
    expect(toModel?.text).toContain("Ignore previous instructions");
    expect(worker().filter(({ text }) => text === toTerminal?.text)).toHaveLength(1);
    for (const sequence of ["\u001b[2J", "\u001b]52;c;", "\u202e"])
      expect(toTerminal?.text).toContain(sequence);
  });
});

function passesLuhn(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits.length === 16 && sum % 10 === 0;
}
