import { readFileSync } from "node:fs";

const NOT_THERE = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** The text of a file; undefined where there is no such file. @throws what the system says for an unreadable one */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && NOT_THERE.has(String(thrown.code))) return undefined;
    throw thrown;
  }
}
