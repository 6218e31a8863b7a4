import { accessSync, constants } from "node:fs";
import type { App } from "../app.ts";
import { Failure, messageOf } from "../failure.ts";
import { makeFolder } from "../make-folder.ts";
import type { HealthCheck, LogSource } from "../sources/source.ts";
import { formatBytes, formatNoun } from "../ui/text-layout.ts";
import { openToLook } from "./cache.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { listOf, openSources, wantsJson } from "./sources.ts";

/** Every check is made, whatever the others say; the exit code tells whether all that is needed is there. */
export const runDoctor: RunCommand = async (context, [paths]) => {
  const checks: HealthCheck[] = [checkRuntime()];
  const app = await openApp(context, checks);
  if (app) {
    const folder = checkFolder("cache folder", app.loaded.settings.cache.dir);
    checks.push(checkModel(app), folder, await checkCache(app, folder.ok), checkSanitizer(app));
    checks.push(...(await checkSources(app, listOf(paths), context)));
  }
  checks.push(checkTerminal(context));
  if (wantsJson(context)) for (const check of checks) await context.screen.json(check);
  else await printChecks(checks, context);
  return checks.every(({ ok, isOptional }) => ok || isOptional) ? 0 : 3;
};

/** What is wrong comes with how to mend it, in a line of its own. */
async function printChecks(checks: readonly HealthCheck[], { screen }: CommandContext): Promise<void> {
  await screen.table(
    [{ title: "" }, { title: "" }, { title: "", overflow: "wrap" }],
    checks.flatMap(({ ok, isOptional, name, detail, hint }) => {
      const [first = "", ...more] = [...detail.split("\n"), ...(hint ? [hint] : [])];
      const state = ok ? "ok" : isOptional ? "warn" : "FAIL";
      return [[state, name, first], ...more.map((line) => ["", "", line])];
    }),
  );
}

async function openApp(context: CommandContext, checks: HealthCheck[]): Promise<App | undefined> {
  try {
    const app = await context.openApp();
    checks.push({
      name: "settings",
      ok: true,
      detail: app.loaded.paths.configFile ?? "no settings file; defaults and environment",
    });
    return app;
  } catch (error) {
    checks.push({ name: "settings", ok: false, detail: messageOf(error), ...hintOf(error) });
    return undefined;
  }
}

function checkRuntime(): HealthCheck {
  return {
    name: "runtime",
    ok: true,
    detail: `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
  };
}

/** A missing key is no fault: the offline analyst answers. */
function checkModel({ loaded }: App): HealthCheck {
  const { llm, anthropic } = loaded.settings;
  if (llm.provider === "offline")
    return { name: "model", ok: true, detail: "the offline analyst, as set; no key and no network needed" };
  if (!anthropic.apiKey) {
    const hint = "Set ANTHROPIC_API_KEY for a language model.";
    return { name: "model", ok: true, detail: "no API key, so the built-in offline analyst answers.", hint };
  }
  return {
    name: "model",
    ok: true,
    detail: `${anthropic.model} of Anthropic, key ${String(anthropic.apiKey)}; no request was made to test it`,
  };
}

function checkFolder(name: string, folder: string): HealthCheck {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
    return { name, ok: true, detail: folder };
  } catch (error) {
    return {
      name,
      ok: false,
      detail: `${folder} cannot be written: ${messageOf(error)}.`,
      hint: "Set LOGAI_CACHE_DIR to a folder of yours.",
    };
  }
}

/** A cache that does not work costs time and money, and no answer. */
async function checkCache(app: App, canBeMade: boolean): Promise<HealthCheck> {
  const { loaded, cacheFile } = app;
  const name = "cache";
  const {
    cache,
    warning,
    problem = canBeMade ? undefined : "Its folder cannot be written.",
  } = await openToLook(app);
  const { bytes, maxBytes, entries } = cache.status();
  const kept = `${formatBytes(bytes)} of at most ${formatBytes(maxBytes)}, ${formatNoun(entries, "entry", "entries")}`;
  if (!loaded.settings.cache.enabled) {
    const left = entries > 0 ? `; ${cacheFile} still holds ${kept}` : "";
    const detail = `off (${loaded.origins["cache.enabled"]}): what a cloud has is read anew each time${left}`;
    return { name, ok: true, detail, ...(entries > 0 ? { hint: "logai cache clear removes it." } : {}) };
  }
  if (problem === undefined) return { name, ok: true, detail: warning ?? `${cacheFile}, ${kept}` };
  return { name, ok: false, isOptional: true, detail: `${problem} What a cloud has is read anew each time.` };
}

function checkSanitizer({ loaded }: App): HealthCheck {
  const { enabled, disabledPatterns } = loaded.settings.sanitization;
  if (!enabled)
    return {
      name: "sanitiser",
      ok: false,
      detail: "off: log data is sent to the model unsanitised.",
      hint: "Set LOGAI_SANITIZATION_ENABLED=true.",
    };
  return {
    name: "sanitiser",
    ok: true,
    detail: disabledPatterns.length > 0 ? `on, without ${disabledPatterns.join(", ")}` : "on, all patterns",
  };
}

async function checkSources(
  app: App,
  paths: readonly string[],
  context: CommandContext,
): Promise<HealthCheck[]> {
  try {
    const directory = await openSources({ ...context, stdin: undefined }, app, paths);
    const { sources } = directory;
    const checks = await Promise.all(
      sources.map(async (source) =>
        nameSource(source, sources.length, await source.checkHealth(context.signal)),
      ),
    );
    return checks.flat();
  } catch (error) {
    // Without any source the demo and named files still work.
    const none = error instanceof Failure && error.code === "configuration" && paths.length === 0;
    return [{ name: "sources", ok: none, detail: messageOf(error), ...hintOf(error) }];
  }
}

/** Which of several sources a check is about. */
function nameSource({ name }: LogSource, sources: number, checks: readonly HealthCheck[]): HealthCheck[] {
  return checks.map((check) => (sources > 1 ? { ...check, name: `${name} ${check.name}` } : check));
}

function checkTerminal({ screen, env }: CommandContext): HealthCheck {
  return {
    name: "terminal",
    ok: true,
    detail: `${screen.columns} columns, TERM ${env.TERM ?? "not set"}, ${env.NO_COLOR ? "no colour (NO_COLOR)" : "colour where it is a terminal"}`,
  };
}

function hintOf(error: unknown): { hint?: string } {
  return error instanceof Failure && error.hint ? { hint: error.hint } : {};
}
