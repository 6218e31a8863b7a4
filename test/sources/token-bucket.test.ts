import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenBucket } from "../../src/sources/token-bucket.ts";
import { createPacedClock } from "./cloudwatch-paced.ts";

const { signal } = new AbortController();

function openBucket(rate: number) {
  const clock = createPacedClock(0);
  return { clock, bucket: createTokenBucket({ rate, clock: clock.now, sleep: clock.sleep }) };
}

/** What a caller does: waits, asks for so many calls at once, or hears that one was refused. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("idle" as const), ms: fc.nat(3000) }),
    fc.record({ kind: fc.constant("calls" as const), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant("refused" as const) }),
  ),
  { maxLength: 30 },
);

describe("a token bucket", () => {
  it("lets no more calls through in any span than the rate times the span and one burst, in their order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), steps, async (rate, list) => {
        const { clock, bucket } = openBucket(rate);
        const granted: number[] = [];
        const order: number[] = [];
        let asked = 0;
        for (const step of list) {
          if (step.kind === "idle") clock.advance(step.ms);
          else if (step.kind === "refused") bucket.slowDown();
          else
            await Promise.all(
              Array.from({ length: step.count }, async () => {
                const mine = asked++;
                await bucket.take(signal);
                granted.push(clock.now());
                order.push(mine);
              }),
            );
        }
        expect(order).toEqual(order.map((_, index) => index));
        for (let from = 0; from < granted.length; from += 1)
          for (let to = from; to < granted.length; to += 1) {
            const seconds = ((granted[to] ?? 0) - (granted[from] ?? 0)) / 1000;
            expect(to - from + 1).toBeLessThanOrEqual(rate * seconds + rate + 1e-6);
          }
      }),
    );
  });

  it("gives up a good part of its rate at a refusal, never all of it, and wins it back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 30 }), (rate, refusals) => {
        const { clock, bucket } = openBucket(rate);
        const full = bucket.rate;
        expect(full).toBeGreaterThan(0.9 * rate);
        expect(full).toBeLessThanOrEqual(rate);
        let last = full;
        for (let count = 0; count < refusals; count += 1) {
          clock.advance(600);
          bucket.slowDown();
          expect(bucket.rate).toBeLessThanOrEqual(Math.max(last * 0.8, full * 0.25));
          expect(bucket.rate).toBeGreaterThanOrEqual(full * 0.1);
          last = bucket.rate;
        }
      }),
    );
  });

  it("is at its full rate again after a while without a refusal", async () => {
    const { clock, bucket } = openBucket(10);
    const full = bucket.rate;
    for (let count = 0; count < 20; count += 1) {
      clock.advance(600);
      bucket.slowDown();
    }
    let last = bucket.rate;
    for (let second = 0; second < 30; second += 1) {
      clock.advance(1000);
      await bucket.take(signal);
      expect(bucket.rate).toBeGreaterThanOrEqual(last);
      last = bucket.rate;
    }
    expect(last).toBe(full);
  });

  it("takes refusals of calls that were under way together for one", () => {
    const { clock, bucket } = openBucket(10);
    clock.advance(1000);
    bucket.slowDown();
    const once = bucket.rate;
    for (let count = 0; count < 8; count += 1) bucket.slowDown();
    expect(bucket.rate).toBe(once);
  });

  it("lets nothing through at once after a refusal", async () => {
    const { clock, bucket } = openBucket(10);
    bucket.slowDown();
    await bucket.take(signal);
    expect(clock.now()).toBeGreaterThan(100);
  });

  it("serves the others where one that waits, or queues, is aborted", async () => {
    let now = 0;
    const waiting: (() => void)[] = [];
    const sleep = (ms: number, stop: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        stop.addEventListener("abort", () => reject(stop.reason), { once: true });
        waiting.push(() => {
          now += ms;
          resolve();
        });
      });
    const bucket = createTokenBucket({ rate: 1, clock: () => now, sleep });
    await bucket.take(signal);
    const [first, second] = [new AbortController(), new AbortController()];
    const settled: string[] = [];
    const take = (name: string, stop: AbortSignal) =>
      bucket.take(stop).then(
        () => settled.push(`${name} served`),
        () => settled.push(`${name} aborted`),
      );
    const all = [take("a", first.signal), take("b", second.signal), take("c", signal), take("d", signal)];
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    await settle();
    second.abort();
    first.abort();
    await settle();
    expect(settled).toEqual(["a aborted", "b aborted"]);
    while (settled.length < 4) {
      for (const wake of waiting.splice(0)) wake();
      await settle();
    }
    await Promise.all(all);
    expect(settled.slice(2)).toEqual(["c served", "d served"]);
    await expect(bucket.take(AbortSignal.abort())).rejects.toThrow();
  });
});
