import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chunk } from "../../src/cache/cache.ts";
import { coverWindow } from "../../src/cache/plan.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import { KEY, NOON } from "./cache-events.ts";

function makeChunk(id: number, span: TimeRange): Chunk {
  return { id, span, readFrom: NOON, readTo: NOON, key: KEY, events: 0, calls: 1 };
}

/** Chunks that do not overlap, in the order of time. */
const list = fc
  .array(fc.record({ gap: fc.constantFrom(0, 0, 1, 7), length: fc.integer({ min: 1, max: 9 }) }), {
    maxLength: 8,
  })
  .map((steps) => {
    const spans: TimeRange[] = [];
    let at = -10;
    for (const { gap, length } of steps) {
      spans.push({ start: at + gap, end: at + gap + length });
      at += gap + length;
    }
    return spans;
  });
const lists = fc
  .array(list, { maxLength: 4 })
  .map((all) => all.map((spans, place) => spans.map((span, index) => makeChunk(place * 100 + index, span))));
const window = fc
  .tuple(fc.integer({ min: -20, max: 80 }), fc.integer({ min: 0, max: 60 }))
  .map(([start, length]) => ({ start, end: start + length }));

const holds = ({ span }: Chunk, at: number): boolean => at >= span.start && at < span.end;

describe("what is laid over a window", () => {
  it("is all of it, each instant once, in the order of time", () => {
    fc.assert(
      fc.property(lists, window, (given, wanted) => {
        const parts = coverWindow(wanted, given).map((part) => part.window);
        const borders = [wanted.start, ...parts.map(({ end }) => end)];
        expect(parts.map(({ start }) => start)).toEqual(borders.slice(0, -1));
        expect(borders.at(-1)).toBe(wanted.end);
        for (const { start, end } of parts) expect(start).toBeLessThan(end);
      }),
    );
  });

  it("is known wherever a chunk holds it, and only there", () => {
    fc.assert(
      fc.property(lists, window, (given, wanted) => {
        for (const { window: part, chunk } of coverWindow(wanted, given))
          for (let at = part.start; at < part.end; at += 1)
            if (chunk) expect(holds(chunk, at)).toBe(true);
            else expect(given.flat().some((other) => holds(other, at))).toBe(false);
      }),
    );
  });

  it("is taken from the first list that has it, as far as that reaches", () => {
    fc.assert(
      fc.property(lists, window, (given, wanted) => {
        const parts = coverWindow(wanted, given);
        for (const { window: part, chunk } of parts) {
          const best = given.flatMap((chunks) => chunks.find((other) => holds(other, part.start)) ?? [])[0];
          expect(chunk).toBe(best);
          if (chunk) expect(part.end).toBe(Math.min(chunk.span.end, wanted.end));
        }
        const used = parts.flatMap(({ chunk }) => chunk?.id ?? []);
        expect(new Set(used).size).toBe(used.length);
      }),
    );
  });

  it("joins no gaps: what lies between two chunks is one", () => {
    const chunks = [makeChunk(1, { start: 0, end: 10 }), makeChunk(2, { start: 20, end: 30 })];
    expect(coverWindow({ start: 0, end: 40 }, [chunks, []])).toEqual([
      { window: { start: 0, end: 10 }, chunk: chunks[0] },
      { window: { start: 10, end: 20 }, chunk: undefined },
      { window: { start: 20, end: 30 }, chunk: chunks[1] },
      { window: { start: 30, end: 40 }, chunk: undefined },
    ]);
  });
});
