import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { LogGroup, LogSource } from "../../src/sources/source.ts";
import { collect } from "../contracts/source.ts";
import { at, createFolder } from "./local-files.ts";

const { signal } = new AbortController();

async function list(source: LogSource, prefix?: string): Promise<LogGroup[]> {
  return await Array.fromAsync(source.listGroups({ signal, ...(prefix === undefined ? {} : { prefix }) }));
}

async function namesOf(source: LogSource): Promise<string[]> {
  return (await list(source)).map(({ name }) => name);
}

const line = (second: number, text = "x"): string => `${at(second)} ${text}\n`;

describe("names of local groups", () => {
  it("are paths below a folder, without the ending of an archive", async () => {
    await using folder = await createFolder({
      "a/video.log": line(0),
      "a/b/deep.log.gz": gzipSync(line(0)),
      "top.jsonl.zst": zstdCompressSync(line(0)),
    });
    expect(await namesOf(folder.source())).toEqual(["a/b/deep.log", "a/video.log", "top.jsonl"]);
    const [deep] = await list(folder.source(), "a/b");
    expect(deep).toMatchObject({ name: "a/b/deep.log", streams: ["deep.log.gz"] });
  });

  it("are base names for files that are named, and unique over several paths", async () => {
    await using folder = await createFolder({
      "one/app.log": line(0),
      "two/app.log": line(0),
      "c.log": line(0),
    });
    const paths = ["one/app.log", "two", "c.log"].map((name) => join(folder.path, name));
    expect(await namesOf(folder.source({ paths }))).toEqual(["c.log", "one/app.log", "two/app.log"]);
  });

  it("are given once where several paths or links lead to a file", async () => {
    await using folder = await createFolder({ "real/app.log": line(0) });
    await symlink(join(folder.path, "real"), join(folder.path, "zlink"));
    await symlink(folder.path, join(folder.path, "real", "loop"));
    const paths = [folder.path, join(folder.path, "real", "app.log")];
    expect(await namesOf(folder.source({ paths }))).toEqual(["real/app.log"]);
  });

  it("leave out hidden files and folders, and folders of packages", async () => {
    await using folder = await createFolder({
      "app.log": line(0),
      ".git/HEAD.log": line(0),
      ".hidden.log": line(0),
      "node_modules/x/y.log": line(0),
    });
    expect(await namesOf(folder.source())).toEqual(["app.log"]);
    expect(await namesOf(folder.source({ paths: [join(folder.path, "**/*.log")] }))).toEqual(["app.log"]);
  });

  it("come from globs, below the folder in front of the first wildcard", async () => {
    await using folder = await createFolder({ "x/a.log": line(0), "x/y/b.log": line(0), "x/c.txt": line(0) });
    const glob = (pattern: string): LogSource => folder.source({ paths: [join(folder.path, pattern)] });
    expect(await namesOf(glob("x/**/*.log"))).toEqual(["a.log", "y/b.log"]);
    expect(await namesOf(glob("x/*"))).toEqual(["a.log", "c.txt", "y/b.log"]);
    await expect(namesOf(glob("x/*.gz"))).rejects.toMatchObject({ code: "unreadable" });
  });

  it("join rotated siblings, which are read in the order of time", async () => {
    await using folder = await createFolder({
      "app.log": line(50, "newest"),
      "app.log.1": line(40),
      "app.log.2.gz": gzipSync(line(30)),
      "app.log-20251120": line(20),
      "app.log.2025-11-19": line(10),
      "app.3.log": line(0, "oldest"),
      "node.1.log": line(0),
      "node.2.log": line(0),
      "lone.log.7": line(0),
    });
    const source = folder.source();
    expect(await namesOf(source)).toEqual(["app.log", "lone.log.7", "node.1.log", "node.2.log"]);
    const [app] = await list(source, "app");
    expect(app).toMatchObject({ oldestEvent: Date.parse(at(0)), newestEvent: Date.parse(at(50)) });
    expect(app?.streams).toHaveLength(6);
    const { events, seen } = await collect(source, { group: "app.log" });
    expect(events.map(({ timestamp }) => timestamp)).toEqual(
      [0, 10, 20, 30, 40, 50].map((n) => Date.parse(at(n))),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(6);
    expect(seen).toBe(6);
    const { events: one } = await collect(source, { group: "app.log", streamPrefix: "app.log.2." });
    expect(one.map(({ stream }) => stream)).toEqual(["app.log.2.gz"]);
  });

  it("merge streams whose times overlap", async () => {
    const even = [0, 2, 4, 6].map((n) => line(n)).join("");
    const odd = [1, 3, 5, 7].map((n) => line(n)).join("");
    await using folder = await createFolder({ "app.log": even, "app.log.1": odd });
    const { events } = await collect(folder.source(), { group: "app.log" });
    expect(events.map(({ timestamp }) => timestamp)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => Date.parse(at(n))),
    );
  });
});

describe("what cannot be read", () => {
  it("is said of a path that does not exist, with what is near", async () => {
    await using folder = await createFolder({ "server.log": line(0) });
    const failure = await namesOf(folder.source({ paths: [join(folder.path, "sever.log")] })).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ code: "unreadable", hint: expect.stringContaining("server.log") });
    expect(failure.message).toBe(`No such file or folder: ${join(folder.path, "sever.log")}`);
    const [check] = await folder.source({ paths: ["/no/such/place"] }).checkHealth(signal);
    expect(check).toMatchObject({ ok: false });
  });

  it("is left out of a folder where it is binary, and refused where it is named", async () => {
    const binary = Buffer.concat([Buffer.from("\x7fELF"), Buffer.alloc(5000)]);
    const nuls = Buffer.from(Array.from({ length: 4000 }, (_, index) => (index % 2 ? 65 : 0)));
    await using folder = await createFolder({
      "app.log": line(0),
      tool: binary,
      data: nuls,
      "t.tgz": gzipSync(binary),
    });
    expect(await namesOf(folder.source())).toEqual(["app.log"]);
    const named = folder.source({ paths: [join(folder.path, "tool")] });
    expect(await list(named)).toMatchObject([{ name: "tool", remark: "a binary file, not a log" }]);
    await expect(collect(named, { group: "tool" })).rejects.toMatchObject({ code: "unreadable" });
  });

  it("is a remark where a file is empty or tells no times", async () => {
    await using folder = await createFolder({ "empty.log": "", "plain.txt": "one\ntwo\n" });
    expect(await list(folder.source())).toMatchObject([
      { name: "empty.log", remark: "empty", storedBytes: 0 },
      { name: "plain.txt", remark: "its lines tell no times", oldestEvent: undefined },
    ]);
  });

  it("does not keep the other files of a group from being read", async () => {
    await using folder = await createFolder({
      "app.log": line(1),
      "app.log.1": Buffer.from("\x7fELF\0\0\0\0\0\0"),
    });
    const { events, notices } = await collect(folder.source(), { group: "app.log" });
    expect(events).toHaveLength(1);
    expect(notices).toMatchObject([{ kind: "unreadable", text: expect.stringContaining("app.log.1") }]);
  });

  it.skipIf(process.getuid?.() === 0)(
    "names folders and files without permission (root may read them)",
    async () => {
      await using folder = await createFolder({
        "app.log": line(0),
        "closed.log": line(0),
        "shut/x.log": line(0),
      });
      const shut = join(folder.path, "shut");
      execFileSync("chmod", ["000", join(folder.path, "closed.log"), shut]);
      const source = folder.source();
      expect(await list(source)).toMatchObject([
        { name: "app.log" },
        { name: "closed.log", remark: expect.stringContaining("permission denied") },
        { name: "shut/", remark: expect.stringContaining("permission denied") },
      ]);
      await expect(collect(source, { group: "closed.log" })).rejects.toMatchObject({ code: "access-denied" });
      execFileSync("chmod", ["755", shut]);
    },
  );
});

describe("streams that can be read once", () => {
  it("makes standard input a group that can be read again and again", async () => {
    await using folder = await createFolder();
    const stream = Readable.from([line(0, "a"), line(1, "b")]);
    const source = folder.source({ paths: [], stdin: { stream, name: "stdin" }, spoolFolder: folder.path });
    expect(await list(source)).toMatchObject([
      { name: "stdin", storedBytes: 54, oldestEvent: Date.parse(at(0)) },
    ]);
    for (let round = 0; round < 2; round++) {
      const { events } = await collect(source, { group: "stdin" });
      expect(events.map(({ message }) => message.slice(-1))).toEqual(["a", "b"]);
    }
    expect((await createFolderListing(folder.path)).length).toBe(0);
  });

  it("unpacks standard input, and lists it besides files", async () => {
    await using folder = await createFolder({ "app.log": line(0) });
    const stdin = { stream: Readable.from([gzipSync(line(3))]), name: "stdin" };
    const source = folder.source({ stdin });
    expect(await namesOf(source)).toEqual(["app.log", "stdin"]);
    expect((await collect(source, { group: "stdin" })).events).toHaveLength(1);
  });

  it.skipIf(process.platform === "win32")(
    "reads a named pipe that was named directly (Windows has none)",
    async () => {
      await using folder = await createFolder({ "in/app.log": line(4, "through the pipe") });
      const pipe = join(folder.path, "fifo");
      execFileSync("mkfifo", [pipe]);
      const writing = import("node:child_process").then(({ exec }) =>
        exec(`cat '${join(folder.path, "in/app.log")}' > '${pipe}'`),
      );
      const source = folder.source({ paths: [pipe], spoolFolder: folder.path });
      const { events } = await collect(source, { group: "fifo" });
      expect(events).toMatchObject([{ message: `${at(4)} through the pipe` }]);
      await writing;
    },
  );

  it("does not wait for a pipe that lies in a folder", async () => {
    await using folder = await createFolder({ "app.log": line(0) });
    if (process.platform !== "win32") execFileSync("mkfifo", [join(folder.path, "fifo")]);
    await mkdir(join(folder.path, "empty"));
    expect(await namesOf(folder.source())).toEqual(["app.log"]);
  });
});

async function createFolderListing(path: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  return await readdir(path);
}
