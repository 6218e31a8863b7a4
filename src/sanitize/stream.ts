import type { SanitizeResult, Sanitizer } from "./sanitizer.ts";

export interface StreamOptions {
  /** UTF-16 units that are looked at together; more where nothing can be parted. 1 Mi unless told. */
  readonly chunk?: number;
  /** Units on both sides of a cut that must agree; no finding but a longer one can be cut. 64 Ki, as the largest key. */
  readonly margin?: number;
}

const CHUNK = 1 << 20;
const MARGIN = 1 << 16;
/** Line ends that are tried before more is read. */
const TRIES = 12;

/**
 * Sanitises text that is too long to be held. It is parted only at the end of a line where the text on both sides
 * gives the same apart as together, so that no secret and no key of many lines is cut in two.
 */
export async function* sanitizeStream(
  input: AsyncIterable<unknown>,
  sanitizer: Sanitizer,
  signal: AbortSignal,
  { chunk = CHUNK, margin = MARGIN }: StreamOptions = {},
): AsyncGenerator<SanitizeResult> {
  let buffer = "";
  let goal = chunk;
  for await (const piece of input) {
    signal.throwIfAborted();
    buffer += String(piece);
    if (buffer.length < goal) continue;
    const cut = findCut(buffer, sanitizer, margin);
    if (cut > 0) {
      yield sanitizer.sanitize(buffer.slice(0, cut));
      buffer = buffer.slice(cut);
    }
    // Where no cut was found, much more is awaited, so that the work stays linear.
    goal = cut > 0 ? chunk : buffer.length * 2;
  }
  if (buffer !== "") yield sanitizer.sanitize(buffer);
}

/** A place behind a line end that is safe to cut at, as far back as it must be; 0 where none was found. */
function findCut(text: string, sanitizer: Sanitizer, margin: number): number {
  let at = text.length - margin;
  for (let tries = 0; tries < TRIES && at > 0; tries++) {
    const cut = text.lastIndexOf("\n", at - 1) + 1;
    if (cut === 0) return 0;
    if (isSafe(text, cut, sanitizer, margin)) return cut;
    at = cut - 2 ** tries * 80;
  }
  return 0;
}

function isSafe(text: string, cut: number, sanitizer: Sanitizer, margin: number): boolean {
  const start = text.lastIndexOf("\n", Math.max(0, cut - margin)) + 1;
  const before = text.slice(start, cut);
  const after = text.slice(cut, cut + margin);
  const clean = (part: string): string => sanitizer.sanitize(part).text;
  return clean(before + after) === clean(before) + clean(after);
}
