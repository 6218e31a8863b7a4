import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../src");

/** Who may import whom: a room may import the rooms of earlier lines and what its own line allows, never a later one. */
const ORDER = [
  ["failure", "make-folder"],
  ["log"],
  ["analysis", "database", "sanitize", "config", "demo"],
  ["cache"],
  ["sources", "models"],
  ["tools"],
  ["agent"],
  ["sessions"],
  ["ui"],
  ["report"],
  ["app"],
  ["commands"],
  ["cli"],
];

/** Only these may touch the process; everything else is given what it needs. */
const EDGE = /^(cli\.ts|ui\/)/;
const PROCESS = /\bprocess\.(env|exit|exitCode|stdout|stderr|stdin|argv|cwd)\b|\bconsole\./;

interface Module {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const modules: readonly Module[] = globSync("**/*.ts", { cwd: ROOT }).map((file) => {
  const text = readFileSync(join(ROOT, file), "utf8");
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g)].map(([, path]) =>
    relative(ROOT, join(ROOT, dirname(file), path ?? "")),
  );
  return { file, text, imports };
});

function roomOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/\.ts$/, "");
}

function rankOf(file: string): number {
  return ORDER.findIndex((rooms) => rooms.includes(roomOf(file)));
}

describe("the house", () => {
  it("has modules, and knows every room", () => {
    expect(modules.length).toBeGreaterThan(50);
    expect(modules.map(({ file }) => file).filter((file) => rankOf(file) < 0)).toEqual([]);
  });

  it("imports only from inner rooms", () => {
    const wrong = modules.flatMap(({ file, imports }) =>
      imports
        .filter((target) => roomOf(target) !== roomOf(file) && rankOf(target) >= rankOf(file))
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has no circles, type imports included", () => {
    const graph = new Map(modules.map(({ file, imports }) => [file, imports]));
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (path.includes(file) || done.has(file)) return;
      for (const target of graph.get(file) ?? []) walk(target, [...path, file]);
      done.add(file);
    };
    for (const { file } of modules) walk(file, []);
    expect(circles).toEqual([]);
  });

  it("keeps the process at the edge", () => {
    const wrong = modules.filter(
      ({ file, text }) => !EDGE.test(file) && PROCESS.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it("reaches language models and their providers only behind the gate", () => {
    const importers = modules.filter(({ text }) =>
      /from "@ai-sdk\/anthropic"|import\("@ai-sdk\/anthropic"\)/.test(text),
    );
    expect(importers.map(({ file }) => file)).toEqual(["models/anthropic.ts"]);
    const users = modules.filter(
      ({ imports }) =>
        imports.includes("models/anthropic.ts") || imports.includes("models/offline/analyst.ts"),
    );
    expect(users.map(({ file }) => file)).toEqual(["models/open-model.ts"]);
  });

  it("makes sanitised text in one place", () => {
    const casts = modules.filter(({ text }) => /as Sanitized\b/.test(text));
    expect(casts.map(({ file }) => file)).toEqual(["sanitize/sanitizer.ts"]);
  });

  it("is two levels deep, in files that can be read", () => {
    expect(modules.map(({ file }) => file).filter((file) => file.split("/").length > 3)).toEqual([]);
    expect(modules.filter(({ text }) => text.split("\n").length > 401).map(({ file }) => file)).toEqual([]);
    expect(
      modules.map(({ file }) => file).filter((file) => /(^|\/)(utils?|helpers?|common)\b/.test(file)),
    ).toEqual([]);
  });
});
