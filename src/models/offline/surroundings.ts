import type { Conversation } from "./conversation.ts";
import { readEvidence } from "./results.ts";

const EACH_SIDE = 3;
/** ms. */
const NEAR = 60_000;

/**
 * The lines around an event that say something else than those shown already: each shape once, nearest first.
 * @param known the lines in their order, where no tool was asked for those around
 */
export function linesAround(
  talk: Conversation,
  shown: readonly string[],
  known: readonly string[] = [],
): string[] {
  const near = talk.results("get_surrounding_logs").at(-1)?.events ?? known;
  const at = near.findIndex((line) => shown.some((one) => refOf(one) === refOf(line)));
  if (at < 0) return [];
  const seen = new Set(shown.map(shapeOf));
  const pick = (lines: readonly string[]) => {
    const picked: string[] = [];
    for (const line of lines) {
      const shape = shapeOf(line);
      if (seen.has(shape) || isChatter(line) || isFar(line, near[at]) || picked.length >= EACH_SIDE) continue;
      seen.add(shape);
      picked.push(line);
    }
    return picked;
  };
  return [...pick(near.slice(0, at).toReversed()), ...pick(near.slice(at + 1))];
}

function refOf(line: string): string {
  return line.slice(0, line.indexOf("]"));
}

/** What two lines of a kind have in common: everything but digits, and the values behind them. */
function shapeOf(line: string): string {
  const text = readEvidence(line)?.text ?? line;
  return text.replace(/\d[\w.:-]{0,60}/g, "#").slice(0, 160);
}

/** What was said long before or after has nothing to do with it. */
function isFar(line: string, other = ""): boolean {
  const distance = Math.abs(timeOf(line) - timeOf(other));
  return distance > NEAR;
}

function timeOf(line: string): number {
  return Date.parse(readEvidence(line)?.time ?? "");
}

function isChatter(line: string): boolean {
  const level = readEvidence(line)?.level;
  return level === "debug" || level === "trace";
}
