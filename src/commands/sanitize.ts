import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";
import { Failure } from "../failure.ts";
import { addCounts, type Counts, describeCounts, type Sanitizer } from "../sanitize/sanitizer.ts";
import { sanitizeStream } from "../sanitize/stream.ts";
import type { CommandContext, RunCommand } from "./command.ts";

const jsonString = z.string();

/** Standard input to standard output through the sanitiser, as the settings have it; also where they switch it off. */
export const runSanitize: RunCommand = async (context, _args, options) => {
  const { screen, stdin } = context;
  if (!stdin) {
    throw new Failure("usage", "Nothing is piped in.", {
      hint: "For example: logai sanitize < app.log > clean.log",
    });
  }
  const sanitizer = await (await context.openApp()).sanitizer();
  const check = options.check === true;
  const pieces =
    options.jsonStrings === true
      ? sanitizeStrings(stdin, sanitizer)
      : sanitizeText(context, stdin, sanitizer);
  let counts: Counts = {};
  for await (const piece of pieces) {
    counts = addCounts(counts, piece.counts);
    if (!check) await screen.raw(piece.text);
  }
  const found = describeCounts(counts);
  screen.note(
    found === "" ? "Nothing was found." : check ? `Found: ${found.replace(" redacted", "")}` : found,
  );
  return check && found !== "" ? 1 : 0;
};

interface Piece {
  readonly text: string;
  readonly counts: Counts;
}

function sanitizeText(
  { signal }: CommandContext,
  stdin: Readable,
  sanitizer: Sanitizer,
): AsyncIterable<Piece> {
  stdin.setEncoding("utf8");
  return sanitizeStream(stdin, sanitizer, signal);
}

/** One JSON string a line; a line that is none ends it. @throws Failure "usage" */
async function* sanitizeStrings(stdin: Readable, sanitizer: Sanitizer): AsyncGenerator<Piece> {
  let number = 0;
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === "") continue;
    const { text, counts } = sanitizer.sanitize(readString(line, number));
    yield { text: `${JSON.stringify(text)}\n`, counts };
  }
}

function readString(line: string, number: number): string {
  const parsed = jsonString.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw new Failure("usage", `Line ${number} of standard input is not a JSON string.`, {
    hint: 'With --json-strings each line is one, such as "text".',
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
