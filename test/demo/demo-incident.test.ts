import { createHash } from "node:crypto";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoIncident, findDemoIncident, writeDemoIncident } from "../../src/demo/demo-incident.ts";

let parent: string;
let incident: DemoIncident;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "logai-demo-test-"));
  incident = await writeDemoIncident(join(parent, "shop"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

async function readAll({ folder, files }: DemoIncident): Promise<Buffer[]> {
  return await Promise.all(files.map(({ name }) => readFile(join(folder, name))));
}

async function freshParent(): Promise<string> {
  return await mkdtemp(join(parent, "case-"));
}

async function rewriteManifest(folder: string, change: Record<string, unknown>): Promise<void> {
  const path = join(folder, ".manifest.json");
  const manifest: unknown = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify(Object.assign({}, manifest, change)));
}

describe("the same seed", () => {
  test("gives the bytes of this version on every machine: with other bytes, raise GENERATOR_VERSION", async () => {
    const hash = createHash("sha256");
    for (const [index, bytes] of (await readAll(incident)).entries()) {
      hash.update(incident.files[index]?.name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
    }
    expect(hash.digest("hex").slice(0, 16)).toBe("e49e71255b6bf85e");
  });

  test("gives the same bytes again", async () => {
    const again = await writeDemoIncident(join(await freshParent(), "shop"));
    expect({ ...again, folder: "" }).toEqual({ ...incident, folder: "" });
    for (const [index, bytes] of (await readAll(again)).entries()) {
      expect(
        bytes.equals((await readAll(incident))[index] ?? Buffer.alloc(0)),
        again.files[index]?.name,
      ).toBe(true);
    }
  });

  test("and another seed tells the same story with other customers", async () => {
    const other = await writeDemoIncident(join(await freshParent(), "shop"), { seed: 7 });
    expect((await readAll(other))[0]?.equals((await readAll(incident))[0] ?? Buffer.alloc(0))).toBe(false);
    expect(other.truth.cause).toEqual(incident.truth.cause);
    expect(other.truth.redHerring.service).toBe(incident.truth.redHerring.service);
    expect(other.truth.failedCheckouts).toBeGreaterThan(500);
  });
});

describe("a second call", () => {
  test("finds the incident and touches nothing", async () => {
    const before = await stat(incident.folder);
    expect(await writeDemoIncident(incident.folder)).toEqual(incident);
    expect((await stat(incident.folder)).ino).toBe(before.ino);
    expect(await findDemoIncident(incident.folder)).toEqual(incident);
  });

  test("does not take an incident of another seed for its own", async () => {
    expect(await findDemoIncident(incident.folder, { seed: 7 })).toBeUndefined();
  });

  test.each([
    ["a file is cut short", (folder: string) => truncate(join(folder, "checkout-api.log"), 1000)],
    ["a file is missing", (folder: string) => rm(join(folder, "orders-worker.log.1.gz"))],
    [
      "the manifest is broken",
      (folder: string) => writeFile(join(folder, ".manifest.json"), '{"generator":'),
    ],
    ["the manifest is of an older version", (folder: string) => rewriteManifest(folder, { version: 0 })],
    ["the manifest is missing", (folder: string) => rm(join(folder, ".manifest.json"))],
  ])("writes it anew where %s", async (_, damage) => {
    const folder = join(await freshParent(), "shop");
    await cp(incident.folder, folder, { recursive: true });
    expect(await findDemoIncident(folder)).toEqual({ ...incident, folder });
    await damage(folder);
    expect(await findDemoIncident(folder)).toBeUndefined();
    const again = await writeDemoIncident(folder);
    expect(await findDemoIncident(folder)).toEqual(again);
    expect(again.files).toEqual(incident.files);
  });
});

describe("the folder", () => {
  test("holds the files, the hidden manifest and nothing else, and nothing is left beside it", async () => {
    const names = incident.files.map(({ name }) => name);
    expect((await readdir(incident.folder)).toSorted()).toEqual([".manifest.json", ...names].toSorted());
    expect((await readdir(parent)).filter((name) => name.startsWith("shop"))).toEqual(["shop"]);
  });

  test("may be empty before, or lack its parents", async () => {
    const folder = join(await freshParent(), "a", "b");
    await mkdir(folder, { recursive: true });
    expect((await writeDemoIncident(folder)).folder).toBe(folder);
  });

  test("is refused where it holds somebody's files, which stay", async () => {
    const folder = await freshParent();
    await writeFile(join(folder, "thesis.txt"), "mine");
    await expect(writeDemoIncident(folder)).rejects.toMatchObject({
      name: "Failure",
      code: "disk",
      message: expect.stringContaining("thesis.txt"),
      hint: expect.any(String),
    });
    expect(await readFile(join(folder, "thesis.txt"), "utf8")).toBe("mine");
    expect(await readdir(folder)).toEqual(["thesis.txt"]);
  });

  test("is refused with a hint where it cannot be written", async () => {
    const file = join(await freshParent(), "file");
    await writeFile(file, "");
    for (const folder of [file, join(file, "below")]) {
      await expect(writeDemoIncident(folder)).rejects.toMatchObject({
        name: "Failure",
        code: "disk",
        message: expect.stringContaining(folder),
        hint: expect.any(String),
      });
    }
    expect(await readFile(file, "utf8")).toBe("");
  });

  test("is the same for two that write it at once", async () => {
    const above = await freshParent();
    const folder = join(above, "shop");
    const [one, two] = await Promise.all([writeDemoIncident(folder), writeDemoIncident(folder)]);
    expect(one).toEqual(two);
    expect(await findDemoIncident(folder)).toEqual(one);
    expect(await readdir(above)).toEqual(["shop"]);
  });

  test("is rid of what a killed run left beside it, and of nothing younger", async () => {
    const above = await freshParent();
    for (const name of ["shop.partial-old", "shop.partial-new", "other"]) await mkdir(join(above, name));
    await utimes(join(above, "shop.partial-old"), 1_000_000, 1_000_000);
    await utimes(join(above, "other"), 1_000_000, 1_000_000);
    await writeDemoIncident(join(above, "shop"));
    expect((await readdir(above)).toSorted()).toEqual(["other", "shop", "shop.partial-new"]);
  });
});
