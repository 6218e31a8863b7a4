/** A range of a text (UTF-16 indices, end exclusive) that a rule wants replaced. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** How a rule reports what it found. */
export type AddSpan = (rule: string, start: number, end: number) => void;

/** A range without a rule: what must not be touched. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

interface MergeOptions {
  /** The most specific rule has the lowest number; it names the merged span. */
  readonly rankOf: (rule: string) => number;
  /** Rules whose replacement keeps the surroundings' shape: a span that only starts inside is dropped. */
  readonly structural: (rule: string) => boolean;
}

/** Joins overlapping spans into one that covers all of them, so that no piece of either stays behind. */
export function mergeSpans(spans: readonly Span[], options: MergeOptions): Span[] {
  const sorted = spans.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else if (!options.structural(last.rule)) merged[merged.length - 1] = join(last, span, options);
  }
  return merged;
}

function join(outer: Span, inner: Span, options: MergeOptions): Span {
  const end = Math.max(outer.end, inner.end);
  const same = inner.start === outer.start && inner.end === outer.end;
  const wins =
    options.rankOf(inner.rule) < options.rankOf(outer.rule) && (same || !options.structural(inner.rule));
  return { start: outer.start, end, rule: wins ? inner.rule : outer.rule };
}

/** Cuts the protected ranges out of the spans; both lists sorted and free of overlaps. */
export function cutOut(spans: readonly Span[], holes: readonly Range[]): Span[] {
  if (holes.length === 0) return [...spans];
  const kept: Span[] = [];
  let first = 0;
  for (const span of spans) {
    let start = span.start;
    while (first < holes.length && (holes[first]?.end ?? 0) <= start) first++;
    for (let at = first; at < holes.length; at++) {
      const hole = holes[at];
      if (hole === undefined || hole.start >= span.end) break;
      if (hole.start > start) kept.push({ ...span, start, end: hole.start });
      start = Math.max(start, hole.end);
    }
    if (start < span.end) kept.push({ ...span, start });
  }
  return kept;
}
