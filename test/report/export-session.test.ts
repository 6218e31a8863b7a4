import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { CommandContext } from "../../src/commands/command.ts";
import { type ExportOptions, exportSession } from "../../src/commands/export-session.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { makeSession } from "./hostile-session.ts";

const root = mkdtempSync(join(tmpdir(), "logai-export-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(root, "run-"));
});

const session = {
  ...makeSession(() => "mail of ann@example.com", "It was ann@example.com [e1]."),
  id: "k7m2q",
};

interface Ran {
  readonly stdout: string;
  readonly notes: string;
}

async function run(
  file: string | undefined,
  options: Partial<ExportOptions> = {},
  { isTerminal = false, format = "text" } = {},
): Promise<Ran> {
  const ran = { stdout: "", notes: "" };
  const screen = {
    isTerminal,
    raw: async (text: string) => {
      ran.stdout += text;
    },
    note: (text: string) => {
      ran.notes += `${text}\n`;
    },
  };
  const app = { sanitizer: async () => createSanitizer(), now: () => Date.UTC(2026, 2, 13) };
  // All that an export uses of it.
  const context = { screen, cwd, shared: { format }, openApp: async () => app } as unknown as CommandContext;
  const code = await exportSession(context, session, file, {
    as: undefined,
    redact: true,
    force: false,
    ...options,
  });
  expect(code).toBe(0);
  return ran;
}

const read = (name: string) => readFileSync(join(cwd, name), "utf8");

describe("an export", () => {
  it("takes the form that the file's ending names", async () => {
    await run("a.html");
    await run("a.md");
    await run("a.json");
    expect(read("a.html")).toMatch(/^<!doctype html>/);
    expect(read("a.md")).toMatch(/^# /);
    expect(JSON.parse(read("a.json"))).toMatchObject({ format: "logai-session", version: 1 });
  });

  it("takes the form that --as names, whatever the ending", async () => {
    await run("a.txt", { as: "html" });
    expect(read("a.txt")).toMatch(/^<!doctype html>/);
    await run("b.html", { as: "JSON" });
    expect(JSON.parse(read("b.html")).version).toBe(1);
  });

  it("is Markdown on stdout without a file, JSON with --json", async () => {
    expect((await run(undefined)).stdout).toMatch(/^# /);
    expect((await run("-", { as: "html" })).stdout).toMatch(/^<!doctype html>/);
    expect(JSON.parse((await run(undefined, {}, { format: "json" })).stdout).version).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    ["a.txt", {}, /does not say what to write/],
    ["a", {}, /does not say what to write/],
    ["a.constructor", {}, /does not say what to write/],
    ["a.html", { as: "pdf" }, /--as takes html, markdown or json, not 'pdf'/],
    ["a.html", { as: "toString" }, /--as takes/],
  ])("of %s with %j is refused", async (file, options, message) => {
    await expect(run(file, options)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(message),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("as a page is nothing for a terminal", async () => {
    await expect(run(undefined, { as: "html" }, { isTerminal: true })).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining("report.html"),
    });
  });

  it("leaves a file that is there as it is, unless --force is given", async () => {
    writeFileSync(join(cwd, "a.md"), "mine");
    await expect(run("a.md")).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining("--force"),
    });
    expect(read("a.md")).toBe("mine");
    await run("a.md", { force: true });
    expect(read("a.md")).toMatch(/^# /);
    expect(readdirSync(cwd)).toEqual(["a.md"]);
  });

  it("takes no folder for a file, and tells a folder that is not there", async () => {
    mkdirSync(join(cwd, "a.md"));
    for (const force of [false, true])
      await expect(run("a.md", { force })).rejects.toMatchObject({
        message: expect.stringContaining("is a folder"),
      });
    await expect(run("none/a.md")).rejects.toMatchObject({ code: "disk" });
    expect(existsSync(join(cwd, "none"))).toBe(false);
    expect(readdirSync(cwd)).toEqual(["a.md"]);
  });

  it("can be read by its owner alone", async () => {
    await run("a.html");
    expect(statSync(join(cwd, "a.html")).mode & 0o777).toBe(0o600);
  });

  it.each(["a.html", "a.md", "a.json"])("to %s is redacted unless told, and says which", async (file) => {
    const { notes } = await run(file);
    expect(notes).toMatch(/personal data in it is redacted/);
    expect(read(file)).not.toContain("ann@example.com");
    expect(read(file)).toContain("[EMAIL_REDACTED]".slice(1, -1));
    const told = await run(file, { redact: false, force: true });
    expect(told.notes).toMatch(/holds personal data/);
    expect(read(file)).toContain("ann@example.com");
    expect(read(file)).toMatch(/NOT redacted|"redacted": false/);
  });
});
