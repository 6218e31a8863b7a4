import fc from "fast-check";
import { expect, test } from "vitest";
import { createDigest } from "../../src/analysis/digest.ts";
import { takeTextNumbers, unitOfName } from "../../src/analysis/number-text.ts";
import { event, eventsOf } from "./events.ts";

const START = Date.UTC(2026, 0, 2, 10);

function numbersIn(text: string) {
  const found: (readonly [string, number, string])[] = [];
  takeTextNumbers(text, (name, value, msPerUnit = unitOfName(name)) =>
    found.push([name, value * (msPerUnit ?? 1), msPerUnit === undefined ? "" : "ms"]),
  );
  return found;
}

function summarize(lines: readonly string[]) {
  const digest = createDigest();
  for (const each of eventsOf(lines)) digest.add(each);
  return digest.summarize().numbers;
}

test.each<[string, ReturnType<typeof numbersIn>]>([
  ["done response_time_ms=123", [["response_time_ms", 123, "ms"]]],
  ["query took 45ms", [["took", 45, "ms"]]],
  ["Completed in 2.3s", [["Completed in", 2300, "ms"]]],
  ['"GET / HTTP/1.1" 200 45ms', [["duration", 45, "ms"]]],
  [
    "status: 200 len: 1893 time: 0.2477829",
    [
      ["status", 200, ""],
      ["len", 1893, ""],
      ["time", 0.2477829, ""],
    ],
  ],
  [
    "duration_s=1.5 latency=250µs",
    [
      ["duration_s", 1500, "ms"],
      ["latency", 0.25, "ms"],
    ],
  ],
  ["waited 3 seconds.", [["waited", 3000, "ms"]]],
  [
    'cpu="85%" mem=512MB',
    [
      ["cpu", 85, ""],
      ["mem", 512, ""],
    ],
  ],
  ["delta=-5", [["delta", -5, ""]]],
  ["listening on localhost:3003, see server.ts:12", []],
  ["2026-01-02T10:00:00Z 10.0.0.1:8080 v1.2.3 5th 3 retries", []],
  ["uptime 1m2s", []],
])("%s", (text, numbers) => {
  expect(numbersIn(text)).toEqual(numbers);
});

test("any text is taken apart without harm, and every value is a number", () => {
  const part = fc.constantFrom("a=", ": ", "1", "23.5", "ms", " ", '"', "-", "e9", "µs", "=", "took ");
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 4 }))), (parts) => {
      for (const [name, value] of numbersIn(parts.join(""))) {
        expect(name).not.toBe("");
        expect(value).not.toBeNaN();
      }
    }),
  );
});

test("a slow climb is seen in the trend, the largest and the first large one", () => {
  const lines = Array.from({ length: 3000 }, (_, i) =>
    JSON.stringify({ level: "info", msg: "handled", response_time_ms: Math.round(100 * 60 ** (i / 2999)) }),
  );
  const [number] = summarize(lines);
  expect(number).toMatchObject({
    name: "response_time_ms",
    count: 3000,
    min: 100,
    max: 6000,
    unit: "ms",
    isDuration: true,
  });
  const { trend = [], shareAboveSecond = 0, firstLarge } = number ?? {};
  expect(trend.length).toBeGreaterThan(5);
  expect(trend.length).toBeLessThanOrEqual(24);
  expect(trend).toEqual(trend.toSorted((a, b) => a - b));
  expect((trend.at(-1) ?? 0) / (trend[0] ?? 1)).toBeGreaterThan(30);
  expect(shareAboveSecond).toBeCloseTo(0.44, 1);
  expect(firstLarge?.message).toMatch(/"response_time_ms":30(?:0\d|1[0-5])}/);
});

test("quick health checks do not hide slow requests", () => {
  const lines = Array.from({ length: 1000 }, (_, i) =>
    JSON.stringify({
      level: 30,
      msg: "request completed",
      res: { statusCode: 200 },
      responseTime: i % 5 < 2 ? 0.5 : 2000 + i,
    }),
  );
  const numbers = summarize(lines);
  expect(numbers).toMatchObject([
    { name: "responseTime", isDuration: true, unit: undefined, shareAboveSecond: 0.6 },
  ]);
  expect(numbers[0]?.p50).toBeGreaterThan(1900);
});

test("numbers that identify or only count on are left out, and so are constants", () => {
  const lines = Array.from({ length: 100 }, (_, i) =>
    JSON.stringify({
      user_id: i * 7919,
      pid: 100 + (i % 3),
      port: 3000 + i,
      time: 1.7e12 + i,
      seen: i,
      max: 100,
      queue: i % 7,
    }),
  );
  expect(summarize(lines).map(({ name }) => name)).toEqual(["queue"]);
});

test("nested fields have flattened names", () => {
  const lines = Array.from({ length: 20 }, (_, i) => JSON.stringify({ db: { pool: { active: i % 5 } } }));
  expect(summarize(lines).map(({ name }) => name)).toEqual(["db.pool.active"]);
});

test("quantiles lie between the least and the largest, within 2 % of the exact ones", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 10, maxLength: 200 }),
      (values) => {
        const [number] = summarize(values.map((value) => `load=${value}`));
        if (!number) return;
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(values.length / 2) - 1] ?? 0;
        expect(Math.abs(number.p50 - exact)).toBeLessThanOrEqual(exact * 0.02 + 1e-9);
        expect([number.min, number.max, number.count]).toEqual([sorted[0], sorted.at(-1), values.length]);
        expect(number.mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 6);
      },
    ),
  );
});

test("a slice without a value has no median", () => {
  const digest = createDigest();
  for (let i = 0; i < 40; i++) {
    const message = i < 10 || i >= 30 ? `load=${(i * 7) % 40}` : "quiet";
    digest.add(event({ message, timestamp: START + i * 60_000 }));
  }
  const [number] = digest.summarize().numbers;
  expect(number?.trend.filter(Number.isNaN).length).toBeGreaterThanOrEqual(3);
  expect(number?.trend[0]).not.toBeNaN();
});
