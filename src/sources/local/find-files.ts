import type { Stats } from "node:fs";
import { glob, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { Failure, messageOf } from "../../failure.ts";
import { suggestNames } from "../near-names.ts";

/** A file (or a pipe that was named directly) as the walk found it. */
export interface FoundFile {
  readonly path: string;
  /** Its path below the root that was given, with "/"; the base name for a file that was named directly. */
  readonly name: string;
  /** Absolute folder that `name` is relative to: what tells equal names apart. */
  readonly root: string;
  readonly kind: "file" | "pipe";
  /** Named by the user itself, not found in a folder. */
  readonly direct: boolean;
}

/** A folder or file that could not be looked into. */
export interface Unreachable {
  readonly name: string;
  readonly path: string;
  readonly reason: string;
}

export interface Findings {
  readonly files: readonly FoundFile[];
  readonly unreachable: readonly Unreachable[];
  /** When each folder that was looked into had changed last, ms since the epoch. */
  readonly folders: ReadonlyMap<string, number>;
}

interface Walk {
  readonly files: FoundFile[];
  readonly unreachable: Unreachable[];
  readonly folders: Map<string, number>;
  readonly seen: Set<string>;
  readonly signal: AbortSignal;
}

/** Coarsest clock of the file systems in use. */
const TICK_MS = 2_000;
const SKIPPED_FOLDERS = new Set(["node_modules"]);

/**
 * All files below the given paths: files, folders (hidden ones left out, symbolic links followed once) and globs.
 * A file that several paths lead to is given once.
 * @throws Failure "unreadable" for a path that does not exist, "interrupted"
 */
export async function findFiles(paths: readonly string[], signal: AbortSignal): Promise<Findings> {
  const walk: Walk = { files: [], unreachable: [], folders: new Map(), seen: new Set(), signal };
  for (const path of paths) {
    const stats = await statOf(path);
    if (stats) await addPath(walk, path, stats);
    else if (/[*?[{]/.test(path)) await addGlob(walk, path);
    else throw await missing(path);
  }
  return walk;
}

/**
 * True while no folder has changed since it was looked into, so that a new walk would find the same files. A change
 * within a tick of the file system's clock would not show: what changed just before the walk is not relied on.
 * @param walked when the walk began, ms since the epoch
 */
export async function holdsStill({ folders }: Findings, walked: number): Promise<boolean> {
  for (const [folder, changed] of folders) {
    if (changed > walked - TICK_MS || (await statOf(folder))?.ctimeMs !== changed) return false;
  }
  return true;
}

async function noteFolder(walk: Walk, folder: string): Promise<void> {
  if (!walk.folders.has(folder))
    walk.folders.set(folder, (await statOf(folder))?.ctimeMs ?? Number.POSITIVE_INFINITY);
}

async function addPath(walk: Walk, path: string, stats: Stats): Promise<void> {
  const absolute = resolve(path);
  if (stats.isDirectory()) await addFolder(walk, absolute, absolute);
  else {
    await noteFolder(walk, dirname(absolute));
    addFile(walk, absolute, dirname(absolute), stats, true);
  }
}

async function addGlob(walk: Walk, pattern: string): Promise<void> {
  const root = resolve(staticPart(pattern));
  // Which folders decide what a pattern matches is not known: it is looked up anew each time.
  walk.folders.set(root, Number.POSITIVE_INFINITY);
  const matches: string[] = [];
  for await (const match of glob(pattern)) matches.push(resolve(match));
  const before = walk.files.length;
  for (const match of matches.sort()) {
    throwIfAborted(walk.signal);
    if (isHidden(relative(root, match)) && !isHidden(pattern)) continue;
    const stats = await statOf(match);
    if (stats?.isDirectory() && !pattern.includes("**")) await addFolder(walk, match, root);
    else if (stats?.isFile()) addFile(walk, match, root, stats, true);
  }
  if (walk.files.length === before && matches.length === 0) {
    throw new Failure("unreadable", `No file matches: ${pattern}`, {
      hint: "Name a file, a folder or another pattern.",
    });
  }
}

async function addFolder(walk: Walk, folder: string, root: string): Promise<void> {
  throwIfAborted(walk.signal);
  const real = await realpath(folder).catch(() => folder);
  if (walk.seen.has(real)) return;
  walk.seen.add(real);
  await noteFolder(walk, folder);
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (error) {
    const name = nameBelow(root, folder);
    walk.unreachable.push({ name: name === "" ? folder : `${name}/`, path: folder, reason: explain(error) });
    return;
  }
  for (const name of names) {
    if (name.startsWith(".") || SKIPPED_FOLDERS.has(name)) continue;
    const path = join(folder, name);
    const stats = await statOf(path);
    if (stats?.isDirectory()) await addFolder(walk, path, root);
    else if (stats?.isFile()) addFile(walk, path, root, stats, false);
  }
}

function addFile(walk: Walk, path: string, root: string, stats: Stats, direct: boolean): void {
  const identity = stats.ino === 0 ? path : `${stats.dev}:${stats.ino}`;
  if (walk.seen.has(identity)) return;
  walk.seen.add(identity);
  const kind = stats.isFile() ? "file" : "pipe";
  walk.files.push({ path, name: nameBelow(root, path), root, kind, direct });
}

function nameBelow(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}

/** The folders of a pattern in front of its first wildcard. */
function staticPart(pattern: string): string {
  const wild = pattern.search(/[*?[{]/);
  const end = pattern.slice(0, wild).lastIndexOf("/");
  return end < 0 ? "." : pattern.slice(0, end + 1);
}

function isHidden(path: string): boolean {
  return path.split(/[/\\]/).some((part) => /^\.[^.]/.test(part) || SKIPPED_FOLDERS.has(part));
}

async function statOf(path: string): Promise<Stats | undefined> {
  return await stat(path).catch(() => undefined);
}

async function missing(path: string): Promise<Failure> {
  const folder = dirname(resolve(path));
  const names = await readdir(folder).catch(() => undefined);
  const near = names ? await suggestNames(basename(path), names) : [];
  const hint =
    near.length > 0
      ? `In ${folder} there is: ${near.join(", ")}.`
      : names
        ? `Look what is in ${folder}.`
        : `The folder ${folder} does not exist or cannot be read.`;
  return new Failure("unreadable", `No such file or folder: ${path}`, { hint });
}

/** A file system's error in plain words. */
export function explain(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOENT":
      return "it does not exist any more";
    case "EISDIR":
      return "it is a folder";
    default:
      return messageOf(error);
  }
}

/** @throws Failure "interrupted" */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("interrupted", "Interrupted while reading logs.");
}
