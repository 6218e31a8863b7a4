import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createZone } from "../../src/log/zone.ts";
import { createDirectory, type SourceDirectory } from "../../src/sources/directory.ts";
import { createLocalSource } from "../../src/sources/local/source.ts";
import { createEvidence, type Evidence } from "../../src/tools/evidence.ts";
import type { JsonObject } from "../../src/tools/json.ts";
import type { ToolEnvironment, ToolOutcome } from "../../src/tools/tool.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";

export const NOW = Date.UTC(2026, 0, 10, 12);
export const ZONE = createZone("UTC");
export const RESULT_TOKENS = 6000;

export interface ToolFolder {
  readonly path: string;
  readonly directory: SourceDirectory;
  readonly evidence: Evidence;
  /** Runs a tool as the loop does: its input is parsed, its result stored. */
  call(tool: string, input: unknown): Promise<ToolOutcome & { readonly ref: string }>;
  /** The same, with a source that takes so long to find the group, ms. */
  delayed(ms: number, tool: string, input: unknown): Promise<ToolOutcome & { readonly ref: string }>;
  data(tool: string, input: unknown): Promise<JsonObject>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A folder of log files behind all tools; removed when it goes out of scope. */
export async function openToolFolder(files: Readonly<Record<string, string>>): Promise<ToolFolder> {
  const path = await mkdtemp(join(tmpdir(), "logai-tools-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  const source = createLocalSource({ paths: [path], zone: ZONE, now: () => NOW });
  const directory = createDirectory([source]);
  const evidence = createEvidence();
  const environment: ToolEnvironment = {
    directory,
    evidence,
    now: () => NOW,
    zone: ZONE,
    window: undefined,
    signal: new AbortController().signal,
    resultTokens: RESULT_TOKENS,
    report: () => undefined,
  };
  const run = async (name: string, input: unknown, own: ToolEnvironment) => {
    const tool = TOOLS.find((one) => one.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const ref = evidence.reserveResult();
    const outcome = await tool.run(input, own, ref);
    const { data, ledger, readings = [] } = outcome;
    evidence.store({ ref, tool: name, input: {}, data, ledger, readings });
    return { ...outcome, ref };
  };
  const folder: ToolFolder = {
    path,
    directory,
    evidence,
    call: (name, input) => run(name, input, environment),
    delayed(ms, name, input) {
      const locate: SourceDirectory["locate"] = async (...args) => {
        await sleep(ms);
        return directory.locate(...args);
      };
      return run(name, input, { ...environment, directory: { ...directory, locate } });
    },
    data: async (name, input) => (await folder.call(name, input)).data,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  return folder;
}

/** `2026-01-10T10:00:00.000Z`, so many seconds later. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 10, 10) + seconds * 1000).toISOString();
}

/** Lines, one every `step` seconds from `start` on. */
export function linesOf(
  count: number,
  text: (index: number) => string,
  { start = 0, step = 1 } = {},
): string[] {
  return Array.from({ length: count }, (_, index) => `${at(start + index * step)} ${text(index)}`);
}

/** The text of a file: the lines in the order of their times. */
export function fileOf(...lines: readonly (string | readonly string[])[]): string {
  return `${lines.flat().toSorted().join("\n")}\n`;
}
