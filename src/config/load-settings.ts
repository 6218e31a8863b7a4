import { join } from "node:path";
import { parseEnv } from "node:util";
import type { z } from "zod";
import { messageOf } from "../failure.ts";
import { type ConfigFile, parseConfigFile, placeInFile, UnreadableConfig } from "./config-file.ts";
import { describeFault, type Fault, failWith, showPlainly } from "./fault.ts";
import { NESTED_KEYS } from "./file-sections.ts";
import { describeUnknownKey, findUnknownKeys, findUnknownVariables, suggest } from "./known-names.ts";
import { findPaths, type Paths, resolvePath } from "./paths.ts";
import { SETTINGS, type Setting, type SettingFlags, type Settings, settingsSchema } from "./schema.ts";
import { collectWarnings, findForeignAddress } from "./warnings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsInput {
  readonly flags: SettingFlags;
  readonly env: Environment;
  /** Working folder, where `.env` is looked for. */
  readonly cwd: string;
  readonly home: string;
  /** The text of a file; undefined where there is none. May throw where it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Where each setting's value came from, by its key in the file (`llm.max_tokens`). */
  readonly origins: Readonly<Record<string, string>>;
  readonly paths: Paths & {
    /** The file that was read; undefined where there was none. */
    readonly configFile: string | undefined;
  };
  /** Sentences for the user, none of which stops the program. */
  readonly warnings: readonly string[];
  /** The environment over `.env`; `VAULT_*` from the environment only. For `resolveSecret`. */
  readonly environment: Environment;
}

/** A value as one layer gives it. */
interface Given {
  readonly value: unknown;
  readonly origin: string;
  /** How a fault names the place. */
  readonly where: string;
  /** What relative paths are relative to. */
  readonly folder: string;
}

interface Layers {
  readonly input: SettingsInput;
  readonly paths: Paths;
  readonly dotEnv: Environment;
  readonly file: ConfigFile | undefined;
}

/**
 * Flags over environment over `.env` in the working folder over the settings file over defaults. An empty
 * variable counts as not set. Everything that is wrong is reported at once.
 * @throws Failure "configuration" with one line for each fault; no secret is in it
 */
export function loadSettings(input: SettingsInput): LoadedSettings {
  const faults: Fault[] = [];
  const paths = findPaths(input.env, input.home);
  const dotEnv = readDotEnv(input);
  const file = readConfigFile(input, paths, faults);
  const layers = { input, paths, dotEnv: dotEnv.variables, file };
  const given = new Map(SETTINGS.map((setting) => [setting, findGiven(setting, layers)]));

  if (file) faults.push(...findUnknownKeys(file));
  const parsed = settingsSchema.safeParse(assemble(given));
  if (!parsed.success) {
    faults.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue, given, layers)));
    throw failWith(faults);
  }
  const origins = Object.fromEntries([...given].map(([setting, { origin }]) => [setting.key, origin]));
  faults.push(...findForeignAddress(origins, dotEnv.variables));
  if (faults.length === 0) faults.push(...findUnknownSources(parsed.data, given));
  if (faults.length > 0) throw failWith(faults);

  const settings = placeSources(parsed.data, file?.folder ?? input.cwd, input.home);
  return {
    settings,
    origins,
    paths: { ...paths, configFile: file?.path },
    warnings: [
      ...dotEnv.warnings,
      ...findUnknownVariables(input.env),
      ...findUnknownVariables(dotEnv.variables, ".env"),
      ...collectWarnings({ settings, origins, input, paths, file }),
    ],
    environment: mergeEnvironments(input.env, dotEnv.variables),
  };
}

interface DotEnv {
  readonly variables: Environment;
  readonly warnings: readonly string[];
}

/** Somebody else's `.env` that cannot be read is no reason to stop. */
function readDotEnv({ cwd, readFile }: SettingsInput): DotEnv {
  try {
    const text = readFile(join(cwd, ".env")) ?? "";
    return { variables: parseEnv(text.replace(/^\ufeff/, "")), warnings: [] };
  } catch (thrown) {
    const warning = `.env cannot be read (${showPlainly(messageOf(thrown))}); it is left out.`;
    return { variables: {}, warnings: [warning] };
  }
}

/** A `.env` may lie in somebody else's folder: it does not choose to whom the Vault token is sent. */
function mergeEnvironments(env: Environment, dotEnv: Environment): Environment {
  const below = Object.entries(dotEnv).filter(([name]) => !name.startsWith("VAULT_"));
  const above = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries([...below, ...above]);
}

const FILE_NAMES = ["config.yaml", "config.yml", "config.toml"];

function readConfigFile(input: SettingsInput, paths: Paths, faults: Fault[]): ConfigFile | undefined {
  const { flags, env, cwd, home } = input;
  const named = flags.config ? "flag --config" : "LOGAI_CONFIG";
  const choice = flags.config || env.LOGAI_CONFIG;
  const candidates = choice
    ? [resolvePath(choice, cwd, home)]
    : FILE_NAMES.map((name) => join(paths.configFolder, name));
  const found = candidates.flatMap((path) => readCandidate(path, input, faults));
  if (choice && found.length === 0 && faults.length === 0) {
    faults.push(describeFault(named, choice, "the path of a settings file; there is none"));
  }
  if (found.length > 1) {
    const names = found.map(({ path }) => path).join(" and ");
    faults.push(`${names}: there may be only one settings file`);
    return undefined;
  }
  return found[0];
}

function readCandidate(path: string, { readFile }: SettingsInput, faults: Fault[]): ConfigFile[] {
  try {
    const text = readFile(path);
    return text === undefined ? [] : [parseConfigFile(path, text)];
  } catch (thrown) {
    const reason =
      thrown instanceof UnreadableConfig ? thrown.message : `cannot be read (${messageOf(thrown)})`;
    faults.push(`${path}: ${showPlainly(reason)}`);
    return [];
  }
}

function findGiven(setting: Setting, layers: Layers): Given {
  const { input, paths } = layers;
  const given =
    fromFlag(setting, input) ??
    fromVariable(setting, input.env, input.cwd) ??
    fromVariable(setting, layers.dotEnv, input.cwd, ".env") ??
    fromFile(setting, layers.file);
  if (!given) {
    const value = setting.place ? setting.place(paths) : setting.fallback;
    return { value, origin: "default", where: setting.key, folder: input.cwd };
  }
  if (!setting.isPath || typeof given.value !== "string") return given;
  return { ...given, value: resolvePath(given.value, given.folder, input.home) };
}

function fromFlag({ flag }: Setting, { flags, cwd }: SettingsInput): Given | undefined {
  const value = flag?.read(flags);
  if (value === undefined || !flag) return undefined;
  return { value, origin: `flag ${flag.name}`, where: flag.name, folder: cwd };
}

function fromVariable({ env: name }: Setting, variables: Environment, folder: string, file?: string) {
  const value = name && Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (!value || !name) return undefined;
  return { value, origin: file ?? name, where: file ? `${name} (${file})` : name, folder };
}

function fromFile({ key }: Setting, file: ConfigFile | undefined): Given | undefined {
  if (!file) return undefined;
  const steps = key.split(".");
  const value = valueAt(file.data, steps);
  if (value === undefined || value === null || value === "") return undefined;
  return { value, origin: file.path, where: placeInFile(file, steps), folder: file.folder };
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** The values in the nested shape of the schema, which parses them all at once. */
function assemble(given: ReadonlyMap<Setting, Given>): object {
  const root: Record<string, unknown> = {};
  const sections = new Map<string, Record<string, unknown>>();
  for (const [{ path }, { value }] of given) {
    const [name = "", inner] = path;
    if (inner === undefined) {
      root[name] = value;
      continue;
    }
    const section = sections.get(name) ?? {};
    section[inner] = value;
    root[name] = section;
    sections.set(name, section);
  }
  return root;
}

/** Faults of the schema, said of the place from which the value came. */
function describeIssue(
  issue: z.core.$ZodIssue,
  given: ReadonlyMap<Setting, Given>,
  { file }: Layers,
): readonly Fault[] {
  const { path, message } = issue;
  const found = [...given].find(([setting]) => setting.path.every((name, index) => name === path[index]));
  if (!found) return [`${path.map(String).join(".")}: ${message}`];
  const [setting, { value, where, origin }] = found;
  const inner = path.slice(setting.path.length);
  const steps = [...setting.key.split("."), ...inner];
  const isInFile = file !== undefined && file.path === origin;
  if (issue.code === "unrecognized_keys" && isInFile) {
    return issue.keys.map((key) => describeUnknownKey(file, [...steps, key], NESTED_KEYS));
  }
  const place = isInFile ? placeInFile(file, steps) : where;
  if (issue.code === "invalid_key") {
    return [describeFault(place, inner.at(-1), `as a name ${issue.issues[0]?.message ?? message}`)];
  }
  const isWhole = inner.length === 0 || typeof value !== "object";
  return [describeFault(place, isWhole ? value : valueAt(value, inner), message, setting.isSecret)];
}

/** These need no entry: `local` is then the paths that the command line names, `cloudwatch` what AWS's own settings say. */
const BUILT_IN = ["local", "cloudwatch"];

function findUnknownSources(settings: Settings, given: ReadonlyMap<Setting, Given>): Fault[] {
  const names = Object.keys(settings.dataSources);
  const where =
    [...given].find(([setting]) => setting.key === "active_sources")?.[1].where ?? "active_sources";
  return settings.activeSources.flatMap((name) => {
    const source = settings.dataSources[name];
    if (source?.enabled || (!source && BUILT_IN.includes(name))) return [];
    const takes = source
      ? "data sources that are enabled; this one is not"
      : `names of data_sources${suggest(name, [...names, ...BUILT_IN])}`;
    return [describeFault(where, name, takes)];
  });
}

function placeSources(settings: Settings, folder: string, home: string): Settings {
  const placed = Object.entries(settings.dataSources).map(([name, source]) => {
    if (source.type !== "local") return [name, source] as const;
    const paths = source.config.paths.map((path) => resolvePath(path, folder, home));
    return [name, { ...source, config: { ...source.config, paths } }] as const;
  });
  return { ...settings, dataSources: Object.fromEntries(placed) };
}
