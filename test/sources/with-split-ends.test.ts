import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { type SplitOptions, withSplit } from "../../src/sources/with-split.ts";
import { createPagedSource, createVirtualClock, makeEvents } from "./paged-source.ts";
import { collect, DAY, filter, HOUR, LATENCY, logs, RUNS, requestFor, setUp, spread } from "./split-logs.ts";

describe("a split fetch that is ended", () => {
  it("by its reader stops all parts", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat({ max: 20 }), async (given, pages) => {
        const { clock, inner, request, source } = setUp(given);
        let left = pages;
        const read = async () => {
          for await (const _ of source.fetch(request)) if (left-- === 0) break;
        };
        await clock.run(read());
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
      }),
      RUNS,
    );
  });

  it("by its signal says so, once all parts have ended", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat({ max: 60 }), async (given, after) => {
        const { clock, inner, request, controller, source } = setUp(given);
        const result = clock.run(collect(source, request)).catch((error: unknown) => error);
        void clock.sleep(after, new AbortController().signal).then(() => controller.abort());
        const ended = await result;
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
        if (ended instanceof Failure) expect(ended.code).toBe("interrupted");
        else if (ended instanceof Error) expect(ended.name).toBe("AbortError");
      }),
      RUNS,
    );
  });

  it("is never taken for complete when the source ends without a word at the signal", async () => {
    const controller = new AbortController();
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const silent: LogSource = {
      ...inner,
      async *fetch({ signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        yield* [];
      },
    };
    const result = collect(withSplit(silent), requestFor({ signal: controller.signal }));
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: "interrupted" });
  });

  it("by an error of any part throws that, once all parts have ended", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat({ max: 40 }), async (given, calls) => {
        let left = calls;
        const broken = new Failure("access-denied", "No.");
        const { clock, inner, request, source } = setUp(given, {
          fault: () => {
            if (left-- <= 0) throw broken;
          },
        });
        const result = await clock.run(collect(source, request)).catch((error: unknown) => error);
        if (left < 0) expect(result).toBe(broken);
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
      }),
      RUNS,
    );
  });

  it("by an error does not wait for what comes before it", async () => {
    const clock = createVirtualClock();
    let calls = 0;
    const inner = createPagedSource({
      times: spread(20_000, 0, DAY),
      clock,
      pageSize: () => 100,
      // The first part behind the first pages hangs.
      latency: () => (++calls === 3 ? HOUR : LATENCY),
      fault: ({ start }) => {
        if (start > DAY / 10) throw new Failure("access-denied", "No.");
      },
    });
    await expect(clock.run(collect(withSplit(inner), requestFor()))).rejects.toThrow("No.");
    expect(clock.now()).toBeLessThan(HOUR / 10);
    expect(inner.tally.aborted).toBeGreaterThan(1);
  });
});

describe("what is not split", () => {
  it("a reading that is billed, whatever its pages", async () => {
    const windows: unknown[] = [];
    const scan = { estimatedBytes: 9e9, bytes: 9e9, estimatedDollars: 0.05, dollars: 0.05 };
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const times = spread(4000, 0, HOUR);
    const billed: LogSource = {
      ...inner,
      async *fetch({ window }) {
        windows.push(window);
        yield { events: [], seen: 0, scannedBytes: 9e9, scan };
        for (let at = 0; at < times.length; at += 100)
          yield { events: makeEvents({ times }, at, at + 100), seen: 100, scannedBytes: 0 };
      },
    };
    const { ids } = await collect(withSplit(billed), requestFor());
    expect(ids).toHaveLength(4000);
    expect(windows).toEqual([{ start: 0, end: DAY }]);
  });

  const passed = async (request: FetchRequest, options?: SplitOptions) => {
    const requests: FetchRequest[] = [];
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const source: LogSource = {
      ...inner,
      async *fetch(received) {
        requests.push(received);
        yield { events: [], seen: 0, scannedBytes: 0 };
      },
    };
    await collect(withSplit(source, options), request);
    return requests;
  };

  it.each<[string, Partial<FetchRequest>]>([
    ["with a limit", { limit: 10 }],
    ["newest first", { order: "newest-first" }],
    ["without a window", { window: undefined }],
    ["of an instant", { window: { start: 5, end: 6 } }],
    ["without an end", { window: { start: 5, end: Number.POSITIVE_INFINITY } }],
  ])("a request %s goes to the source as it is", async (_, part) => {
    const request = requestFor(part);
    const [only, ...more] = await passed(request, { wholeRange: async () => undefined });
    expect(only).toBe(request);
    expect(more).toEqual([]);
  });

  it("a request without a window takes the one that is known of the group", async () => {
    const window = { start: 10, end: 90 };
    const wholeRange = async (group: string) => (group === "g" ? window : undefined);
    const [request] = await passed(requestFor({ window: undefined }), { wholeRange });
    expect(request?.window).toEqual(window);
  });

  it("hands on everything else of the request and of the source", async () => {
    const onWait = () => {};
    const [request] = await passed(requestFor({ filter, streamPrefix: "web", onWait }));
    expect(request).toMatchObject({ group: "g", filter, streamPrefix: "web", onWait });
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const { fetch: _, ...rest } = withSplit(inner);
    expect(inner).toMatchObject(rest);
  });
});
