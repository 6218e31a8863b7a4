import { inspect } from "node:util";
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
      [CONFIG]: "llm:\n  max_tokens: soon\n  max_token: 5\n",
    },
  });
  expect(failure.code).toBe("configuration");
  expect(failure.hint).toContain("logai config validate");
  expect(failure.message).toBe(
    [
      "6 settings are wrong:",
      "  llm.max_token (/home/me/.logai/config.yaml:3): no such setting; did you mean 'llm.max_tokens'?",
      "  llm.max_tokens (/home/me/.logai/config.yaml:2): got 'soon'; takes a whole number from 1 to 200000",
      "  ANTHROPIC_API_KEY: got 'env:**** all'; takes an API key of Anthropic, or where to find it: env:NAME, file:/PATH or vault:PATH#KEY",
      "  --max-cost: got 'a lot'; takes a number from 0 to 1000000",
      "  LOGAI_THEME (.env): got 'pink'; takes one of dark, light",
      "  LOGAI_TIMEZONE: got 'Mars/Base'; takes an IANA name such as Europe/Berlin, UTC, or an offset such as +02:00",
    ].join("\n"),
  );
});

describe("secrets", () => {
  const KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz";
  const BODY = KEY.slice(4, -4);

  test("a key shows itself masked wherever it is turned into text", () => {
    const { settings } = load({ env: { ANTHROPIC_API_KEY: KEY } });
    const shown = [JSON.stringify(settings), inspect(settings, { depth: 9 }), `${settings.anthropic.apiKey}`];
    for (const text of shown) {
      expect(text).toContain("sk-a****wxyz");
      expect(text).not.toContain(BODY);
    }
    expect(settings.anthropic.apiKey?.reveal()).toBe(KEY);
  });

  test.each([
    ["a wrong secret", { env: { ANTHROPIC_API_KEY: `${KEY} ${KEY}` } }],
    ["a reference that is a key", { env: { ANTHROPIC_API_KEY: `env:${KEY}` } }],
    ["a key in another variable", { env: { LOGAI_TIMEZONE: KEY } }],
    ["a key in the wrong place of the file", { files: { [CONFIG]: `theme: ${KEY}` } }],
    ["a key that is a list", { files: { [CONFIG]: `anthropic:\n  api_key: [${KEY}]` } }],
    ["a key as an unknown key's value", { files: { [CONFIG]: `anthropic:\n  key: ${KEY}` } }],
    ["a key in a YAML error", { files: { [CONFIG]: `anthropic:\n  api_key: "${KEY}" "${KEY}"` } }],
    ["a key in a bad anchor", { files: { [CONFIG]: `anthropic:\n  api_key: *${KEY}` } }],
    ["a key in a TOML error", { flags: { config: "x.toml" }, files: { "/work/x.toml": `api_key = ${KEY}` } }],
    ["a password in a URL", { env: { LOGAI_LLM_BASE_URL: `https://me:${KEY}@proxy.example` } }],
  ])("no fault shows it: %s", (_, machine) => {
    const failure = failureOf(machine);
    expect(failure.message).not.toContain(BODY);
    expect(`${failure.message}${failure.hint}`).not.toContain(KEY.slice(8, 20));
  });

  test("no warning shows the value of an unknown variable", () => {
    const { warnings } = load({ env: { LOGAI_API_KEY: KEY } });
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain(BODY);
  });

  test("a .env does not send a key of another layer to an address of its own", () => {
    const files = { [DOT_ENV]: "LOGAI_LLM_BASE_URL=https://collector.example" };
    const failure = failureOf({ env: { ANTHROPIC_API_KEY: KEY }, files });
    expect(failure.message).toContain(
      "LOGAI_LLM_BASE_URL (.env): got 'https://collector.example'; takes only",
    );
  });

  test("a .env does not send a file or a variable of the user to an address of its own", () => {
    for (const reference of ["file:~/.ssh/id_ed25519", "env:AWS_SECRET_ACCESS_KEY"]) {
      const dotEnv = `ANTHROPIC_API_KEY=${reference}\nLOGAI_LLM_BASE_URL=https://collector.example`;
      expect(failureOf({ files: { [DOT_ENV]: dotEnv } }).message).toContain("LOGAI_LLM_BASE_URL (.env): got");
    }
  });

  test("a .env may name this machine, or bring its own key; the user is told either way", () => {
    const proxy = { [DOT_ENV]: "LOGAI_LLM_BASE_URL=http://127.0.0.1:4000" };
    const own = { [DOT_ENV]: `ANTHROPIC_API_KEY=${KEY}\nLOGAI_LLM_BASE_URL=https://proxy.example` };
    for (const machine of [{ env: { ANTHROPIC_API_KEY: KEY }, files: proxy }, { files: own }]) {
      expect(load(machine).warnings).toEqual([expect.stringContaining("sets LOGAI_LLM_BASE_URL")]);
    }
  });

  test("a .env does not choose the Vault", () => {
    const { environment } = load({
      env: { VAULT_TOKEN: "t" },
      files: { [DOT_ENV]: "VAULT_ADDR=https://collector.example\nMY_KEY=k" },
    });
    expect(environment).toEqual({ VAULT_TOKEN: "t", MY_KEY: "k" });
  });
});

describe("the file", () => {
  test("is read as TOML too", () => {
    const toml = "/home/me/.logai/config.toml";
    const { settings, origins, paths } = load({
      files: { [toml]: 'theme = "light"\nnow = 2025-01-31T12:00:00Z\n[budget]\nmax_cost = 0.5\n' },
    });
    expect(settings.theme).toBe("light");
    expect(settings.budget.maxCost).toBe(0.5);
    expect(settings.now).toBe(Date.UTC(2025, 0, 31, 12));
    expect(origins.theme).toBe(toml);
    expect(paths.configFile).toBe(toml);
  });

  test("two of them are a fault", () => {
    const files = { [CONFIG]: "theme: dark", "/home/me/.logai/config.toml": "" };
    expect(failureOf({ files }).message).toBe(
      "1 setting is wrong:\n  /home/me/.logai/config.yaml and /home/me/.logai/config.toml: there may be only one settings file",
    );
  });

  test("another one is named by --config or LOGAI_CONFIG, and must be there", () => {
    const files = {
      "/work/a.yaml": "theme: light",
      "/home/me/b.yml": "theme: light",
      [CONFIG]: "theme: wrong",
    };
    expect(load({ flags: { config: "a.yaml" }, files }).paths.configFile).toBe("/work/a.yaml");
    expect(load({ env: { LOGAI_CONFIG: "~/b.yml" }, files }).paths.configFile).toBe("/home/me/b.yml");
    expect(failureOf({ flags: { config: "c.yaml" }, files }).message).toContain(
      "flag --config: got 'c.yaml'",
    );
  });

  test("says where it is not YAML or not TOML", () => {
    expect(failureOf({ files: { [CONFIG]: "theme: dark\nlog: {level" } }).message).toMatch(
      /config\.yaml: is not YAML: line 2, column \d+ \(/,
    );
    expect(failureOf({ files: { "/home/me/.logai/config.toml": "theme dark" } }).message).toContain(
      "config.toml: is not TOML: line 1, column 7",
    );
  });

  test("a section without settings counts as empty; one that is a value is a fault", () => {
    expect(load({ files: { [CONFIG]: "cache:\nlog: {}\n" } }).settings.log.level).toBe("INFO");
    expect(failureOf({ files: { [CONFIG]: "log: yes" } }).message).toContain(
      "log (/home/me/.logai/config.yaml:1): got 'yes'; takes a section with level, file",
    );
    expect(failureOf({ files: { [CONFIG]: "- theme" } }).message).toContain("got a list; takes sections");
  });

  test.each([
    ["cahce: {}", "cahce", "cache"],
    ["llm: {max_token: 1}", "llm.max_token", "llm.max_tokens"],
    ["llm: {model: x}", "llm.model", "anthropic.model"],
    [
      "data_sources: {a: {type: local, enabeld: true, config: {paths: [x]}}}",
      "data_sources.a.enabeld",
      "data_sources.a.enabled",
    ],
  ])("an unknown key gets the near name: %s", (text, key, meant) => {
    expect(failureOf({ files: { [CONFIG]: text } }).message).toBe(
      `1 setting is wrong:\n  ${key} (${CONFIG}:1): no such setting; did you mean '${meant}'?`,
    );
  });

  test("keys of the prototype are unknown keys like others", () => {
    const message = failureOf({
      files: { [CONFIG]: "__proto__: {a: 1}\nconstructor: 1\ncache: {toString: 1}" },
    }).message;
    expect(message).toContain("3 settings are wrong:");
  });

  test("an unreadable file is a fault, an unreadable .env a warning", () => {
    const machine = (denied: string) => ({
      flags: {},
      env: {},
      cwd: "/work",
      home: "/home/me",
      readFile: (path: string) => {
        if (path === denied) throw new Error("EACCES: permission denied");
        return undefined;
      },
    });
    expect(() => loadSettings(machine(CONFIG))).toThrow(
      `${CONFIG}: cannot be read (EACCES: permission denied)`,
    );
    expect(loadSettings(machine(DOT_ENV)).warnings).toEqual([
      ".env cannot be read (EACCES: permission denied); it is left out.",
    ]);
  });
});

describe("data sources", () => {
  const SOURCES =
    "data_sources:\n  shop: {type: local, config: {paths: [logs, ~/a, /b]}}\n  old: {type: local, enabled: false, config: {paths: [x]}}\n";

  test("paths are relative to the file, ~ is home", () => {
    const { settings } = load({ files: { [CONFIG]: `${SOURCES}active_sources: [shop]` } });
    expect(settings.activeSources).toEqual(["shop"]);
    expect(settings.dataSources.shop).toEqual({
      type: "local",
      enabled: true,
      config: { paths: ["/home/me/.logai/logs", "/home/me/a", "/b"] },
    });
  });

  test("an active source must be there and enabled; local always is there", () => {
    const files = { [CONFIG]: SOURCES };
    expect(load({ flags: { source: "local" }, files }).settings.activeSources).toEqual(["local"]);
    expect(failureOf({ flags: { source: "shpo,old" }, files }).message).toBe(
      [
        "2 settings are wrong:",
        "  --source: got 'shpo'; takes names of data_sources; did you mean 'shop'?",
        "  --source: got 'old'; takes data sources that are enabled; this one is not",
      ].join("\n"),
    );
  });

  test("faults deep in the file have a line", () => {
    const text =
      "data_sources:\n  a b:\n    type: local\n    config: {paths: [x]}\n  c:\n    type: loki\n    config:\n      paths: [x]\n  d: {type: local, config: {paths: [1]}}\n  e: {type: cloudwatch, config: {regions: [Frankfurt]}}\n";
    expect(
      failureOf({ files: { [CONFIG]: text } })
        .message.split("\n")
        .slice(1),
    ).toEqual([
      `  data_sources.a b (${CONFIG}:2): got 'a b'; takes as a name letters, digits, '-' and '_'`,
      `  data_sources.c.type (${CONFIG}:6): got 'loki'; takes one of local, cloudwatch`,
      `  data_sources.d.config.paths.0 (${CONFIG}:9): got 1; takes a path`,
      `  data_sources.e.config.regions.0 (${CONFIG}:10): got 'Frankfurt'; takes the name of an AWS region, such as eu-central-1`,
    ]);
  });
});

describe("sanitising patterns", () => {
  const custom = (pattern: string, name = "order") =>
    `sanitization:\n  custom_patterns:\n    - {name: ${name}, pattern: '${pattern}', replacement: '[X]'}\n`;

  test("a pattern of the user's own is taken", () => {
    const { settings } = load({ files: { [CONFIG]: custom("ORD-\\d{8}") } });
    expect(settings.sanitization.customPatterns).toEqual([
      { name: "order", pattern: "ORD-\\d{8}", replacement: "[X]" },
    ]);
  });

  test.each([
    ["(", "order", "this one does not compile"],
    ["a*", "order", "this one matches the empty text"],
    ["abc", "email", "a name that no other pattern has"],
  ])("a bad one is not: %s %s", (pattern, name, reason) => {
    expect(failureOf({ files: { [CONFIG]: custom(pattern, name) } }).message).toContain(reason);
  });

  test("patterns are switched off by a list in either form", () => {
    const inFile = load({ files: { [CONFIG]: "sanitization: {disabled_patterns: [ipv4, Email]}" } });
    const inEnv = load({ env: { LOGAI_SANITIZATION_DISABLED_PATTERNS: "ipv4, email" } });
    expect(inFile.settings.sanitization.disabledPatterns).toEqual(["ipv4", "email"]);
    expect(inEnv.settings.sanitization.disabledPatterns).toEqual(["ipv4", "email"]);
    expect(failureOf({ env: { LOGAI_SANITIZATION_DISABLED_PATTERNS: "emial" } }).message).toContain(
      "got 'emial'",
    );
  });

  test("sanitising that is off is a warning, except where nothing is sent", () => {
    const off = { LOGAI_SANITIZATION_ENABLED: "false" };
    expect(load({ env: off }).warnings).toEqual([
      "Sanitization is off (LOGAI_SANITIZATION_ENABLED): log data is sent to the model unsanitized.",
    ]);
    expect(load({ env: off, flags: { offline: true } }).warnings).toEqual([]);
  });
});

describe("values", () => {
  test.each([
    ["LOGAI_SANITIZATION_SHOW_SUMMARY", "Off", { sanitization: { showSummary: false } }],
    ["LOGAI_LOG_LEVEL", "debug", { log: { level: "DEBUG" } }],
    ["LOGAI_LLM_TEMPERATURE", "0", { llm: { temperature: 0 } }],
    ["LOGAI_NOW", "2025-01-31T13:00:00+01:00", { now: Date.UTC(2025, 0, 31, 12) }],
    ["LOGAI_NOW", "2025-01-31T12:00:00", { now: Date.UTC(2025, 0, 31, 12) }],
    ["LOGAI_LOG_FILE", "app.log", { log: { file: "/work/app.log" } }],
    ["LOGAI_CACHE_DIR", "~/c", { cache: { dir: "/home/me/c" } }],
    ["LOGAI_CACHE_ENABLED", "no", { cache: { enabled: false } }],
    ["LOGAI_CACHE_MAX_SIZE_MB", "50", { cache: { maxSizeMb: 50 } }],
    ["LOGAI_CACHE_MAX_ENTRIES", "7", { cache: { maxEntries: 7 } }],
    ["LOGAI_CACHE_TTL_HOURS", "0.5", { cache: { ttlHours: 0.5 } }],
    ["LOGAI_CLOUDWATCH_INGESTION_DELAY_MINUTES", "0", { cloudwatch: { ingestionDelayMinutes: 0 } }],
  ])("%s=%s", (name, value, expected) => {
    expect(load({ env: { [name]: value } }).settings).toMatchObject(expected);
  });

  test.each([
    ["LOGAI_SANITIZATION_SHOW_SUMMARY", "perhaps"],
    ["LOGAI_MAX_ROUNDS", "0"],
    ["LOGAI_MAX_ROUNDS", "1e3"],
    ["LOGAI_MAX_ROUNDS", "1.5"],
    ["LOGAI_MAX_COST", "-1"],
    ["LOGAI_CACHE_ENABLED", "sometimes"],
    ["LOGAI_CACHE_MAX_SIZE_MB", "0"],
    ["LOGAI_CACHE_MAX_ENTRIES", "0"],
    ["LOGAI_CACHE_TTL_HOURS", "-1"],
    ["LOGAI_CLOUDWATCH_INGESTION_DELAY_MINUTES", "1441"],
    ["LOGAI_MAX_COST", "NaN"],
    ["LOGAI_NOW", "yesterday"],
    ["LOGAI_LLM_BASE_URL", "file:///etc/passwd"],
    ["LOGAI_LLM_PROVIDER", "skynet"],
    ["ANTHROPIC_MODEL", "a\u001b[2Jb"],
  ])("%s does not take %s", (name, value) => {
    const { message } = failureOf({ env: { [name]: value } });
    expect(message).toContain(`1 setting is wrong:\n  ${name}: got '`);
    expect(message).not.toContain("\u001b");
  });

  test("flags that only switch do so in one direction", () => {
    expect(load({ flags: { debug: false }, env: { LOGAI_DEBUG: "yes" } }).settings.debug).toBe(true);
    expect(load({ flags: { offline: false } }).settings.llm.provider).toBe("anthropic");
    expect(load({ flags: { offline: true } }).origins["llm.provider"]).toBe("flag --offline");
    expect(load({ flags: { cache: true }, env: { LOGAI_CACHE_ENABLED: "0" } }).settings.cache.enabled).toBe(
      false,
    );
    expect(load({ flags: { cache: false } }).origins["cache.enabled"]).toBe("flag --no-cache");
  });

  test("the cache has the limits that the manual gives", () => {
    const { cache, cloudwatch } = load().settings;
    expect(cache).toEqual({
      enabled: true,
      dir: "/home/me/.logai/cache",
      maxSizeMb: 500,
      maxEntries: 10_000,
      ttlHours: 24,
    });
    expect(cloudwatch.ingestionDelayMinutes).toBe(5);
  });

  test("a .env that moves the cache is told", () => {
    const { warnings } = load({ files: { [DOT_ENV]: "LOGAI_CACHE_DIR=here" } });
    expect(warnings).toEqual([expect.stringContaining("sets LOGAI_CACHE_DIR")]);
  });

  test("a misspelt variable is a warning with the near name", () => {
    const { warnings } = load({
      env: { LOGAI_TIMEZON: "UTC" },
      files: { [DOT_ENV]: "LOGAI_CONFIG=x\nLOGAI_THEM=x" },
    });
    expect(warnings).toEqual([
      "LOGAI_TIMEZON is not a setting and is ignored; did you mean 'LOGAI_TIMEZONE'?",
      expect.stringMatching(/^LOGAI_CONFIG in \.env is not a setting and is ignored/),
      "LOGAI_THEM in .env is not a setting and is ignored; did you mean 'LOGAI_THEME'?",
    ]);
  });

  test(".env has quotes, comments, export, and no interpolation", () => {
    const lines = [
      "\ufeff# mine",
      "export LOGAI_THEME='light' # why",
      'ANTHROPIC_API_KEY="a#b$HOME"',
      "",
      "nonsense",
    ];
    const { settings } = load({ files: { [DOT_ENV]: lines.join("\r\n") } });
    expect(settings.theme).toBe("light");
    expect(settings.anthropic.apiKey?.reveal()).toBe("a#b$HOME");
  });
});

describe("folders", () => {
  test("are below ~/.logai", () => {
    const { settings, paths } = load();
    expect(paths).toMatchObject({ configFolder: "/home/me/.logai", stateFolder: "/home/me/.logai" });
    expect(settings.cache.dir).toBe("/home/me/.logai/cache");
    expect(settings.log.file).toBe("/home/me/.logai/logs/app.log");
  });

  test("are XDG's, each where its variable is set to an absolute path", () => {
    const env = { XDG_CONFIG_HOME: "/x/config", XDG_CACHE_HOME: "/x/cache", XDG_STATE_HOME: "relative" };
    const { settings, paths } = load({ env, files: { "/x/config/logai/config.yaml": "theme: light" } });
    expect(settings.theme).toBe("light");
    expect(settings.cache.dir).toBe("/x/cache/logai");
    expect(settings.log.file).toBe("/home/me/.logai/logs/app.log");
    expect(paths.configFile).toBe("/x/config/logai/config.yaml");
    expect(load({ env: { XDG_STATE_HOME: "/x/state" } }).settings.log.file).toBe(
      "/x/state/logai/logs/app.log",
    );
  });

  test("a file that XDG leaves unread is a warning", () => {
    const { settings, warnings } = load({
      env: { XDG_CONFIG_HOME: "/x" },
      files: { [CONFIG]: "theme: light" },
    });
    expect(settings.theme).toBe("dark");
    expect(warnings).toEqual([`${CONFIG} is not read, as XDG_CONFIG_HOME is set; move it to /x/logai.`]);
  });
});
