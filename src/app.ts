import type { Readable } from "node:stream";
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
  readonly log: AppLog;
  /** Whether the settings name a data source that is active. */
  readonly hasSources: boolean;
  readonly sanitizer: () => Promise<Sanitizer>;
  readonly openDirectory: (input: SourceInput) => Promise<SourceDirectory>;
  readonly openModel: (hooks: ModelHooks) => Promise<Model>;
}

/** Where the logs are, as the command line says it; without either the settings decide. */
export interface SourceInput {
  readonly paths: readonly string[];
  readonly stdin: Readable | undefined;
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
  return {
    loaded,
    zone,
    now,
    log,
    hasSources: activeSources(loaded).length > 0,
    sanitizer: openSanitizer,
    openDirectory: (from) => openDirectory(from, loaded, zone, now),
    openModel: (hooks) => openModelFor(hooks, input, openSanitizer),
  };
}

async function loadSanitizer({ settings }: LoadedSettings): Promise<Sanitizer> {
  const { createSanitizer } = await import("./sanitize/sanitizer.ts");
  const { disabledPatterns, customPatterns, mode } = settings.sanitization;
  const custom = customPatterns.map((rule) => ({ ...rule, pattern: new RegExp(rule.pattern, "gu") }));
  return createSanitizer({ disabled: disabledPatterns, custom, mode });
}

async function openDirectory(
  { paths, stdin }: SourceInput,
  loaded: LoadedSettings,
  zone: Zone,
  now: () => number,
): Promise<SourceDirectory> {
  const { createLocalSource } = await import("./sources/local/source.ts");
  const { settings } = loaded;
  const spoolFolder = settings.cache.dir;
  if (paths.length > 0 || stdin) {
    const input = stdin ? { stdin: { stream: stdin, name: "stdin" } } : {};
    return createDirectory(
      [createLocalSource({ paths, zone, now, spoolFolder, ...input })],
      settings.aliases,
    );
  }
  const active = activeSources(loaded);
  if (active.length === 0) throw noSource();
  const sources = active.map(
    ([name, { config }]): LogSource =>
      createLocalSource({ name, paths: config.paths, zone, now, spoolFolder }),
  );
  return createDirectory(sources, settings.aliases);
}

/** `active_sources` picks among the enabled ones; all of them where it is not set. */
function activeSources({ settings }: LoadedSettings) {
  const { dataSources, activeSources: picked } = settings;
  return Object.entries(dataSources).filter(
    ([name, { enabled }]) => enabled && (picked.length === 0 || picked.includes(name)),
  );
}

function noSource(): Failure {
  return new Failure(
    "configuration",
    "There are no logs to look at: no path was given and no data source is set up.",
    {
      hint: 'Name files or folders (logai ask "..." ./logs), pipe a log in, try logai demo, or add data_sources to the settings file.',
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
