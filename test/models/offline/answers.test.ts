import { expect, test } from "vitest";
import { at } from "../../tools/tool-folder.ts";
import { analyse } from "./analyse.ts";

test("what every start says is no change that explains a crash", async () => {
  const starts = Array.from({ length: 5 }, (_, i) => [
    `${at(i * 60)} INFO starting sync`,
    `${at(i * 60 + 1)} INFO migrations checked, release 2.4`,
    `${at(i * 60 + 2)} INFO loading config from /etc/sync.yaml`,
    "panic: runtime error: nil pointer dereference",
    "goroutine 1 [running]:",
  ]).flat();
  const { answer, report } = await analyse({ "sync.log": `${starts.join("\n")}\n` }, "Why does sync crash?");
  expect(answer).toContain("nil pointer dereference`** (5 times)");
  expect(answer).not.toContain("Suspect");
  expect(report.unverified).toEqual([]);
});
