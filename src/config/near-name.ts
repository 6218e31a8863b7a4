/** The candidate that a misspelt name was most likely meant to be; undefined where none is near. */
export function findNearName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.min(Math.floor((wanted.length + 1) / 3), 4) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours from `a` to `b`; `limit` where there are as many. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const steps = [
        (row[j - 1] ?? limit) + (a[i - 1] === b[j - 1] ? 0 : 1),
        (row[j] ?? limit) + 1,
        (next[j - 1] ?? limit) + 1,
        isSwap ? (older[j - 2] ?? limit) + 1 : limit,
      ];
      next.push(Math.min(...steps));
    }
    [older, row] = [row, next];
  }
  return Math.min(row[b.length] ?? limit, limit);
}
