/** A place of each of two lists where they hold the same. */
export type Pair = readonly [before: number, now: number];

/** Cells of the table that two lists are aligned with; beyond, what is found in passing is enough. */
const MOST_CELLS = 1_000_000;

/**
 * The places of two lists that hold the same, ascending in both: as many as there can be (the longest common
 * subsequence), or of long lists those that a single pass finds.
 */
export function alignLists(before: readonly string[], now: readonly string[]): Pair[] {
  const least = Math.min(before.length, now.length);
  let head = 0;
  while (head < least && before[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < least - head && before.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const middle = [before, now].map((list) => list.slice(head, list.length - tail));
  const [one = [], other = []] = middle;
  const found = one.length * other.length <= MOST_CELLS ? findLongest(one, other) : findInPassing(one, other);
  return [
    ...Array.from({ length: head }, (_, at): Pair => [at, at]),
    ...found.map(([at, place]): Pair => [at + head, place + head]),
    ...Array.from({ length: tail }, (_, at): Pair => [before.length - tail + at, now.length - tail + at]),
  ];
}

function findLongest(before: readonly string[], now: readonly string[]): Pair[] {
  const width = now.length + 1;
  /** The longest of what is behind each pair of places. */
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (one: number, other: number) => longest[one * width + other] ?? 0;
  for (let one = before.length - 1; one >= 0; one -= 1)
    for (let other = now.length - 1; other >= 0; other -= 1)
      longest[one * width + other] =
        before[one] === now[other]
          ? at(one + 1, other + 1) + 1
          : Math.max(at(one + 1, other), at(one, other + 1));
  const pairs: Pair[] = [];
  for (let one = 0, other = 0; one < before.length && other < now.length; ) {
    if (before[one] === now[other]) {
      pairs.push([one, other]);
      one += 1;
      other += 1;
    } else if (at(one + 1, other) >= at(one, other + 1)) one += 1;
    else other += 1;
  }
  return pairs;
}

function findInPassing(before: readonly string[], now: readonly string[]): Pair[] {
  const places = Map.groupBy(now.keys(), (place) => now[place]);
  const pairs: Pair[] = [];
  let from = 0;
  for (const [at, item] of before.entries()) {
    const left = places.get(item);
    while (left && left.length > 0 && (left[0] ?? 0) < from) left.shift();
    const place = left?.shift();
    if (place === undefined) continue;
    pairs.push([at, place]);
    from = place + 1;
  }
  return pairs;
}
