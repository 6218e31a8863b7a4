import { existsSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { Failure } from "../failure.ts";
import type { Session } from "../sessions/session.ts";
import { formatBytes } from "../ui/text-layout.ts";
import type { CommandContext, ExitCode } from "./command.ts";

export interface ExportOptions {
  /** `html`, `markdown` or `json`, as it was typed; undefined: what the file's name says. */
  readonly as: string | undefined;
  /** False leaves personal data in. */
  readonly redact: boolean;
  /** A file that is there is written over. */
  readonly force: boolean;
}

type Form = "html" | "markdown" | "json";

const FORMS: Readonly<Record<string, Form>> = {
  html: "html",
  htm: "html",
  markdown: "markdown",
  md: "markdown",
  json: "json",
};

/**
 * Writes a session into a file, or Markdown to stdout where none is named (`-` is stdout too).
 * @throws Failure "usage" for a form that there is not, a file that is there, a page for a terminal; "disk"
 */
export async function exportSession(
  context: CommandContext,
  session: Session,
  file: string | undefined,
  options: ExportOptions,
): Promise<ExitCode> {
  const { screen, cwd } = context;
  const path = file === undefined || file === "-" ? undefined : resolve(cwd, file);
  const form = formOf(path, options.as, context);
  if (path === undefined && form === "html" && screen.isTerminal) throw noPageForTerminal(session.id);
  if (path !== undefined && !options.force) refuseExisting(path);
  const app = await context.openApp();
  const text = await write(form, session, {
    sanitizer: options.redact ? await app.sanitizer() : undefined,
    now: app.now(),
    version: packageJson.version,
  });
  if (path === undefined) await screen.raw(text);
  else writeNew(path, text, options.force);
  const what = path === undefined ? "The export" : `${path} (${formatBytes(Buffer.byteLength(text))})`;
  if (!options.redact) screen.note(`${what} holds personal data as it stands in the logs.`);
  else if (path !== undefined) screen.note(`${what} is written; personal data in it is redacted.`);
  return 0;
}

async function write(
  form: Form,
  session: Session,
  options: Parameters<typeof import("../report/export-json.ts")["exportJson"]>[1],
): Promise<string> {
  if (form === "html") return (await import("../report/export-html.ts")).exportHtml(session, options);
  if (form === "json") return (await import("../report/export-json.ts")).exportJson(session, options);
  return (await import("../report/export-markdown.ts")).exportMarkdown(session, options);
}

/** What --as says, then the file's ending, then --format. @throws Failure "usage" */
function formOf(path: string | undefined, as: string | undefined, { shared }: CommandContext): Form {
  if (as !== undefined) {
    const form = FORMS[as.toLowerCase()];
    if (form && Object.hasOwn(FORMS, as.toLowerCase())) return form;
    throw new Failure("usage", `--as takes html, markdown or json, not '${as}'.`);
  }
  if (path === undefined) return shared.format === "json" ? "json" : "markdown";
  const ending = extname(path).slice(1).toLowerCase();
  const form = Object.hasOwn(FORMS, ending) ? FORMS[ending] : undefined;
  if (form) return form;
  throw new Failure("usage", `The name '${path}' does not say what to write.`, {
    hint: "End it with .html, .md or .json, or say --as html, --as markdown or --as json.",
  });
}

function noPageForTerminal(id: string): Failure {
  return new Failure("usage", "A page of HTML is nothing to read in a terminal.", {
    hint: `Name a file: logai sessions export ${id} report.html`,
  });
}

/** @throws Failure "usage" */
function refuseExisting(path: string): void {
  if (existsSync(path)) throw alreadyThere(path);
}

function alreadyThere(path: string, cause?: unknown): Failure {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return new Failure("usage", `${path} is there already${isFolder ? ", and is a folder" : ""}.`, {
    hint: isFolder ? "Name a file in it." : "Name another file, or write over it with --force.",
    cause,
  });
}

/**
 * Written beside its place first, so that nobody finds half of it; only its owner can read it. Without `force`, a file
 * that has come to be there meanwhile stays.
 * @throws Failure "usage" | "disk"
 */
function writeNew(path: string, text: string, force: boolean): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    if (force) renameSync(draft, path);
    else linkOrRename(draft, path);
  } catch (cause) {
    if (isFault(cause, "EEXIST") && existsSync(path)) throw alreadyThere(path, cause);
    if (isFault(cause, "EISDIR") || isFault(cause, "ENOTEMPTY")) throw alreadyThere(path, cause);
    throw new Failure("disk", `${path} cannot be written.`, {
      hint: "Check that the folder is there, its permissions, and that the disk has room.",
      cause,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A link does not replace what is there; some file systems have none. */
function linkOrRename(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (cause) {
    if (isFault(cause, "EEXIST") || existsSync(path)) throw cause;
    renameSync(draft, path);
  }
}

function isFault(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
