import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { collect } from "../contracts/source.ts";
import { at, createFolder } from "./local-files.ts";

/** The events of one file, and the notices of reading it. */
async function read(content: string | Uint8Array, name = "app.log") {
  await using folder = await createFolder({ [name]: content });
  const result = await collect(folder.source(), { group: "app.log" });
  const kinds = result.notices.map(({ kind }) => kind);
  return { ...result, kinds, messages: result.events.map(({ message }) => message) };
}

const seconds = (iso: string): number => Date.parse(iso);

describe("events of a text log", () => {
  it("keeps a stack trace, blank lines inside it and whatever else has no time with its line", async () => {
    const trace = `${at(0)} ERROR boom\njava.lang.Error: x\n\tat a.B.c(B.java:1)\n\nCaused by: y\n\t... 12 more`;
    const { messages, events, kinds } = await read(`${trace}\n\n\n${at(1)} INFO on\nplain words\n}\n\n`);
    expect(messages).toEqual([trace, `${at(1)} INFO on\nplain words\n}`]);
    expect(events.map(({ timestamp }) => timestamp)).toEqual([seconds(at(0)), seconds(at(1))]);
    expect(events[0]).toMatchObject({ level: "error", levelInferred: false });
    expect(kinds).toEqual([]);
  });

  it("gives lines before the first time the time that follows", async () => {
    const { messages, events } = await read(`banner\nversion 1\n  indented\n${at(5)} INFO up\n`);
    expect(messages).toEqual(["banner", "version 1\n  indented", `${at(5)} INFO up`]);
    expect(new Set(events.map(({ timestamp }) => timestamp))).toEqual(new Set([seconds(at(5))]));
  });

  it("makes each line of a log without times an event, in order, with a notice", async () => {
    const lines =
      "one\ntwo\n  more of two\nTraceback (most recent call last):\n  File x\nValueError: y\nthree";
    const { messages, events, kinds } = await read(lines);
    expect(messages).toEqual([
      "one",
      "two\n  more of two",
      "Traceback (most recent call last):\n  File x\nValueError: y",
      "three",
    ]);
    expect(events.every(({ timestamp }) => timestamp === undefined)).toBe(true);
    expect(kinds).toEqual(["no-time"]);
  });

  it.each([
    ["panic: nil map", "\tmain.go:7", "exit status 2"],
    ["Traceback (most recent call last):", "  File x", "ValueError: y"],
    ['Exception in thread "main" java.lang.Error', "\tat a.B.c(B.java:1)"],
    ["thread 'main' panicked at src/main.rs:4:5:", "called unwrap on None"],
  ])(
    "makes a process's last words (%s) an event of its own, unless they belong to an error",
    async (...words) => {
      const crash = words.join("\n");
      const { messages, events } = await read(
        `${at(0)} INFO ready\n${crash}\n${at(1)} ERROR failed\n${crash}\n${at(2)} INFO ready\n`,
      );
      expect(messages).toEqual([
        `${at(0)} INFO ready`,
        crash,
        `${at(1)} ERROR failed\n${crash}`,
        `${at(2)} INFO ready`,
      ]);
      expect(events[1]?.timestamp).toBe(seconds(at(0)));
      expect(["error", "fatal"]).toContain(events[1]?.level);
    },
  );

  it("has events without a time in every window", async () => {
    await using folder = await createFolder({ "app.log": "one\ntwo\n" });
    const { events } = await collect(folder.source(), { group: "app.log", window: { start: 5, end: 6 } });
    expect(events).toHaveLength(2);
  });

  it("splits an event of too many lines or too much text, loses nothing and says so", async () => {
    const lines = Array.from({ length: 4500 }, (_, index) => ` line ${index}`);
    const { messages, events, kinds } = await read(`${at(0)} start\n${lines.join("\n")}\n`);
    expect(messages.join("\n")).toBe(`${at(0)} start\n${lines.join("\n")}`);
    expect(messages.map((message) => message.split("\n").length)).toEqual([2000, 2000, 501]);
    expect(new Set(events.map(({ timestamp }) => timestamp))).toEqual(new Set([seconds(at(0))]));
    expect(kinds).toEqual(["event-split"]);
    const long = await read(`${at(0)} start\n${"x".repeat(700_000)}\n${"y".repeat(700_000)}\n`);
    expect(long.messages.map(({ length }) => length)).toEqual([700_031, 700_000]);
  });

  it("says what it assumed of zone and year", async () => {
    const open = await read("2025-11-20 12:00:00 INFO a\n2025-11-20 12:00:01 INFO b\n");
    expect(open.notices).toMatchObject([{ kind: "zone-assumed", group: "app.log" }]);
    expect(open.notices[0]?.text).toContain("taken as UTC");
    const yearless = await read("Nov 20 12:00:00 host sshd[1]: a\n");
    expect(yearless.kinds).toEqual(["zone-assumed", "year-assumed"]);
  });

  it("tells of an assumed zone also where nothing matches", async () => {
    await using folder = await createFolder({ "app.log": "2025-11-20 12:00:00 INFO a\n" });
    const { notices } = await collect(folder.source(), { group: "app.log", window: { start: 1, end: 2 } });
    expect(notices.map(({ kind }) => kind)).toEqual(["zone-assumed"]);
  });
});

describe("events of a structured log", () => {
  it("does not join an untimed line to a JSON object, unless it is indented", async () => {
    const json = JSON.stringify({ time: at(0), level: "error", msg: "a" });
    const { messages, events } = await read(`${json}\n  at x\nstray\nanother\n${json}\n`);
    expect(messages).toEqual([`${json}\n  at x`, "stray", "another", json]);
    expect(events.map(({ timestamp }) => timestamp)).toEqual(Array(4).fill(seconds(at(0))));
  });

  it("joins Docker's partial lines, and the stack trace that a container wrote", async () => {
    const wrap = (log: string, stream = "stdout"): string => JSON.stringify({ log, stream, time: at(0) });
    const { messages } = await read(
      [
        wrap("first half, "),
        wrap("other output\n", "stderr"),
        wrap("second half\n"),
        wrap('quoted "x"\n'),
        wrap("\tat y\n"),
        wrap("no end"),
      ].join("\n"),
    );
    expect(messages.sort()).toEqual(
      ["first half, second half", "other output", 'quoted "x"\n\tat y', "no end"].sort(),
    );
  });

  it("joins Kubernetes' partial lines", async () => {
    const { messages } = await read(
      `${at(0)} stdout P one \n${at(0)} stdout F two\n${at(1)} stdout F three\n`,
    );
    expect(messages).toEqual(["one two", "three"]);
  });
});

describe("bytes", () => {
  const line = `${at(0)} INFO Grüße 😀`;

  it.each([
    ["a UTF-8 byte order mark", Buffer.from(`\ufeff${line}\n`)],
    ["UTF-16, little end first", Buffer.from(`\ufeff${line}\r\n`, "utf16le")],
    ["UTF-16, big end first", Buffer.from(`\ufeff${line}\n`, "utf16le").swap16()],
    ["carriage returns", Buffer.from(`${line}\r\n`)],
    ["no line end", Buffer.from(line)],
    ["gzip", gzipSync(`${line}\n`)],
    ["zstd", zstdCompressSync(`${line}\n`)],
    ["UTF-16 in gzip", gzipSync(Buffer.from(`\ufeff${line}\n`, "utf16le"))],
  ])("reads %s", async (_what, content) => {
    const { messages, kinds } = await read(content);
    expect(messages).toEqual([line]);
    expect(kinds).toEqual([]);
  });

  it("shows broken UTF-8 and NUL bytes, and says so", async () => {
    const broken = Buffer.concat([Buffer.from(`${at(0)} a`), Buffer.from([0xff, 0x62, 0x0a])]);
    const { messages, kinds } = await read(Buffer.concat([broken, Buffer.from(`${at(1)} c\0d\n`)]));
    expect(messages).toEqual([`${at(0)} a\ufffdb`, `${at(1)} c\0d`]);
    expect(kinds).toEqual(["broken-text"]);
  });

  it("reads a log that begins with a hole of NUL bytes", async () => {
    const { messages, kinds } = await read(
      `${"\0".repeat(50_000)}${at(0)} after the hole\n${`${at(1)} x\n`.repeat(400)}`,
    );
    expect(messages[0]).toBe(`${at(0)} after the hole`);
    expect(messages).toHaveLength(401);
    expect(kinds).toEqual(["broken-text"]);
  });

  it("reads all members of an archive", async () => {
    const parts = [`${at(0)} a\n`, `${at(1)} b\n`, `${at(2)} c\n`];
    for (const compress of [gzipSync, zstdCompressSync]) {
      const { messages } = await read(Buffer.concat(parts.map((part) => compress(part))));
      expect(messages).toEqual(parts.map((part) => part.trim()));
    }
  });

  it("gives what can be read of an archive that is cut off, and says so", async () => {
    const text = Array.from(
      { length: 20_000 },
      (_, index) => `${at(index)} event ${Math.imul(index, 0x9e3779b1)}\n`,
    );
    for (const compress of [gzipSync, zstdCompressSync]) {
      const archive = compress(text.join(""));
      const { messages, notices } = await read(archive.subarray(0, archive.length / 2));
      expect(messages.length).toBeGreaterThan(5000);
      expect(messages.slice(0, 5000)).toEqual(text.slice(0, 5000).map((one) => one.trim()));
      const notice = notices.find(({ kind }) => kind === "unreadable");
      expect(notice?.text).toContain("cut off");
    }
  });

  it("keeps a very long line whole, and splits one beyond all measure without loss", async () => {
    const long = `${at(0)} ${"x".repeat(10_000_000)}`;
    const huge = `${at(1)} ${"ä".repeat(9_000_000)}`;
    const { messages, kinds } = await read(`${long}\n${huge}\n${at(2)} end`);
    expect(messages[0]).toBe(long);
    expect(messages.at(-1)).toBe(`${at(2)} end`);
    expect(messages.slice(1, -1)).toHaveLength(2);
    expect(messages.slice(1, -1).join("")).toBe(huge);
    expect(kinds).toEqual(["event-split"]);
  });

  it("finds nothing in an empty file and in one of blank lines", async () => {
    expect((await read("")).messages).toEqual([]);
    expect((await read("\n\n \n\r\n")).messages).toEqual([]);
  });
});
