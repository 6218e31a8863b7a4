/** References as they stand in an answer, `[e1]`, `[e1, q2]` or `[e3-e7]`. */
export interface Citing {
  /** In lower case, a range spelled out. */
  readonly refs: readonly string[];
  readonly index: number;
  readonly end: number;
}

const REFERENCE = /\[([eq]\d{1,7}(?:\s{0,3}(?:[,;&–-]|and|to)\s{0,3}[eq]\d{1,7}){0,60})\]/gi;
const RANGE = /([eq])(\d{1,7})(?:\s{0,3}(?:[–-]|to)\s{0,3}\1(\d{1,7}))?/g;
/** A range that is longer is not spelled out: nobody means that. */
const LONGEST_RANGE = 100;

export function findReferences(text: string): Citing[] {
  return [...text.matchAll(REFERENCE)].map(({ 0: raw, 1: list = "", index }) => ({
    refs: [...list.toLowerCase().matchAll(RANGE)].flatMap(([, kind = "", first, last]) =>
      spellOut(kind, Number(first), Number(last ?? first)),
    ),
    index,
    end: index + raw.length,
  }));
}

function spellOut(kind: string, first: number, last: number): string[] {
  const size = last - first + 1;
  if (size < 1 || size > LONGEST_RANGE) return [`${kind}${first}`, `${kind}${last}`];
  return Array.from({ length: size }, (_, at) => `${kind}${first + at}`);
}

/** The text without its references; everything else stays where it is. */
export function blankReferences(text: string): string {
  return text.replaceAll(REFERENCE, (raw) => " ".repeat(raw.length));
}
