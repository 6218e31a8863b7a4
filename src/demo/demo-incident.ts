import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Failure, messageOf } from "../failure.ts";
import { makeFolder } from "../make-folder.ts";
import { INCIDENT_FILES, writeIncidentFiles } from "./incident.ts";
import { type IncidentSummary, incidentSchema } from "./truth.ts";

/** Raised whenever the generator's output changes, so that older folders are written anew. */
const GENERATOR_VERSION = 1;
const DEFAULT_SEED = 20260312;
const MANIFEST = ".manifest.json";
/** Unfinished folders that are older than this are left-overs of a run that was killed, ms. */
const ABANDONED_AFTER = 600_000;

const manifestSchema = z.object({
  generator: z.literal("logai-demo"),
  version: z.literal(GENERATOR_VERSION),
  seed: z.number(),
  incident: incidentSchema,
});

/** A believable incident in a shop of six services, on disk. */
export interface DemoIncident extends IncidentSummary {
  /** Absolute path; holds the files that `files` names. */
  readonly folder: string;
}

interface DemoOptions {
  readonly seed?: number;
}

/**
 * Writes the demo incident into a folder, or finds it there complete and returns at once. The files are
 * written beside the folder and moved in when they are complete, so a half-written incident is never used.
 * @throws Failure "disk" where the folder cannot be written, or holds files that are not the demo's
 */
export async function writeDemoIncident(folder: string, options: DemoOptions = {}): Promise<DemoIncident> {
  const target = resolve(folder);
  const seed = options.seed ?? DEFAULT_SEED;
  const found = await findDemoIncident(target, { seed });
  if (found) return found;
  try {
    await refuseForeignFiles(target);
    return await replaceFolder(target, seed);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure("disk", `The demo incident cannot be written to '${target}': ${messageOf(cause)}.`, {
      hint: "Name a folder that can be written to, on a disk with 100 MB to spare.",
      cause,
    });
  }
}

/** The demo incident in a folder, if it is there, complete and of this version and seed. */
export async function findDemoIncident(
  folder: string,
  options: DemoOptions = {},
): Promise<DemoIncident | undefined> {
  const target = resolve(folder);
  const text = await readFile(join(target, MANIFEST), "utf8").catch(() => "");
  const manifest = manifestSchema.safeParse(parseJson(text));
  if (!manifest.success || manifest.data.seed !== (options.seed ?? DEFAULT_SEED)) return undefined;
  const { incident } = manifest.data;
  for (const { name, bytes } of incident.files) {
    const size = await stat(join(target, name)).then(
      (file) => file.size,
      () => -1,
    );
    if (size !== bytes) return undefined;
  }
  return { folder: target, ...incident };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only an empty folder, or one that holds nothing but the demo's own files, may be replaced. */
async function refuseForeignFiles(target: string): Promise<void> {
  const foreign = (await listFolder(target)).filter(
    (name) => name !== MANIFEST && !INCIDENT_FILES.includes(name),
  );
  if (foreign.length === 0) return;
  throw new Failure(
    "disk",
    `The folder '${target}' holds files that are not the demo's, such as '${foreign[0]}'.`,
    { hint: "Name an empty folder, or one that does not exist yet." },
  );
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}

async function replaceFolder(target: string, seed: number): Promise<DemoIncident> {
  const prefix = `${target}.partial-`;
  makeFolder(dirname(target));
  const work = await mkdtemp(prefix);
  try {
    await removeAbandoned(prefix, work);
    const fresh = join(work, "fresh");
    await mkdir(fresh);
    const incident = await writeIncidentFiles(fresh, seed);
    const manifest: z.infer<typeof manifestSchema> = {
      generator: "logai-demo",
      version: GENERATOR_VERSION,
      seed,
      incident,
    };
    await writeFile(join(fresh, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
    return (await moveInto(target, { work, fresh, seed })) ?? { folder: target, ...incident };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Returns the incident that another process finished first, if one did. */
async function moveInto(
  target: string,
  { work, fresh, seed }: { work: string; fresh: string; seed: number },
): Promise<DemoIncident | undefined> {
  const other = await findDemoIncident(target, { seed });
  if (other) return other;
  await rename(target, join(work, "old")).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
  try {
    await rename(fresh, target);
    return undefined;
  } catch (thrown) {
    const winner = await findDemoIncident(target, { seed });
    if (winner) return winner;
    throw thrown;
  }
}

/** Ages are taken by the file system's own clock, against the folder that was just made. */
async function removeAbandoned(prefix: string, work: string): Promise<void> {
  const parent = dirname(work);
  const now = (await stat(work)).mtimeMs;
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (path === work || !name.startsWith(basename(prefix))) continue;
    const age = now - (await stat(path)).mtimeMs;
    if (age > ABANDONED_AFTER) await rm(path, { recursive: true, force: true });
  }
}
