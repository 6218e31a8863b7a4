import type { Readable } from "node:stream";
import type { Cache, CacheOwner } from "./cache/cache.ts";
import { createCaches } from "./cache/run-caches.ts";
import { hasAwsSetup } from "./config/aws-environment.ts";
import type { LoadedSettings } from "./config/load-settings.ts";
import type { AppLog } from "./config/log-file.ts";
import { Failure } from "./failure.ts";
import { createZone, type Zone } from "./log/zone.ts";
import type { Model } from "./models/model.ts";
import type { EgressRecord } from "./sanitize/gate.ts";
import type { Counts, Sanitizer } from "./sanitize/sanitizer.ts";
import { createDirectory, type SourceDirectory } from "./sources/directory.ts";
import type { LogSource } from "./sources/source.ts";

/** What the program is made of: settings in, sources and a model out. Everything heavy is loaded when it is asked for. */
export interface App {
  readonly loaded: LoadedSettings;
  readonly zone: Zone;
  readonly now: () => number;
  /** Of the machine, which no setting changes; ms since the epoch. */
  readonly clock: () => number;
  readonly log: AppLog;
  /** Whether there is a data source beside what the command line names: a configured one, or AWS set up as it sets itself up. */
  readonly hasSources: boolean;
  /** Whether the user named one: a file that is here goes before a group of what is only implied. */
  readonly hasNamedSources: boolean;
  readonly sanitizer: () => Promise<Sanitizer>;
  readonly openDirectory: (input: SourceInput) => Promise<SourceDirectory>;
  readonly openModel: (hooks: ModelHooks) => Promise<Model>;
  /** Where the cache is, whether or not this run takes anything from it. */
  readonly cacheFile: string;
  /** To look at it or to clear it; an empty one where there is no such file. */
  readonly openCache: (onWarning: (text: string) => void) => Promise<Cache>;
  /** At the end of the program. */
  readonly close: () => void;
}

/** Where the logs are, as the command line says it; without either the settings decide. */
export interface SourceInput {
  readonly paths: readonly string[];
  readonly stdin: Readable | undefined;
  /** Where it is given no cloud is reached: what the cache holds for these is all that there is, however old. */
  readonly known?: readonly CacheOwner[];
}

export interface ModelHooks {
  readonly onEgress?: (record: EgressRecord) => void;
  readonly onRedacted?: (counts: Counts) => void;
  /** True where no key is needed and none must be looked for. */
  readonly offline: boolean;
}

export interface AppInput {
  readonly loaded: LoadedSettings;
  readonly log: AppLog;
  readonly clock: () => number;
  readonly home: string;
  readonly readFile: (path: string) => string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Told what is not as it should be and stops nobody. */
  readonly onWarning: (text: string) => void;
}

export function createApp(input: AppInput): App {
  const { loaded, log, clock } = input;
  const { settings } = loaded;
  const zone = createZone(settings.timezone);
  const fixed = settings.now;
  const now = fixed === undefined ? clock : () => fixed;
  let sanitizer: Promise<Sanitizer> | undefined;
  const openSanitizer = () => {
    sanitizer ??= loadSanitizer(loaded);
    return sanitizer;
  };
  const caches = createCaches({ settings: settings.cache, now: clock, onWarning: input.onWarning });
  return {
    loaded,
    zone,
    now,
    clock,
    log,
    hasSources: activeSources(input).length > 0,
    hasNamedSources:
      activeSources(input).some((source) => source !== IMPLIED) || settings.activeSources.length > 0,
    sanitizer: openSanitizer,
    openDirectory: (from) =>
      openDirectory(from, input, { zone, now, openCache: caches.openForRun, openWhole: caches.openWhole }),
    openModel: (hooks) => openModelFor(hooks, input, openSanitizer),
    cacheFile: caches.file,
    openCache: caches.openToLook,
    close: () => {
      caches.close();
      log.close();
    },
  };
}

async function loadSanitizer({ settings }: LoadedSettings): Promise<Sanitizer> {
  const { createSanitizer } = await import("./sanitize/sanitizer.ts");
  const { disabledPatterns, customPatterns, mode } = settings.sanitization;
  const custom = customPatterns.map((rule) => ({ ...rule, pattern: new RegExp(rule.pattern, "gu") }));
  return createSanitizer({ disabled: disabledPatterns, custom, mode });
}

async function openDirectory(
  { paths, stdin, known }: SourceInput,
  input: AppInput,
  shared: Shared,
): Promise<SourceDirectory> {
  const { settings } = input.loaded;
  const { zone, now } = shared;
  const spoolFolder = settings.cache.dir;
  const openLocal = async (options: { paths: readonly string[]; name?: string; stdin?: NamedInput }) => {
    const { createLocalSource } = await import("./sources/local/source.ts");
    return createLocalSource({ ...options, zone, now, spoolFolder });
  };
  if (paths.length > 0 || stdin) {
    const source = await openLocal({ paths, ...(stdin ? { stdin: { stream: stdin, name: "stdin" } } : {}) });
    return createDirectory([source], settings.aliases);
  }
  const active = activeSources(input);
  if (active.length === 0 && !known) throw noSource();
  const owned = new Set(known?.map(({ source }) => source));
  const opened = await Promise.all(
    active.map(([name, source]) => {
      if (source.type === "local")
        return openLocal({ name, paths: source.config.paths }).then((one) => [one]);
      if (!known) return openCloudWatch(name, source.config, input, shared);
      // One that was not there then would give the groups of the others other names.
      const names = namesOf(name, source.config, input).filter((one) => owned.has(one) || owned.size === 0);
      return openKnown(names, known, input, shared);
    }),
  );
  const here = new Set(opened.flat().map(({ name }) => name));
  // What is no longer set up is known all the same.
  const left = await openKnown(
    [...owned].filter((name) => !here.has(name)),
    known ?? [],
    input,
    shared,
  );
  return createDirectory([...opened.flat(), ...left], settings.aliases);
}

/** What the cache holds of sources that are not reached; of one whose owner is not known that is nothing. */
async function openKnown(
  names: readonly string[],
  owners: readonly CacheOwner[],
  { loaded, clock }: AppInput,
  { zone, now, openWhole }: Shared,
): Promise<LogSource[]> {
  if (names.length === 0) return [];
  const [cache, { createOfflineSource }, { withCache }] = await Promise.all([
    openWhole(),
    import("./sources/offline-source.ts"),
    import("./sources/with-cache.ts"),
  ]);
  const ingestionDelay = loaded.settings.cloudwatch.ingestionDelayMinutes * 60_000;
  return names.map((name) => {
    const owner = owners.find(({ source }) => source === name);
    return withCache(createOfflineSource({ name, owner, ingestionDelay }), {
      ...{ cache, now: clock, asOf: now, zone, ingestionDelay },
      describeLife: Number.POSITIVE_INFINITY,
    });
  });
}

/** What all sources of a run are given. */
interface Shared {
  readonly zone: Zone;
  readonly now: () => number;
  readonly openCache: () => Promise<Cache>;
  readonly openWhole: () => Promise<Cache>;
}

type NamedInput = { readonly stream: Readable; readonly name: string };
type DataSource = LoadedSettings["settings"]["dataSources"][string];
type CloudWatchConfig = Extract<DataSource, { type: "cloudwatch" }>["config"];

/** One source a region. */
function namesOf(name: string, config: CloudWatchConfig, { loaded }: AppInput): string[] {
  const regions = config.regions ?? [loaded.settings.cloudwatch.region];
  return regions.map((region) => (regions.length > 1 ? `${name}.${region}` : name));
}

/** One source a region: it reads the parts of a window side by side, and only what is not known yet. */
async function openCloudWatch(
  name: string,
  config: CloudWatchConfig,
  { loaded, clock }: AppInput,
  { zone, now, openCache }: Shared,
): Promise<LogSource[]> {
  const [cache, { createCloudWatchSource }, { withCache }, { withSplit }] = await Promise.all([
    openCache(),
    import("./sources/cloudwatch/source.ts"),
    import("./sources/with-cache.ts"),
    import("./sources/with-split.ts"),
  ]);
  const { cloudwatch } = loaded.settings;
  const regions = config.regions ?? [cloudwatch.region];
  const ingestionDelay = cloudwatch.ingestionDelayMinutes * 60_000;
  const open = (region: string | undefined) =>
    createCloudWatchSource({
      name: regions.length > 1 ? `${name}.${region}` : name,
      region,
      profile: config.profile ?? cloudwatch.profile,
      linkedAccounts: config.linked_accounts,
      ingestionDelay,
      zone,
      now,
      env: loaded.environment,
    });
  const known = { cache, now: clock, asOf: now, zone, ingestionDelay };
  return regions.map((region) => withCache(withSplit(open(region), SPLIT), known));
}

/**
 * `active_sources` picks among the enabled ones; all of them where it is not set. Without any, CloudWatch as AWS's own
 * settings describe it, where there are such.
 */
function activeSources(input: Pick<AppInput, "loaded" | "home" | "readFile">): [string, DataSource][] {
  const { settings, environment } = input.loaded;
  const { dataSources, activeSources: picked, cloudwatch } = settings;
  const active = Object.entries(dataSources).filter(
    ([name, { enabled }]) => enabled && (picked.length === 0 || picked.includes(name)),
  );
  const isNamed = picked.includes("cloudwatch") && !Object.hasOwn(dataSources, "cloudwatch");
  if (isNamed) return [...active, IMPLIED];
  const isMeant =
    (cloudwatch.region ?? cloudwatch.profile) !== undefined ||
    hasAwsSetup(environment, input.home, input.readFile);
  return active.length === 0 && picked.length === 0 && isMeant ? [IMPLIED] : active;
}

/** For a quota of 25 calls a second whose answers of 1 MB take half a second each: measured in bench/cloudwatch.ts. */
const SPLIT = { concurrency: 24, callsPerSecond: 25, targetPages: 3, bufferBytes: 32 * 1024 * 1024 };

const IMPLIED: [string, DataSource] = [
  "cloudwatch",
  { type: "cloudwatch", enabled: true, config: { linked_accounts: false } },
];

function noSource(): Failure {
  return new Failure(
    "configuration",
    "There are no logs to look at: no path was given and no data source is set up.",
    {
      hint: 'Name files or folders (logai ask "..." ./logs), pipe a log in, set up AWS (--profile, AWS_REGION), try logai demo, or add data_sources to the settings file.',
    },
  );
}

async function openModelFor(
  hooks: ModelHooks,
  { loaded, home, readFile, fetch }: AppInput,
  openSanitizer: () => Promise<Sanitizer>,
): Promise<Model> {
  const { settings, environment } = loaded;
  const [{ createGate }, { openModel }] = await Promise.all([
    import("./sanitize/gate.ts"),
    import("./models/open-model.ts"),
  ]);
  const gate = createGate({
    sanitizer: await openSanitizer(),
    enabled: settings.sanitization.enabled,
    ...(hooks.onEgress ? { onEgress: hooks.onEgress } : {}),
    ...(hooks.onRedacted ? { onRedacted: hooks.onRedacted } : {}),
  });
  const key = settings.anthropic.apiKey;
  return openModel({
    provider: hooks.offline ? "offline" : settings.llm.provider,
    modelId: settings.anthropic.model,
    apiKey: async () => {
      if (!key)
        throw new Failure("credentials", "No API key for Anthropic is set.", {
          hint: "Set ANTHROPIC_API_KEY, or use --offline.",
        });
      const { resolveSecret } = await import("./config/resolve-secret.ts");
      return resolveSecret(key, { environment, home, readFile, fetch });
    },
    baseUrl: settings.llm.baseUrl,
    maxOutputTokens: settings.llm.maxTokens,
    temperature: settings.llm.temperature,
    gate,
    fetch,
  });
}
