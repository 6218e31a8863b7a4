import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { type Findings, type FoundFile, findFiles, holdsStill, type Unreachable } from "./find-files.ts";
import { groupFiles, streamNameOf } from "./group-files.ts";
import type { LogFile } from "./open-log.ts";
import { spoolStream } from "./spool.ts";

/** A group and the files that hold it. */
export interface LocalGroup {
  readonly name: string;
  /** Oldest first, as far as their names tell. */
  readonly files: readonly LogFile[];
  /** Named by the user itself, not found in a folder: it is listed whatever it is. */
  readonly direct: boolean;
}

export interface Catalogue {
  /** By name. */
  readonly groups: readonly LocalGroup[];
  readonly unreachable: readonly Unreachable[];
}

export interface CatalogueOptions {
  readonly paths: readonly string[];
  readonly stdin?: { readonly stream: Readable; readonly name: string };
  readonly spoolFolder?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Looks what groups there are, anew whenever a folder has changed since the last call: files come, go and are
 * rotated. What can be read only once (standard input, pipes) is kept.
 * @returns a function that throws Failure "unreadable" for a path that does not exist, "interrupted"
 */
export function createCatalogue(options: CatalogueOptions): (signal: AbortSignal) => Promise<Catalogue> {
  const { stdin, spoolFolder, now } = options;
  const input = stdin ? spoolStream(() => stdin.stream, stdin.name, spoolFolder) : undefined;
  const pipes = new Map<string, LogFile>();

  function fileOf(found: FoundFile): LogFile {
    const stream = streamNameOf(found);
    if (found.kind === "file") return { stream, path: found.path, open: () => open(found.path) };
    const known =
      pipes.get(found.path) ?? spoolStream(() => createReadStream(found.path), stream, spoolFolder);
    pipes.set(found.path, known);
    return known;
  }

  let last: { catalogue: Catalogue; findings: Findings; walked: number } | undefined;

  return async (signal) => {
    if (last && (await holdsStill(last.findings, last.walked))) return last.catalogue;
    const walked = now();
    const findings = await findFiles(options.paths, signal);
    const catalogue = catalogueOf(findings);
    last = { catalogue, findings, walked };
    return catalogue;
  };

  function catalogueOf({ files, unreachable }: Findings): Catalogue {
    const groups = groupFiles(files).map(({ name, files: found }): LocalGroup => {
      return { name, files: found.map(fileOf), direct: found.some(({ direct }) => direct) };
    });
    if (input) groups.push({ name: freeName(input.stream, groups), files: [input], direct: true });
    return { groups: groups.sort((a, b) => (a.name < b.name ? -1 : 1)), unreachable };
  }
}

function freeName(name: string, groups: readonly LocalGroup[]): string {
  return groups.some((group) => group.name === name) ? freeName(`${name}~`, groups) : name;
}
