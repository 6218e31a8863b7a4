import { BEYOND, type CharacterSet, type Regex, type RegexItem } from "./filter-regex.ts";

/** One place in an expression: what must come next for a match to get past it. */
type Position =
  | { readonly kind: "start" | "end" | "accept" }
  | {
      readonly kind: "character";
      readonly set: CharacterSet;
      readonly optional: boolean;
      readonly repeats: boolean;
    };

interface State {
  readonly positions: readonly number[];
  readonly accepts: boolean;
  readonly acceptsAtEnd: boolean;
  /** By class of character; filled in as texts call for them. */
  readonly next: (State | undefined)[];
}

/** States kept before the store is emptied: bounds the memory that a text can make it use. */
const MOST_STATES = 500;

/**
 * A test of whether an expression is found anywhere in a text. The text is hostile, so no backtracking engine is
 * used: the positions that are alive are followed side by side, and each set of them, once met, is kept
 * as a state. Time is linear in the text whatever the expression, memory bounded.
 * `^` and `$` are the ends of the whole event; `.` is anything but a line break; \d \w \s are ASCII.
 */
export function compileRegex(regex: Regex): (text: string) => boolean {
  const positions: Position[] = [];
  const entries = regex.alternatives.map((items) => {
    const entry = positions.length;
    positions.push(...items.flatMap(spell), { kind: "accept" });
    return entry;
  });
  const { classOf, members } = classify(positions);
  const states = new Map<string, State>();

  const close = (reached: Uint8Array, atStart: boolean, atEnd: boolean): number[] => {
    const indices: number[] = [];
    for (const [index, position] of positions.entries()) {
      if (reached[index] !== 1) continue;
      indices.push(index);
      if (isPassable(position, atStart, atEnd)) reached[index + 1] = 1;
    }
    return indices;
  };
  const mark = (indices: readonly number[]): Uint8Array => {
    const reached = new Uint8Array(positions.length + 1);
    for (const index of indices) reached[index] = 1;
    return reached;
  };
  const holdsAccept = (indices: readonly number[]) =>
    indices.some((index) => positions[index]?.kind === "accept");
  const makeState = (indices: readonly number[], atStart: boolean): State => ({
    positions: indices,
    accepts: holdsAccept(indices),
    acceptsAtEnd: holdsAccept(close(mark(indices), atStart, true)),
    next: [],
  });
  const step = (state: State, characterClass: number): State => {
    const character = members[characterClass] ?? BEYOND;
    const indices = close(
      mark([...advance(positions, state.positions, character), ...entries]),
      false,
      false,
    );
    const key = String.fromCharCode(...indices);
    let next = states.get(key);
    if (!next) {
      if (states.size >= MOST_STATES) forget(states, first);
      next = makeState(indices, false);
      states.set(key, next);
    }
    state.next[characterClass] = next;
    return next;
  };
  const first = makeState(close(mark(entries), true, false), true);

  return (text) => {
    let state = first;
    for (let at = 0; at < text.length; at++) {
      if (state.accepts) return true;
      const code = text.charCodeAt(at);
      const characterClass = classOf[code < BEYOND ? code : BEYOND] ?? 0;
      state = state.next[characterClass] ?? step(state, characterClass);
    }
    return state.accepts || state.acceptsAtEnd;
  };
}

function isPassable(position: Position, atStart: boolean, atEnd: boolean): boolean {
  if (position.kind === "character") return position.optional;
  return position.kind === "start" ? atStart : position.kind === "end" && atEnd;
}

/** The positions that a character leads to. */
function advance(positions: readonly Position[], from: readonly number[], character: number): number[] {
  const to: number[] = [];
  for (const index of from) {
    const position = positions[index];
    if (position?.kind !== "character" || position.set[character] !== 1) continue;
    to.push(index + 1);
    if (position.repeats) to.push(index);
  }
  return to;
}

function forget(states: Map<string, State>, first: State): void {
  for (const state of states.values()) state.next.length = 0;
  first.next.length = 0;
  states.clear();
}

/** An item with its repetitions written out. */
function spell(item: RegexItem): Position[] {
  if (item.kind !== "repeat") return [item];
  const { set, min, max } = item;
  const unbounded = max === Infinity;
  const count = unbounded ? Math.max(min, 1) : max;
  return Array.from({ length: count }, (_, index) => ({
    kind: "character",
    set,
    optional: index >= min,
    repeats: unbounded && index === count - 1,
  }));
}

/** Characters that no set of the expression tells apart share a class. */
function classify(positions: readonly Position[]): { classOf: Uint16Array; members: number[] } {
  const sets = positions.flatMap((position) => (position.kind === "character" ? [position.set] : []));
  const distinct = [...new Set(sets)];
  const known = new Map<string, number>();
  const members: number[] = [];
  const classOf = Uint16Array.from({ length: BEYOND + 1 }, (_, code) => {
    const signature = distinct.map((set) => set[code]).join("");
    const existing = known.get(signature);
    if (existing !== undefined) return existing;
    known.set(signature, members.length);
    return members.push(code) - 1;
  });
  return { classOf, members };
}

/** Texts that are in every text that the expression is found in: runs of characters written one by one. */
export function literalsOf(regex: Regex): string[] {
  const [items, ...others] = regex.alternatives;
  if (!items || others.length > 0) return [];
  const runs = [""];
  for (const item of items) {
    const once = item.kind === "repeat" && item.min === 1 && item.max === 1 ? item.literal : undefined;
    if (once === undefined) runs.push("");
    else runs.push((runs.pop() ?? "") + once);
  }
  return runs.filter((run) => run !== "");
}
