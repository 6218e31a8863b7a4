import { appendFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import { collect } from "../contracts/source.ts";
import { at, createFolder } from "./local-files.ts";

const { signal } = new AbortController();
const MEGABYTE = 1_000_000;

/** About 20 MB: an event every 100 ms, from `at(0)` on. */
function makeLog(count = 250_000, order: (index: number) => number = (index) => index): string {
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const rare = index % 50_000 === 49_999 ? "\n\tat the.place(Where.java:1)" : "";
    lines.push(
      `${at(order(index) / 10)} INFO [worker-${index % 8}] request number ${index} was served${rare}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

const windowOf = (from: number, to: number) => ({ start: Date.parse(at(from)), end: Date.parse(at(to)) });

describe("a window on a large file", () => {
  it("is found by reading a small share of it, at both ends too", async () => {
    const text = makeLog();
    await using folder = await createFolder({ "app.log": text });
    const source = folder.source();
    for (const [from, to, expected] of [
      [12_000, 12_060, 600],
      [0, 10, 100],
      [24_990, 99_999, 100],
      [-5000, -4000, 0],
      [99_000, 99_999, 0],
    ] as const) {
      const { events, seen, scannedBytes } = await collect(source, {
        group: "app.log",
        window: windowOf(from, to),
      });
      expect(events).toHaveLength(expected);
      expect(seen).toBe(expected);
      expect(scannedBytes).toBeLessThan(text.length / 5);
    }
    const { events } = await collect(source, { group: "app.log", window: windowOf(12_000, 12_060) });
    expect(events[0]?.message).toContain("number 120000 ");
    expect(events.at(-1)?.message).toContain("number 120599 ");
  });

  it("is complete where the file is not in order, with a notice", async () => {
    const text = makeLog(100_000, (index) => (index < 50_000 ? index + 50_000 : index - 50_000));
    await using folder = await createFolder({ "app.log": text });
    const window = windowOf(4000, 4010);
    const { events, scannedBytes, notices } = await collect(folder.source(), { group: "app.log", window });
    expect(events).toHaveLength(100);
    expect(scannedBytes).toBeGreaterThanOrEqual(text.length);
    expect(notices.map(({ kind }) => kind)).toEqual(["out-of-order"]);
  });

  it("is complete where a piece out of order lies between the probes", async () => {
    const stray = `${at(11)} INFO stray\n`;
    const text = makeLog(100_000);
    const middle = text.indexOf("\n", text.length / 2) + 1;
    await using folder = await createFolder({
      "app.log": text.slice(0, middle) + stray + text.slice(middle),
    });
    const all = await collect(folder.source(), { group: "app.log" });
    expect(all.events).toHaveLength(100_001);
    expect(all.notices.map(({ kind }) => kind)).toEqual(["out-of-order"]);
    const around = Date.parse(at(5000));
    const window = { start: around - 10_000, end: around + 10_000 };
    const { events } = await collect(folder.source(), { group: "app.log", window });
    expect(events.some(({ message }) => message.includes("stray"))).toBe(false);
  });

  it("puts slight disorder right", async () => {
    const text = makeLog(60_000, (index) => (index % 100 === 0 ? index - 25 : index));
    await using folder = await createFolder({ "app.log": text });
    const window = windowOf(1000, 1100);
    const { events, notices } = await collect(folder.source(), { group: "app.log", window });
    const times = events.map(({ timestamp }) => timestamp ?? 0);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(events).toHaveLength(1000);
    expect(notices).toEqual([]);
  });

  it("searches for a filter's text without counting, and finds an event by its later lines", async () => {
    await using folder = await createFolder({ "app.log": makeLog() });
    const filter = compileFilter('"Where.java"');
    const { events, seen } = await collect(folder.source(), { group: "app.log", filter });
    expect(events.map(({ message }) => /number (\d+)/.exec(message)?.[1])).toEqual([
      "49999",
      "99999",
      "149999",
      "199999",
      "249999",
    ]);
    expect(seen).toBeUndefined();
  });

  it("gives the events around one without reading the file from the start", async () => {
    await using folder = await createFolder({ "app.log": makeLog() });
    const source = folder.source();
    const { events } = await collect(source, { group: "app.log", window: windowOf(20_000, 20_000.1) });
    const [event] = events;
    if (!event) throw new Error("no event");
    const around = await source.fetchSurrounding({ event, before: 50, after: 50, signal });
    expect(around).toHaveLength(101);
    expect(around[50]).toEqual(event);
    expect(around.map(({ message }) => Number(/number (\d+)/.exec(message)?.[1]))).toEqual(
      Array.from({ length: 101 }, (_, index) => 199_950 + index),
    );
  });
});

describe("the span of local data", () => {
  it("is exact over all files of the groups, their archives too", async () => {
    await using folder = await createFolder({
      "app.log": `${at(50)} a\n${at(60)} b\n`,
      "app.log.1.gz": gzipSync(`${at(10)} a\n${at(20)} b\n`),
      "other.log": `${at(70)} a\n`,
    });
    const source = folder.source();
    expect(await source.dataRange?.(["app.log"], signal)).toEqual({
      start: Date.parse(at(10)),
      end: Date.parse(at(60)) + 1,
    });
    const both = await source.dataRange?.(["app.log", "other.log"], signal);
    expect(both?.end).toBe(Date.parse(at(70)) + 1);
    const { events } = await collect(source, { group: "app.log", window: both });
    expect(events).toHaveLength(4);
  });

  it("is undefined for data without times", async () => {
    await using folder = await createFolder({ "plain.txt": "one\n" });
    expect(await folder.source().dataRange?.(["plain.txt"], signal)).toBeUndefined();
  });
});

describe("a file that changes while it is read", () => {
  async function readWhile(change: (path: string) => Promise<void>) {
    await using folder = await createFolder({ "app.log": makeLog(60_000) });
    const path = join(folder.path, "app.log");
    const kinds: string[] = [];
    let count = 0;
    let isChanged = false;
    for await (const page of folder.source().fetch({ group: "app.log", window: undefined, signal })) {
      count += page.events.length;
      kinds.push(...(page.notices ?? []).map(({ kind }) => kind));
      if (!isChanged) await change(path);
      isChanged = true;
    }
    return { count, kinds };
  }

  it("is read up to its size at the start where it grows", async () => {
    const { count, kinds } = await readWhile((path) => appendFile(path, `${at(9999)} more\n`));
    expect(count).toBe(60_000);
    expect(kinds).toEqual(["changed-while-read"]);
  });

  it("is read as far as it goes where it shrinks", async () => {
    const { count, kinds } = await readWhile((path) => truncate(path, 3 * MEGABYTE));
    expect(count).toBeGreaterThan(10_000);
    expect(count).toBeLessThan(60_000);
    expect(kinds).toContain("changed-while-read");
  });

  it("is read to its end where it is removed", async () => {
    const { count } = await readWhile((path) => rm(path));
    expect(count).toBe(60_000);
  });

  it("gives an event that has moved to a rotated file, and says where one is gone", async () => {
    await using folder = await createFolder({ "app.log": `${at(0)} a\n${at(1)} b\n` });
    const source = folder.source();
    const { events } = await collect(source, { group: "app.log" });
    const [event] = events;
    if (!event) throw new Error("no event");
    await folder.write("app.log.1", `${at(0)} a\n${at(1)} b\n`);
    await folder.write("app.log", `${at(2)} c\n`);
    const around = await source.fetchSurrounding({ event, before: 1, after: 1, signal });
    expect(around.map(({ message }) => message.slice(-1))).toEqual(["a", "b"]);
    await rm(join(folder.path, "app.log.1"));
    const gone = source.fetchSurrounding({ event, before: 1, after: 1, signal });
    await expect(gone).rejects.toMatchObject({ code: "event-not-found" });
  });

  it("is left at once when the reading is stopped", async () => {
    await using folder = await createFolder({ "app.log": makeLog() });
    const controller = new AbortController();
    let pages = 0;
    const reading = async (): Promise<void> => {
      const request = { group: "app.log", window: undefined, signal: controller.signal };
      for await (const _page of folder.source().fetch(request)) if (++pages === 3) controller.abort();
    };
    await expect(reading()).rejects.toMatchObject({ code: "interrupted" });
    expect(pages).toBe(3);
  });
});
