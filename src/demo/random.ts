/** Repeatable random numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  whole(min: number, max: number): number;
  /** A whole number that is mostly near `min` and rarely near `max`, as latencies are. */
  skewed(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** The mulberry32 generator: 32 bits of state, integer arithmetic only. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function draw(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  const next = () => draw() / 2 ** 32;
  return {
    next,
    whole: (min, max) => min + Math.floor(next() * (max - min + 1)),
    skewed: (min, max) => {
      const part = next();
      return min + Math.floor(part * part * part * (max - min + 1));
    },
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    hex: (digits) => {
      let text = "";
      while (text.length < digits) text += draw().toString(16).padStart(8, "0");
      return text.slice(0, digits);
    },
  };
}
