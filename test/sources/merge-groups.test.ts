import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import { mergeGroups } from "../../src/sources/merge-groups.ts";

function eventAt(group: string, index: number, timestamp: number | undefined): LogEvent {
  const id = `${group}@${index}`;
  return {
    id,
    group,
    stream: group,
    timestamp,
    message: id,
    bodyStart: 0,
    level: undefined,
    levelInferred: false,
  };
}

async function* inPages(events: readonly LogEvent[], size: number, onEnd = () => {}) {
  try {
    for (let at = 0; at < events.length; at += size) yield events.slice(at, at + size);
    yield [];
  } finally {
    onEnd();
  }
}

async function collect(pages: AsyncIterable<readonly LogEvent[]>): Promise<LogEvent[]> {
  const all: LogEvent[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const groups = fc.array(
  fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }), { maxLength: 30 }),
  { maxLength: 5 },
);

/** Each group's times in order; events without one stay where they are. */
function groupEvents(times: readonly (number | undefined)[], index: number): LogEvent[] {
  const known = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  return times.map((time, at) => eventAt(`g${index}`, at, time === undefined ? undefined : known.shift()));
}

test("merging loses nothing, keeps each group's order and puts times in order", async () => {
  await fc.assert(
    fc.asyncProperty(groups, fc.integer({ min: 1, max: 7 }), async (times, size) => {
      const events = times.map(groupEvents);
      const merged = await collect(mergeGroups(events.map((group) => inPages(group, size))));
      expect(merged).toHaveLength(events.flat().length);
      for (const [index, group] of events.entries())
        expect(merged.filter((event) => event.group === `g${index}`)).toEqual(group);
      const stamped = merged.flatMap(({ timestamp }) => timestamp ?? []);
      expect(stamped).toEqual(stamped.toSorted((a, b) => a - b));
    }),
  );
});

test("ending early ends every group", async () => {
  const ended: string[] = [];
  const of = (name: string) =>
    inPages(
      [0, 1, 2].map((at) => eventAt(name, at, at)),
      1,
      () => ended.push(name),
    );
  for await (const page of mergeGroups([of("a"), of("b")])) if (page.length > 0) break;
  expect(ended.toSorted()).toEqual(["a", "b"]);
});
