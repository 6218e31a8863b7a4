import type { TimeRange } from "../log/time-range.ts";
import type { Chunk, Part } from "./cache.ts";

/**
 * Lays chunks over a window, in the order of time: where several hold an instant, one of the earliest list does, as far
 * as it reaches. What none holds is a gap.
 * @param lists the better first; in each chunks that do not overlap, in the order of time
 */
export function coverWindow(window: TimeRange, lists: readonly (readonly Chunk[])[]): readonly Part[] {
  const parts: Part[] = [];
  const places = lists.map(() => 0);
  for (let at = window.start; at < window.end; ) {
    let chunk: Chunk | undefined;
    let next = window.end;
    for (const [index, list] of lists.entries()) {
      const first = passUntil(list, places[index] ?? 0, at);
      places[index] = first;
      const candidate = list[first];
      if (!candidate) continue;
      if (candidate.span.start > at) next = Math.min(next, candidate.span.start);
      else chunk ??= candidate;
    }
    const end = Math.min(chunk?.span.end ?? next, window.end);
    parts.push({ window: { start: at, end }, chunk });
    at = end;
  }
  return parts;
}

/** The index of the first chunk that ends behind the instant. */
function passUntil(list: readonly Chunk[], from: number, at: number): number {
  let index = from;
  for (let chunk = list[index]; chunk && chunk.span.end <= at; chunk = list[index]) index += 1;
  return index;
}
