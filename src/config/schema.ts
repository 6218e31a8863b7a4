import { z } from "zod";
import {
  AWS_PROFILE,
  AWS_REGION,
  aliases,
  customPatterns,
  dataSources,
  PROFILE_TAKES,
  REGION_TAKES,
  RULE_NAMES,
} from "./file-sections.ts";
import { LOG_LEVELS } from "./log-level.ts";
import type { Paths } from "./paths.ts";
import {
  instant,
  numberBetween,
  oneOf,
  optional,
  path,
  type SettingType,
  secret,
  someOf,
  text,
  textList,
  timeZone,
  webAddress,
  wholeNumber,
  yesOrNo,
} from "./setting-types.ts";

/** What the command line says about settings; the names are those of the shared flags. */
export interface SettingFlags {
  /** Another settings file. */
  readonly config?: string | undefined;
  readonly source?: string | undefined;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  readonly timezone?: string | undefined;
  readonly model?: string | undefined;
  /** Dollars a question. */
  readonly maxCost?: string | number | undefined;
  /** Dollars for the billed scans of a question. */
  readonly maxScanCost?: string | number | undefined;
  /** Tokens a question. */
  readonly maxTokens?: string | number | undefined;
  readonly offline?: boolean | undefined;
  /** False where the cache is gone round. */
  readonly cache?: boolean | undefined;
  readonly debug?: boolean | undefined;
}

/** Everything about one setting that is not its type. */
interface SettingInfo {
  /** One line, for `config show`, the settings file and the manual. */
  readonly about: string;
  readonly env?: string;
  readonly flag?: { readonly name: string; readonly read: (flags: SettingFlags) => unknown };
  /** The default, as it would stand in the file; nothing where there is none. */
  readonly fallback?: unknown;
  /** A default that is a place on this machine. */
  readonly place?: (paths: Paths) => string;
  /** How it may be written, where the default does not show that. */
  readonly example?: unknown;
  readonly isSecret?: boolean;
  readonly isPath?: boolean;
  /** Milliseconds since the epoch, shown as ISO 8601. */
  readonly isTime?: boolean;
  /** A `.env` that came with somebody's folder changes where log data goes: the user is told. */
  readonly isGuarded?: boolean;
}

const PROVIDERS = ["anthropic", "offline"] as const;
const THEMES = ["dark", "light"] as const;

const settingInfos = z.registry<SettingInfo & { readonly takes: string }>();

function setting<Schema extends z.ZodType>(type: SettingType<Schema>, info: SettingInfo): Schema {
  settingInfos.add(type.schema, { ...info, takes: type.takes });
  return type.schema;
}

/** The one table of settings. The file's keys are these names in snake_case. */
export const settingsSchema = z.strictObject({
  llm: z.strictObject({
    provider: setting(oneOf(PROVIDERS), {
      about: "Who answers; offline is built-in rules that need no key and no network",
      env: "LOGAI_LLM_PROVIDER",
      flag: { name: "--offline", read: ({ offline }) => (offline ? "offline" : undefined) },
      fallback: "anthropic",
    }),
    baseUrl: setting(optional(webAddress()), {
      about: "Another address for the model's service, such as a proxy",
      env: "LOGAI_LLM_BASE_URL",
      example: "https://llm-proxy.example.com/v1",
      isGuarded: true,
    }),
    maxTokens: setting(wholeNumber(1, 200_000), {
      about: "Longest answer of one call of the model, in tokens",
      env: "LOGAI_LLM_MAX_TOKENS",
      fallback: 4096,
    }),
    temperature: setting(numberBetween(0, 1), {
      about: "Randomness of the model; left out for models that refuse it",
      env: "LOGAI_LLM_TEMPERATURE",
      fallback: 0.1,
    }),
  }),
  anthropic: z.strictObject({
    apiKey: setting(optional(secret("an API key of Anthropic")), {
      about: "API key; better a reference than the key itself",
      env: "ANTHROPIC_API_KEY",
      example: "env:MY_ANTHROPIC_KEY",
      isSecret: true,
    }),
    model: setting(text("the id of a model", /^[\w.:@/[\]-]{1,200}$/), {
      about: "Model of Anthropic",
      env: "ANTHROPIC_MODEL",
      flag: { name: "--model", read: ({ model }) => model },
      fallback: "claude-sonnet-5-5",
    }),
  }),
  budget: z.strictObject({
    maxRounds: setting(wholeNumber(1, 100), {
      about: "Rounds of tool calls that one question may take",
      env: "LOGAI_MAX_ROUNDS",
      fallback: 10,
    }),
    maxTokens: setting(optional(wholeNumber(1, 1_000_000_000)), {
      about: "Tokens that one question may use; no limit where it is not set",
      env: "LOGAI_MAX_TOKENS",
      flag: { name: "--max-tokens", read: ({ maxTokens }) => maxTokens },
      example: 200_000,
    }),
    maxCost: setting(optional(numberBetween(0, 1_000_000)), {
      about: "Dollars that one question may cost; no limit where it is not set",
      env: "LOGAI_MAX_COST",
      flag: { name: "--max-cost", read: ({ maxCost }) => maxCost },
      example: 0.5,
    }),
    maxScanCost: setting(numberBetween(0, 1_000_000), {
      about:
        "Dollars that the billed scans of one question may come to; above it you are asked, or the scan refused",
      env: "LOGAI_MAX_SCAN_COST",
      flag: { name: "--max-scan-cost", read: ({ maxScanCost }) => maxScanCost },
      fallback: 0.25,
    }),
    maxSeconds: setting(optional(wholeNumber(1, 86_400)), {
      about: "Seconds that one question may take; no limit where it is not set",
      env: "LOGAI_MAX_SECONDS",
      example: 300,
    }),
  }),
  dataSources: setting(dataSources(), {
    about: "Where logs are; relative paths are relative to this file",
    fallback: {},
    example: { shop: { type: "local", enabled: true, config: { paths: ["/var/log/shop"] } } },
  }),
  activeSources: setting(textList("names of data_sources, separated by commas"), {
    about: "The data sources that questions are about; all that are enabled where it is not set",
    env: "LOGAI_SOURCE",
    flag: { name: "--source", read: ({ source }) => source },
    fallback: [],
    example: ["shop"],
  }),
  cloudwatch: z.strictObject({
    region: setting(optional(text(REGION_TAKES, AWS_REGION)), {
      about: "Region, where the data source names none; else what AWS_REGION or the profile says",
      flag: { name: "--region", read: ({ region }) => region },
      example: "eu-central-1",
    }),
    profile: setting(optional(text(PROFILE_TAKES, AWS_PROFILE)), {
      about: "Profile, where the data source names none; else what AWS_PROFILE says",
      flag: { name: "--profile", read: ({ profile }) => profile },
      example: "prod-readonly",
    }),
    defaultLimit: setting(wholeNumber(1, 1_000_000), {
      about: "Newest events of CloudWatch that logai logs prints where --limit does not say",
      env: "LOGAI_CLOUDWATCH_DEFAULT_LIMIT",
      fallback: 100,
    }),
    maxResults: setting(wholeNumber(1, 1_000_000), {
      about: "Most events of CloudWatch that --limit may ask for; --all prints every one",
      env: "LOGAI_CLOUDWATCH_MAX_RESULTS",
      fallback: 10_000,
    }),
    ingestionDelayMinutes: setting(wholeNumber(0, 1440), {
      about: "Minutes that an event may take to be found; what is younger is read again after a minute",
      env: "LOGAI_CLOUDWATCH_INGESTION_DELAY_MINUTES",
      fallback: 5,
    }),
  }),
  aliases: setting(aliases(), {
    about: "Short names of log groups",
    fallback: {},
    example: { auth: "services/auth-prod.log" },
  }),
  cache: z.strictObject({
    enabled: setting(yesOrNo(), {
      about: "Keep what was read of a cloud on this machine, and read only what is missing",
      env: "LOGAI_CACHE_ENABLED",
      flag: { name: "--no-cache", read: ({ cache }) => (cache === false ? false : undefined) },
      fallback: true,
    }),
    dir: setting(path("a folder"), {
      about: "Folder for what can be made again: the cache (cache.db) and the demo",
      env: "LOGAI_CACHE_DIR",
      place: ({ cacheFolder }) => cacheFolder,
      isPath: true,
      isGuarded: true,
    }),
    maxSizeMb: setting(wholeNumber(1, 1_000_000), {
      about: "Most that the cache may take of the disk, in MB (1,000,000 bytes)",
      env: "LOGAI_CACHE_MAX_SIZE_MB",
      fallback: 500,
    }),
    maxEntries: setting(wholeNumber(1, 10_000_000), {
      about: "Most entries of the cache; an entry is up to about 1 MB of log text, or one result",
      env: "LOGAI_CACHE_MAX_ENTRIES",
      fallback: 10_000,
    }),
    ttlHours: setting(numberBetween(0, 100_000), {
      about: "Hours after which events are read anew, in case some came late",
      env: "LOGAI_CACHE_TTL_HOURS",
      fallback: 24,
    }),
  }),
  sessions: z.strictObject({
    enabled: setting(yesOrNo(), {
      about: "Keep questions with what was found, so that they can be gone on with; without credentials",
      env: "LOGAI_SESSIONS_ENABLED",
      fallback: true,
    }),
    keepDays: setting(wholeNumber(0, 36_500), {
      about: "Days that a session is kept after its last question; 0 keeps all",
      env: "LOGAI_SESSIONS_KEEP_DAYS",
      fallback: 90,
      isGuarded: true,
    }),
  }),
  sanitization: z.strictObject({
    enabled: setting(yesOrNo(), {
      about: "Redact personal data and credentials before anything goes to a model",
      env: "LOGAI_SANITIZATION_ENABLED",
      fallback: true,
      isGuarded: true,
    }),
    mode: setting(oneOf(["redact"]), {
      about: "What takes the place of a finding; redact puts a fixed tag",
      env: "LOGAI_SANITIZATION_MODE",
      fallback: "redact",
    }),
    disabledPatterns: setting(someOf(RULE_NAMES), {
      about: "Built-in patterns that are switched off",
      env: "LOGAI_SANITIZATION_DISABLED_PATTERNS",
      fallback: [],
      example: ["ipv4", "ipv6"],
      isGuarded: true,
    }),
    customPatterns: setting(customPatterns(), {
      about: "Patterns of your own; each is matched everywhere, with the flags g and u",
      fallback: [],
      example: [{ name: "order_number", pattern: "\\bORD-\\d{8}\\b", replacement: "[ORDER_REDACTED]" }],
    }),
    logRedactions: setting(yesOrNo(), {
      about: "Write the counts of redactions (never the text) to the log of the program",
      env: "LOGAI_SANITIZATION_LOG_REDACTIONS",
      fallback: true,
    }),
    showSummary: setting(yesOrNo(), {
      about: "Show how many items were redacted",
      env: "LOGAI_SANITIZATION_SHOW_SUMMARY",
      fallback: true,
    }),
  }),
  log: z.strictObject({
    level: setting(oneOf(LOG_LEVELS), {
      about: "Least level that the log of the program keeps",
      env: "LOGAI_LOG_LEVEL",
      fallback: "INFO",
    }),
    file: setting(path("a file"), {
      about: "The log of the program, one JSON object a line",
      env: "LOGAI_LOG_FILE",
      place: ({ logFile }) => logFile,
      isPath: true,
    }),
  }),
  theme: setting(oneOf(THEMES), { about: "Colours of the chat", env: "LOGAI_THEME", fallback: "dark" }),
  timezone: setting(timeZone(), {
    about: "Zone in which times are read and shown",
    env: "LOGAI_TIMEZONE",
    flag: { name: "--timezone", read: ({ timezone }) => timezone },
    fallback: "UTC",
  }),
  debug: setting(yesOrNo(), {
    about: "Show the log of the program on stderr, everything included",
    env: "LOGAI_DEBUG",
    flag: { name: "--debug", read: ({ debug }) => (debug ? true : undefined) },
    fallback: false,
  }),
  now: setting(optional(instant()), {
    about: "Time to take for now, which makes a run repeatable; the clock where it is not set",
    env: "LOGAI_NOW",
    example: "2025-01-31T12:00:00Z",
    isTime: true,
  }),
});

type DeepReadonly<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

export type Settings = DeepReadonly<z.output<typeof settingsSchema>>;

/** One row of the table. */
export interface Setting extends SettingInfo {
  /** Names in `Settings`, outermost first. */
  readonly path: readonly string[];
  /** Its name in the file: `llm.max_tokens`. */
  readonly key: string;
  /** Completes the sentence "it takes ...". */
  readonly takes: string;
}

/** All settings, in the order of the table. */
export const SETTINGS: readonly Setting[] = listSettings(settingsSchema, []);

function listSettings(schema: z.ZodObject, above: readonly string[]): Setting[] {
  return Object.entries(schema.shape).flatMap(([name, child]) => {
    const path = [...above, name];
    if (child instanceof z.ZodObject) return listSettings(child, path);
    const info = child instanceof z.ZodType ? settingInfos.get(child) : undefined;
    if (!info) throw new Error(`The table of settings says nothing about ${path.join(".")}.`);
    return [{ ...info, path, key: path.map(toFileName).join(".") }];
  });
}

/** `maxTokens` is `max_tokens` in the file. */
function toFileName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
