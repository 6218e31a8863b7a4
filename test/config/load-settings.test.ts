import { describe, expect, test } from "vitest";
import { loadSettings, type SettingsInput } from "../../src/config/load-settings.ts";
import { Failure } from "../../src/failure.ts";

interface Machine {
  readonly flags?: SettingsInput["flags"];
  readonly env?: SettingsInput["env"];
  readonly files?: Readonly<Record<string, string>>;
}

const CONFIG = "/home/me/.logai/config.yaml";
const DOT_ENV = "/work/.env";

function load({ flags = {}, env = {}, files = {} }: Machine = {}) {
  return loadSettings({ flags, env, cwd: "/work", home: "/home/me", readFile: (path) => files[path] });
}

function failureOf(machine: Machine): Failure {
  try {
    load(machine);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error("The settings loaded without a fault.");
}

describe("precedence", () => {
  const layers: readonly [origin: string, zone: string, machine: Machine][] = [
    [CONFIG, "Asia/Tokyo", { files: { [CONFIG]: "timezone: Asia/Tokyo" } }],
    [".env", "Europe/Paris", { files: { [DOT_ENV]: "LOGAI_TIMEZONE=Europe/Paris" } }],
    ["LOGAI_TIMEZONE", "Europe/Oslo", { env: { LOGAI_TIMEZONE: "Europe/Oslo" } }],
    ["flag --timezone", "+02:00", { flags: { timezone: "+02:00" } }],
  ];

  test("nothing said anywhere gives the default", () => {
    const { settings, origins } = load();
    expect(settings.timezone).toBe("UTC");
    expect(origins.timezone).toBe("default");
  });

  test.each(layers.map((_, index) => index))("layer %i wins over all below it", (top) => {
    const machines = layers.slice(0, top + 1).map(([, , machine]) => machine);
    const merged = Object.assign({}, ...machines, {
      files: Object.assign({}, ...machines.map(({ files }) => files)),
    });
    const { settings, origins } = load(merged);
    const [origin, zone] = layers[top] ?? [];
    expect(settings.timezone).toBe(zone);
    expect(origins.timezone).toBe(origin);
  });

  test("an empty variable counts as not set", () => {
    const { settings } = load({ env: { LOGAI_THEME: "" }, files: { [CONFIG]: "theme: light" } });
    expect(settings.theme).toBe("light");
  });
});

test("all faults come at once, each with its place, what it got and what it takes", () => {
  const failure = failureOf({
    flags: { maxCost: "a lot" },
    env: { LOGAI_TIMEZONE: "Mars/Base", ANTHROPIC_API_KEY: "env:not a name at all" },
    files: {
      [DOT_ENV]: "LOGAI_THEME=pink",
      [CONFIG]: "cache:\n  ttl_hours: soon\n  max_size: 5\n",
    },
  });
  expect(failure.code).toBe("configuration");
  expect(failure.hint).toContain("logai config validate");
  expect(failure.message).toBe(
    [
      "6 settings are wrong:",
      "  cache.max_size (/home/me/.logai/config.yaml:3): no such setting; did you mean 'cache.max_size_mb'?",
      "  ANTHROPIC_API_KEY: got 'env:**** all'; takes an API key of Anthropic, or where to find it: env:NAME, file:/PATH or vault:PATH#KEY",
      "  --max-cost: got 'a lot'; takes a number from 0 to 1000000",
      "  cache.ttl_hours (/home/me/.logai/config.yaml:2): got 'soon'; takes a number from 0.01 to 8760",
      "  LOGAI_THEME (.env): got 'pink'; takes one of dark, light",
      "  LOGAI_TIMEZONE: got 'Mars/Base'; takes an IANA name such as Europe/Berlin, UTC, or an offset such as +02:00",
    ].join("\n"),
  );
});
