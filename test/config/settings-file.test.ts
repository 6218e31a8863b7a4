import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeSettings } from "../../src/config/describe-settings.ts";
import { setInText, writePrivateFile } from "../../src/config/edit-settings.ts";
import { renderInitFile } from "../../src/config/init-file.ts";
import { loadSettings } from "../../src/config/load-settings.ts";
import { findNearName } from "../../src/config/near-name.ts";
import { readTextFile } from "../../src/config/read-file.ts";
import { SETTINGS } from "../../src/config/schema.ts";
import { Failure } from "../../src/failure.ts";

function load(text: string, env: Record<string, string> = {}) {
  const readFile = (path: string) => (path === "/home/me/.logai/config.yaml" ? text : undefined);
  return loadSettings({ flags: {}, env, cwd: "/work", home: "/home/me", readFile });
}

/** Prose has one blank after its #, settings have none or several. */
const uncommented = () => renderInitFile().replace(/^( *)#(?! \S)/gm, "$1");

describe("the table", () => {
  test("each setting has a name, a description and a variable of its own", () => {
    const names = SETTINGS.flatMap(({ key, env }) => (env ? [key, env] : [key]));
    expect(new Set(names).size).toBe(names.length);
    for (const { key, about, env } of SETTINGS) {
      expect(key).toMatch(/^[a-z_]+(?:\.[a-z_]+)?$/);
      expect(about).toMatch(/^[A-Z][^\n]{5,100}[^.]$/);
      if (env) expect(env).toMatch(/^(?:LOGAI|ANTHROPIC)_[A-Z_]+$/);
    }
  });
});

describe("config init", () => {
  test("as it is, the file sets nothing and has no fault", () => {
    const { origins, settings, warnings } = load(renderInitFile());
    expect(new Set(Object.values(origins))).toEqual(new Set(["default"]));
    expect(settings).toEqual(load("").settings);
    expect(warnings).toEqual([]);
  });

  test("with every # taken away it sets everything, and the defaults are the defaults", () => {
    const { settings, origins } = load(uncommented());
    expect(Object.entries(origins).filter(([, origin]) => origin === "default")).toEqual([]);
    const { llm, cache, log, theme, timezone } = load("").settings;
    expect(settings).toMatchObject({
      cache,
      log,
      theme,
      timezone,
      llm: { provider: llm.provider, maxTokens: 4096 },
    });
  });

  test("names every setting and every variable", () => {
    for (const { env, takes } of SETTINGS) {
      if (env) expect(renderInitFile()).toContain(`(${env}).`);
      expect(renderInitFile()).toContain(`# Takes ${takes}.`);
    }
  });
});

describe("config show", () => {
  test("has a row for each setting, with value and origin, and secrets masked", () => {
    const key = "sk-ant-0123456789";
    const rows = describeSettings(
      load("now: 2025-01-31T12:00:00Z\nactive_sources: [local]\naliases: {a: b}", { ANTHROPIC_API_KEY: key }),
    );
    expect(rows.map(({ name }) => name)).toEqual(SETTINGS.map((setting) => setting.key));
    const shown = Object.fromEntries(rows.map(({ name, value, origin }) => [name, [value, origin]]));
    const file = "/home/me/.logai/config.yaml";
    expect(shown).toMatchObject({
      "anthropic.api_key": ["sk-a****6789", "ANTHROPIC_API_KEY"],
      "budget.max_cost": ["", "default"],
      "llm.max_tokens": ["4096", "default"],
      active_sources: ["local", file],
      aliases: ['{"a":"b"}', file],
      data_sources: ["", "default"],
      now: ["2025-01-31T12:00:00.000Z", file],
    });
    expect(JSON.stringify(rows)).not.toContain(key.slice(4, -4));
  });
});

describe("config set", () => {
  test("puts a value above its commented default and leaves all else", () => {
    const before = renderInitFile();
    const after = setInText(setInText(before, "llm.max_tokens", "48"), "LOGAI_THEME", "light");
    const added = after.split("\n").filter((line) => !before.split("\n").includes(line));
    expect(added).toEqual(["  max_tokens: 48", "theme: light"]);
    expect(after.length).toBe(before.length + "  max_tokens: 48\ntheme: light\n".length);
    expect(load(after).settings).toMatchObject({ theme: "light", llm: { maxTokens: 48 } });
  });

  test("changes a value in place, comments kept", () => {
    const before = "# mine\nllm:\n    max_tokens: 3 # short\n    temperature: 0\ntheme: dark\n";
    expect(setInText(before, "llm.max_tokens", "5")).toBe(before.replace("3 #", "5 #"));
    expect(setInText(before, "llm.provider", "offline")).toBe(
      before.replace("    max", "    provider: offline\n    max"),
    );
  });

  test.each([
    ["", "theme: light\n"],
    ["theme: dark", "theme: light"],
    ["{theme: dark}\n", "{theme: light}\n"],
    ["log:\n  level: WARN\n", "log:\n  level: WARN\ntheme: light\n"],
  ])("in %j", (before, after) => {
    expect(setInText(before, "theme", "light")).toBe(after);
  });

  test("loads whatever section or value was there before", () => {
    for (const before of ["llm:", "llm: {}", "llm: {temperature: 0}", "llm:\n# x\ntheme: dark\n"]) {
      expect(load(setInText(before, "llm.max_tokens", "2")).settings.llm.maxTokens).toBe(2);
    }
    const sources = "{a: {type: local, config: {paths: [x]}}}";
    const before = "data_sources:\n  b:\n    type: local\n    config: {paths: [y]}\n\ntheme: light\n";
    const { settings } = load(setInText(before, "data_sources", sources));
    expect(Object.keys(settings.dataSources)).toEqual(["a"]);
    expect(settings.theme).toBe("light");
  });

  test("keeps a secret as the text it is", () => {
    for (const key of ["12345678901", "true", "a: b", "[x]", "#x"]) {
      const text = setInText(renderInitFile(), "anthropic.api_key", key);
      if (!/\s/.test(key)) expect(load(text).settings.anthropic.apiKey?.reveal()).toBe(key);
    }
  });

  test("refuses an unknown key and a text that is no YAML", () => {
    expect(() => setInText("", "llm.max_token", "1")).toThrow("did you mean 'llm.max_tokens'?");
    for (const text of ["a: {", "just text", "- a"])
      expect(() => setInText(text, "theme", "dark")).toThrow(Failure);
  });

  test("writes files for the user only, in one step", () => {
    const folder = mkdtempSync(join(tmpdir(), "logai-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "new", "config.yaml");
    writePrivateFile(path, "theme: dark\n");
    writePrivateFile(path, "theme: light\n");
    expect(readTextFile(path)).toBe("theme: light\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, "new"))).toEqual(["config.yaml"]);
    writeFileSync(join(folder, "file"), "");
    expect(() => writePrivateFile(join(folder, "file", "x"), "")).toThrow(Failure);
    expect(readFileSync(path, "utf8")).toBe("theme: light\n");
  });
});

test("what is no file reads as none", () => {
  expect(readTextFile(join(tmpdir(), "logai-none"))).toBeUndefined();
  expect(readTextFile(tmpdir())).toBeUndefined();
});

describe("near names", () => {
  test("a name is nearest to itself, and one slip away stays near", () => {
    const names = SETTINGS.map(({ key }) => key);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), (name, at) => {
        const index = at % name.length;
        expect(findNearName(name, names)).toBe(name);
        expect(findNearName(name.slice(0, index) + name.slice(index + 1), [name])).toBe(name);
        const swapped =
          name.slice(0, index) + (name[index + 1] ?? "") + (name[index] ?? "") + name.slice(index + 2);
        expect(findNearName(swapped, [name])).toBe(name);
      }),
    );
  });

  test("nothing is near to something else", () => {
    expect(findNearName("kubernetes", ["cache", "theme"])).toBeUndefined();
    expect(findNearName("", ["now"])).toBeUndefined();
  });
});
