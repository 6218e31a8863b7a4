import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createCatalogue } from "../../src/sources/local/catalogue.ts";
import { at, createFolder } from "./local-files.ts";

const { signal } = new AbortController();
/** A clock far enough ahead that what was just written counts as settled. */
const later = () => Date.now() + 60_000;

it("walks the folders again only when one of them has changed", async () => {
  await using folder = await createFolder({ "a.log": `${at(0)} x\n`, "deep/b.log": `${at(0)} x\n` });
  const read = createCatalogue({ paths: [folder.path], now: later });
  const streams = async () =>
    (await read(signal)).groups.map(({ name, files }) => [name, ...files.map(({ stream }) => stream)]);
  const first = await read(signal);
  expect(await read(signal)).toBe(first);

  await sleep(20);
  await rename(join(folder.path, "deep/b.log"), join(folder.path, "deep/b.log.1"));
  await writeFile(join(folder.path, "deep/b.log"), `${at(1)} y\n`);
  expect(await streams()).toEqual([
    ["a.log", "a.log"],
    ["deep/b.log", "b.log.1", "b.log"],
  ]);

  await sleep(20);
  await mkdir(join(folder.path, "new"));
  await writeFile(join(folder.path, "new/c.log"), `${at(2)} z\n`);
  await rm(join(folder.path, "a.log"));
  expect((await streams()).map(([name]) => name)).toEqual(["deep/b.log", "new/c.log"]);
});

it("does not rely on a folder that changed just before", async () => {
  await using folder = await createFolder({ "a.log": `${at(0)} x\n` });
  const read = createCatalogue({ paths: [folder.path], now: Date.now });
  const first = await read(signal);
  expect(await read(signal)).not.toBe(first);
});
