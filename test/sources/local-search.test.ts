import { open } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import { createZone } from "../../src/log/zone.ts";
import { readStream } from "../../src/sources/local/read-stream.ts";
import { createTally } from "../../src/sources/local/tally.ts";
import { at, createFolder, NOW } from "./local-files.ts";

const PATTERNS = [
  "needle",
  "needle hay",
  '"at needle"',
  "needle -hay",
  "%nee[d]le%",
  "?needle ?hay",
  '"é😀 needle"',
];

/** One line of a log, of every kind that the joining of lines knows. */
const anyLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(5000), anyWords()).map(([second, words]) => `${at(second)} ${words}`),
  },
  { weight: 2, arbitrary: anyWords().map((words) => `\tat ${words}`) },
  { weight: 2, arbitrary: anyWords() },
  fc.constant(""),
  fc.constant("}"),
  fc.tuple(fc.nat(50), anyWords()).map(([second, msg]) => JSON.stringify({ time: at(second), msg })),
  anyWords().map((words) => `Traceback (most recent call last):\n  ${words}\nError: ${words}`),
  anyWords().map((words) => `\0\0${words}\r`),
);

function anyWords(): fc.Arbitrary<string> {
  const word = fc.constantFrom("needle", "hay", "straw", "é😀 needle", "at", "x".repeat(3000), "need", "le");
  return fc.array(word, { minLength: 0, maxLength: 4 }).map((words) => words.join(" "));
}

async function read(
  path: string,
  pattern: string,
  fastFrom: number,
  window?: { start: number; end: number },
) {
  const request = {
    group: "app.log",
    file: { stream: "app.log", path, open: () => open(path) },
    firstTime: undefined,
    window,
    filter: compileFilter(pattern),
    zone: createZone("UTC"),
    now: NOW,
    tally: createTally(),
    signal: new AbortController().signal,
    fastFrom,
  };
  const events = [];
  for await (const step of readStream(request)) events.push(...step.events);
  return events;
}

describe("searching before taking apart", () => {
  it("gives the same events as taking everything apart", async () => {
    await using folder = await createFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { maxLength: 60 }),
        fc.constantFrom(...PATTERNS),
        fc.constantFrom("\n", "\r\n"),
        fc.option(fc.tuple(fc.nat(5000), fc.nat(2000)), { nil: undefined }),
        fc.boolean(),
        async (lines, pattern, lineEnd, span, isArchive) => {
          const text = lines.join(lineEnd);
          const path = await folder.write(`run-${run++}.log`, isArchive ? gzipSync(text) : text);
          const window = span && { start: Date.parse(at(span[0])), end: Date.parse(at(span[0] + span[1])) };
          const searched = await read(path, pattern, 0, window);
          expect(searched).toEqual(await read(path, pattern, Number.POSITIVE_INFINITY, window));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does so across blocks, and where an event is longer than a block", async () => {
    const padding = (bytes: number): string => `\n\tat ${"filler".repeat(80)}`.repeat(bytes / 485);
    const parts = [300_000, 1_040_000, 900_000, 20, 1_048_000, 5_000_000, 100].map(
      (bytes, index) => `${at(index)} event${padding(bytes)}\n\tat ${index % 2 ? "needle" : "hay"}\n`,
    );
    await using folder = await createFolder();
    const path = await folder.write("app.log", parts.join(""));
    for (const pattern of ["needle", "hay", "event needle"]) {
      const searched = await read(path, pattern, 0);
      expect(searched.length).toBeGreaterThan(0);
      expect(searched).toEqual(await read(path, pattern, Number.POSITIVE_INFINITY));
    }
  });

  it("takes a container's log apart, where a text is written with escapes", async () => {
    const wrap = (log: string): string => JSON.stringify({ log, stream: "stdout", time: at(0) });
    const text = [wrap('say "nee'), wrap('dle"\n'), wrap("other\n")].join("\n");
    await using folder = await createFolder();
    const path = await folder.write("app.log", text);
    expect(await read(path, '"say \\"needle\\""', 0)).toHaveLength(1);
  });
});
