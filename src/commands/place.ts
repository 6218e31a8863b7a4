import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { App } from "../app.ts";
import type { CacheOwner } from "../cache/cache.ts";
import type { SettingFlags } from "../config/schema.ts";
import type { DemoIncident } from "../demo/demo-incident.ts";
import { Failure } from "../failure.ts";
import type { Session, SessionPlace } from "../sessions/session.ts";
import { createDirectory, type SourceDirectory } from "../sources/directory.ts";
import type { CommandContext } from "./command.ts";
import { chooseInput } from "./sources.ts";
import { awaitInput } from "./stdin.ts";

/** The logs that a question is about, and where they are. */
export interface Logs {
  /** Its clock may be that of the demo. */
  readonly app: App;
  readonly directory: SourceDirectory;
  readonly place: SessionPlace;
}

/**
 * The logs that the command line names, or what is piped in; else those of the earlier session; else the configured sources.
 * @throws Failure "usage" | "configuration" | "disk"
 */
export async function openLogs(
  context: CommandContext,
  paths: readonly string[],
  earlier: Session | undefined,
): Promise<Logs> {
  const { source, profile, region } = context.shared;
  const named = { source, profile, region };
  const isNamed = paths.length > 0 || Object.values(named).some((flag) => flag !== undefined);
  if (!earlier || isNamed) return openNamed(context, paths);
  const input = await awaitInput(context, true, "the logs of the session are looked at");
  return input ? openNamed(context, ["-"]) : openPlace(context, earlier.place);
}

async function openNamed(context: CommandContext, words: readonly string[]): Promise<Logs> {
  const { source, profile, region } = context.shared;
  const app = await context.openApp();
  const input = await chooseInput(context, app, words);
  const paths = input.paths.map((path) => resolve(context.cwd, path));
  const hadInput = input.stdin !== undefined;
  const place = { paths, hadInput, isDemo: false, source, profile, region };
  return { app, directory: await app.openDirectory(input), place };
}

/**
 * The logs of a session again.
 * @param known where it is given, no cloud is reached: what the cache holds for these is all there is
 */
export async function openPlace(
  context: CommandContext,
  place: SessionPlace,
  known?: readonly CacheOwner[],
): Promise<Logs> {
  if (place.isDemo) return openDemo(context);
  const app = await context.openApp(flagsOf(place));
  const here = place.paths.filter(isThere);
  tellGone(place, here, context);
  if (here.length > 0)
    return { app, place, directory: await app.openDirectory({ paths: here, stdin: undefined }) };
  if (place.paths.length > 0 || place.hadInput) {
    const { createGoneSource } = await import("../sessions/restore.ts");
    return { app, place, directory: createDirectory([createGoneSource("local")]) };
  }
  const input = { paths: [], stdin: undefined, ...(known ? { known } : {}) };
  return { app, place, directory: await app.openDirectory(input) };
}

function flagsOf({ source, profile, region }: SessionPlace): SettingFlags {
  return { source, profile, region };
}

/** Of a glob only its source can tell. */
function isThere(path: string): boolean {
  return /[*?[{]/.test(path) || existsSync(path);
}

function tellGone({ paths, hadInput }: SessionPlace, here: readonly string[], { screen }: CommandContext) {
  const gone = paths.filter((path) => !here.includes(path));
  const known = "only what was read of it for earlier questions is known";
  if (gone.length > 0) screen.note(`No longer there: ${gone.join(", ")}; ${known}.`);
  if (hadInput) screen.note(`What was piped in is gone; ${known}.`);
}

/** The logs of the built-in incident, generated into the cache folder on first use. */
export async function openDemo(context: CommandContext): Promise<Logs> {
  const app = await context.openApp();
  const incident = await prepareIncident(app, context);
  const directory = await app.openDirectory({ paths: [incident.folder], stdin: undefined });
  // Asked at the end of the incident, so that "since 02:30" and "in the last hour" mean what they would have meant.
  const then: App = app.loaded.settings.now === undefined ? { ...app, now: () => incident.end } : app;
  return { app: then, directory, place: DEMO };
}

const DEMO: SessionPlace = {
  paths: [],
  hadInput: false,
  isDemo: true,
  source: undefined,
  profile: undefined,
  region: undefined,
};

async function prepareIncident(app: App, { screen }: CommandContext): Promise<DemoIncident> {
  const { writeDemoIncident } = await import("../demo/demo-incident.ts");
  screen.progress("preparing the demo incident");
  try {
    return await writeDemoIncident(join(app.loaded.settings.cache.dir, "demo"));
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "disk") throw cause;
    throw new Failure("disk", cause.message, {
      hint: "Set LOGAI_CACHE_DIR to a folder of yours, on a disk with 100 MB to spare.",
      cause,
    });
  }
}
