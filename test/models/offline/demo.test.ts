import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeDemoIncident } from "../../../src/demo/demo-incident.ts";
import { createDirectory } from "../../../src/sources/directory.ts";
import { createLocalSource } from "../../../src/sources/local/source.ts";
import { ZONE } from "../../tools/tool-folder.ts";
import { ask } from "./analyse.ts";

const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19);

test("the demo's incident is explained as it really was", { timeout: 120_000 }, async () => {
  const parent = await mkdtemp(join(tmpdir(), "logai-demo-"));
  try {
    const { folder, truth, end } = await writeDemoIncident(join(parent, "demo"));
    const source = createLocalSource({ paths: [folder], zone: ZONE, now: () => end });
    const { answer, report } = await ask(createDirectory([source]), "Why are checkouts failing?");
    const [head = "", rest = ""] = answer.split("**What followed**");
    const [followed = "", apart = ""] = rest.split("**Not the cause**");

    expect(report.unverified).toEqual([]);
    expect(answer.split("\n").length).toBeLessThanOrEqual(60);
    expect(head).toContain(truth.cause.file);
    expect(head).toContain(clock(truth.cause.at));
    expect(head).toContain("old=50 new=5");
    expect(followed).toContain(truth.failedCheckouts.toLocaleString("en-US"));
    expect(followed).toContain(clock(truth.firstFailedCheckout));
    expect(followed).toContain(String(truth.deadLetters));
    expect(apart).toContain(`${truth.redHerring.service}.log`);
    expect(apart).toContain(truth.redHerring.errors.toLocaleString("en-US"));
    expect(apart).toContain(clock(truth.redHerring.last));
    for (const secret of Object.values(truth.planted)) expect(answer).not.toContain(secret);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});
