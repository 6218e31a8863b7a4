import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, for the user only. Node's own way never returns where a folder that exists takes none, as
 * in /proc or behind a link to nowhere.
 * @throws what the file system says
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if (!isExisting(error) || !existsSync(folder)) throw error;
  }
}

/** Whether a file could not be made because it is there. */
export function isExisting(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
