/** A half-open span of instants: `start` is in it, `end` is not. Milliseconds since the epoch. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

export function contains(range: TimeRange, timestamp: number): boolean {
  return timestamp >= range.start && timestamp < range.end;
}

/** The smallest range that holds both; either may be absent. */
export function spanOf(a: TimeRange | undefined, b: TimeRange | undefined): TimeRange | undefined {
  if (!a || !b) return a ?? b;
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
