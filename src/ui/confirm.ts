import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { toTerminal } from "./styled.ts";

/** Asks for yes or no at a terminal; whatever is not a yes is a no, an end of the input and the signal too. */
export async function confirm(
  question: string,
  {
    input,
    output,
    signal,
  }: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal },
): Promise<boolean> {
  const reader = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
  try {
    const asked = reader.question(`${toTerminal(question)} [y/N] `, { signal }).catch(() => "");
    return /^y(?:es)?$/i.test((await Promise.race([asked, ended])).trim());
  } finally {
    reader.close();
  }
}
