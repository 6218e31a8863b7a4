import type { Readable } from "node:stream";
import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { CommandContext } from "./command.ts";

/** The sources of a command: the paths it names, else what is piped in, else the configured ones. */
export function openSources(
  app: App,
  paths: readonly string[],
  stdin: Readable | undefined,
): Promise<SourceDirectory> {
  const files = paths.filter((path) => path !== "-");
  if (files.length < paths.length && !stdin) {
    throw new Failure("usage", "'-' means standard input, but nothing is piped in.", {
      hint: "Pipe a log in, or name a file.",
    });
  }
  const usesStdin = files.length < paths.length || paths.length === 0;
  return app.openDirectory({ paths: files, stdin: usesStdin ? stdin : undefined });
}

/** The values of `--in`. */
export function pathsOf(options: Readonly<Record<string, unknown>>): readonly string[] {
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
