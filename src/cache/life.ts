import type { CacheSettings, ResultKind } from "./cache.ts";

export type Lives = Pick<CacheSettings, "eventLife" | "tailLife">;

/** How long a result is taken as it was read, ms. */
export const RESULT_LIVES: Readonly<Record<ResultKind, number>> = {
  groups: 900_000,
  statistics: 300_000,
  other: 3_600_000,
};
/** What was read later than so much from now, ms, was read by another clock: nobody knows how old it is. */
const AHEAD = 60_000;

/** The readings that still count: those between these times, both of them included. */
export interface Alive {
  readonly from: number;
  readonly to: number;
}

export function aliveAt(now: number, life: number): Alive {
  return { from: now - life, to: now + AHEAD };
}

export function isAlive(readAt: number, now: number, life: number): boolean {
  const { from, to } = aliveAt(now, life);
  return readAt >= from && readAt <= to;
}

export function isChunkAlive(
  chunk: { readonly readFrom: number; readonly isSettled: boolean },
  now: number,
  { eventLife, tailLife }: Lives,
): boolean {
  return isAlive(chunk.readFrom, now, chunk.isSettled ? eventLife : tailLife);
}
