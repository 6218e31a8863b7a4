import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { App, SourceInput } from "../app.ts";
import { Failure } from "../failure.ts";
import type { LocatedGroup, SourceDirectory } from "../sources/directory.ts";
import type { CommandContext, ExitCode } from "./command.ts";
import { exitCodeOf, isUnreadable } from "./exit-code.ts";
import { awaitInput } from "./stdin.ts";

/** Names of groups and the paths to look for them in. */
interface Names {
  readonly groups: readonly string[];
  readonly paths: readonly string[];
}

/** The sources of a command: the paths it names, else what is piped in, else the configured ones. */
export async function openSources(
  context: CommandContext,
  app: App,
  paths: readonly string[],
): Promise<SourceDirectory> {
  return app.openDirectory(await chooseInput(context, app, paths));
}

/** Where the logs of a command are: neither paths nor input means the configured sources. */
export async function chooseInput(
  context: CommandContext,
  app: App,
  paths: readonly string[],
): Promise<SourceInput> {
  const files = paths.filter((path) => path !== "-");
  const wantsInput = files.length < paths.length;
  if (wantsInput && !context.stdin) {
    throw new Failure("usage", "'-' means standard input, but nothing is piped in.", {
      hint: "Pipe a log in, or name a file.",
    });
  }
  if (paths.length > 0) return { paths: files, stdin: wantsInput ? context.stdin : undefined };
  return { paths: [], stdin: await awaitInput(context, app.hasSources) };
}

/**
 * The groups that a command names. A name that no configured source has and that is a file or folder is a path to
 * read; with paths and no other names, all of their groups are meant.
 * @throws Failure "usage" | "group-not-found" | "configuration"
 */
export async function openGroups(
  context: CommandContext,
  app: App,
  names: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<readonly LocatedGroup[]> {
  const { groups, paths } = await tellApart(context, app, names, pathsOf(options));
  // What is piped in is one group; whoever names another means the configured sources, and need not wait for a pipe.
  const isConfigured = paths.length === 0 && app.hasSources && groups.some((name) => name !== "stdin");
  const input = isConfigured ? { ...context, stdin: undefined } : context;
  const directory = await openSources(input, app, paths);
  if (groups.length === 0 && paths.length === 0 && !context.stdin) {
    throw new Failure("usage", "No log group is named.", {
      hint: "logai groups lists them; a file or a folder can be named too.",
    });
  }
  if (groups.length > 0) {
    return Promise.all(groups.map((name) => directory.locate(name, context.signal)));
  }
  const all = await directory.list(context.signal);
  if (all.length === 0) throw noGroups(paths);
  return all.map(({ source, name }) => ({ source, group: name }));
}

/** The sources of `logai groups`, whose word is the start of names, or a path by the same rule. */
export async function openPrefix(
  context: CommandContext,
  app: App,
  word: string,
  options: Readonly<Record<string, unknown>>,
): Promise<{ directory: SourceDirectory; prefix: string; paths: readonly string[] }> {
  const { groups, paths } = await tellApart(context, app, word === "" ? [] : [word], pathsOf(options));
  return { directory: await openSources(context, app, paths), prefix: groups[0] ?? "", paths };
}

/**
 * Runs a piece of work for each group, one after the other. Of several, one that cannot be read is told and does not
 * stop the others; the exit code tells it.
 */
export async function eachGroup(
  groups: readonly LocatedGroup[],
  { screen }: CommandContext,
  work: (group: LocatedGroup, index: number) => Promise<void>,
): Promise<ExitCode> {
  let code: ExitCode = 0;
  for (const [index, group] of groups.entries()) {
    try {
      await work(group, index);
    } catch (error) {
      if (groups.length === 1 || !(error instanceof Failure) || !isUnreadable(error.code)) throw error;
      await screen.failure(error, undefined);
      code = exitCodeOf(error.code);
    }
  }
  return code;
}

/** No group is called so. */
const IS_PATH = /^\.\.?\//;

async function tellApart(
  context: CommandContext,
  app: App,
  names: readonly string[],
  named: readonly string[],
): Promise<Names> {
  if (named.length > 0) return { groups: names, paths: named };
  const groups: string[] = [];
  const paths: string[] = [];
  for (const name of names) {
    const isPath = name === "-" || IS_PATH.test(name) || exists(resolve(context.cwd, name));
    if (isPath && !(await isConfiguredGroup(app, name, context.signal))) paths.push(name);
    else groups.push(name);
  }
  // Without any source a name can only have been meant as a path: the error then says that there is no such file.
  const isLost = paths.length === 0 && !app.hasSources && !context.stdin;
  return isLost && groups.some((name) => /[./*]/.test(name))
    ? { groups: [], paths: groups }
    : { groups, paths };
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

async function isConfiguredGroup(app: App, name: string, signal: AbortSignal): Promise<boolean> {
  if (!app.hasNamedSources || IS_PATH.test(name)) return false;
  const directory = await app.openDirectory({ paths: [], stdin: undefined });
  const groups = await directory.list(signal).catch((error: unknown) => {
    // A cloud that is out of reach has no say about a file that is here.
    if (error instanceof Failure && error.code !== "interrupted") return [];
    throw error;
  });
  return groups.some((group) => group.name === name || group.shortName === name);
}

/** Nothing to read below these paths. */
export function noGroups(paths: readonly string[]): Failure {
  const where = paths.length > 0 ? ` in ${paths.join(", ")}` : "";
  return new Failure("group-not-found", `There are no log groups${where}.`, {
    hint:
      paths.length > 0
        ? "Name files or folders that hold logs."
        : "Is it the right account, region or folder? logai doctor shows where it looks; --profile and --region choose others.",
  });
}

/** The values of `--in`. */
function pathsOf(options: Readonly<Record<string, unknown>>): readonly string[] {
  return Array.isArray(options.in) ? options.in.map(String) : [];
}

/** A whole number from an option. @throws Failure "usage" */
export function numberOf(
  options: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most: number,
): number {
  const text = String(options[name] ?? "");
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Failure("usage", `--${name} takes a whole number from ${least} to ${most}, not '${text}'.`);
}

/** Text of an option that may be absent. */
export function textOf(options: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return typeof options[name] === "string" ? options[name] : undefined;
}

/** Arguments that a command takes as a list. */
export function listOf(arg: string | readonly string[] | undefined): readonly string[] {
  return typeof arg === "string" ? [arg] : (arg ?? []);
}

/** Formats other than text and JSON only make sense for an answer. @throws Failure "usage" */
export function wantsJson({ shared }: CommandContext): boolean {
  if (shared.format === "text") return false;
  if (shared.format === "json" || shared.format === "stream-json") return true;
  throw new Failure(
    "usage",
    `--format ${shared.format} is only for ask and demo; here it takes text or json.`,
  );
}
