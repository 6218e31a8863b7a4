import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import { mergeGroups } from "../../src/sources/merge-groups.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { withCache } from "../../src/sources/with-cache.ts";
import { collect, describeSource } from "../contracts/source.ts";
import { group, HOUR, lastHour, NOON, openCached } from "./cache-fixture.ts";
import { createFolder } from "./local-files.ts";

describeSource("local with a cache", async (groups) => {
  const folder = await createFolder();
  for (const [name, events] of Object.entries(groups)) {
    const lines = events.map(({ timestamp, text }) => `${new Date(timestamp).toISOString()} ${text}\n`);
    await folder.write(name, lines.join(""));
  }
  const identify = async () => ({ account: "me", region: "here" });
  const { cache, clock } = openCached();
  const source = withCache({ ...folder.source(), identify }, { cache, now: () => clock.at });
  return { source, close: () => folder[Symbol.asyncDispose]() };
});

it("holds no more of a long reading than a few chunks", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: unknown = runInNewContext("gc");
  if (typeof collectGarbage !== "function") throw new Error("no gc");
  const held: WeakRef<LogEvent>[] = [];
  const { inner, open } = openCached();
  const text = "x".repeat(1000);
  const long: LogSource = {
    ...inner,
    async *fetch() {
      for (let page = 0; page < 300; page += 1) {
        const events = Array.from({ length: 100 }, (_, index) => {
          const timestamp = NOON - HOUR + page * 1000 + index;
          return {
            ...{ id: `${timestamp}`, group, stream: "web", timestamp, message: `${timestamp} ${text}` },
          };
        }).map((event) => ({ ...event, bodyStart: 0, level: undefined, levelInferred: false }));
        held.push(...events.map((event) => new WeakRef(event)));
        yield { events, seen: events.length, scannedBytes: 0 };
      }
    },
  };
  let most = 0;
  let pages = 0;
  const { signal } = new AbortController();
  for await (const _page of open(long).fetch({ group, window: lastHour(NOON), signal })) {
    pages += 1;
    if (pages % 30 > 0) continue;
    await setImmediate();
    collectGarbage();
    most = Math.max(most, held.filter((ref) => ref.deref() !== undefined).length);
    await setImmediate();
  }
  expect(held).toHaveLength(30_000);
  expect(most).toBeLessThan(10_000);
});

describe("two that ask the same at a time", () => {
  const window = lastHour(NOON);
  const { signal } = new AbortController();
  const read = (source: LogSource, other = signal) => collect(source, { group, window, signal: other });

  it("read it once", async () => {
    const { source, asked } = openCached();
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => read(source)));
    expect(asked()).toHaveLength(1);
    expect(second?.events).toEqual(first?.events);
    expect([first, second, third].map((one) => one?.notices.length)).toEqual([0, 1, 1]);
  });

  it("do not wait for each other where they are merged", async () => {
    const { source } = openCached();
    async function* events() {
      for await (const page of source.fetch({ group, window, signal })) yield page.events;
    }
    const merged = await Array.fromAsync(mergeGroups([events(), events()]));
    expect(merged.flat()).toHaveLength(120);
  });

  it("do not wait for one that breaks off", async () => {
    const { source, asked } = openCached();
    const breaking = async () => {
      for await (const { events } of source.fetch({ group, window, signal }))
        if (events.length > 0) return events;
      return [];
    };
    const [some, all] = await Promise.all([breaking(), read(source)]);
    expect([some.length, all.events.length]).toEqual([3, 60]);
    expect(asked()).toHaveLength(2);
  });

  it("do not wait for one that will not be kept", async () => {
    const pages: number[] = [];
    const { source, requests } = openCached({
      noticesAt: (_request, page) => (page === 8 ? [{ kind: "sampled", text: "Some." }] : []),
      async beforePage(_request, page) {
        pages.push(page);
        await setImmediate();
      },
    });
    const [first, second] = await Promise.all([read(source), read(source)]);
    expect(second).toEqual(first);
    expect(requests).toHaveLength(2);
    expect(pages.indexOf(0, 1)).toBeLessThan(pages.indexOf(19));
  });

  it("do not wait for each other where a few events are wanted", async () => {
    const { source, asked } = openCached();
    const some = () => collect(source, { group, window, limit: 5 });
    const [first, second] = await Promise.all([some(), some()]);
    expect(second).toEqual(first);
    expect(asked()).toHaveLength(2);
  });

  it("are not stopped by an abort or a failure of the other", async () => {
    const controller = new AbortController();
    const { source } = openCached({
      beforePage(request, page) {
        if (request.signal === controller.signal && page === 3) controller.abort(new Error("stop"));
      },
    });
    const [first, second] = await Promise.allSettled([read(source, controller.signal), read(source)]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "stop" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { seen: 60 } });
    if (second?.status === "fulfilled") expect(second.value.events).toHaveLength(60);
  });

  it("can be stopped while they wait, and the other goes on", async () => {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { source, asked } = openCached({
      beforePage: (_request, page) => (page === 1 ? promise : undefined),
    });
    const first = read(source);
    const second = read(source, controller.signal);
    await setImmediate();
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "interrupted" });
    resolve();
    expect((await first).events).toHaveLength(60);
    expect(asked()).toHaveLength(1);
  });
});
