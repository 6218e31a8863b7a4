import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createZone } from "../../src/log/zone.ts";
import { createLocalSource, type LocalOptions } from "../../src/sources/local/source.ts";
import type { LogSource } from "../../src/sources/source.ts";

export const NOW = Date.UTC(2025, 10, 25);

export interface Folder {
  readonly path: string;
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** A source over the folder, or over other paths. */
  source(options?: Partial<LocalOptions>): LogSource;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A folder of log files that is removed when it goes out of scope. */
export async function createFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "logai-local-"));
  const folder: Folder = {
    path,
    async write(name, content) {
      const target = join(path, name);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      return target;
    },
    source: (options) =>
      createLocalSource({ paths: [path], zone: createZone("UTC"), now: () => NOW, ...options }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  for (const [name, content] of Object.entries(files)) await folder.write(name, content);
  return folder;
}

/** A time in the middle of 20 November 2025 as ISO 8601, so many seconds later. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2025, 10, 20, 12) + seconds * 1000).toISOString();
}
