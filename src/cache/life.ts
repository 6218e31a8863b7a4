import type { CacheSettings, ResultKind } from "./cache.ts";

export type Lives = Pick<CacheSettings, "eventLife" | "tailLife">;

const RESULT_LIVES: Readonly<Record<ResultKind, number>> = {
  groups: 900_000,
  statistics: 300_000,
  other: 3_600_000,
};
const FOR_GOOD: typeof RESULT_LIVES = {
  groups: Number.POSITIVE_INFINITY,
  statistics: Number.POSITIVE_INFINITY,
  other: Number.POSITIVE_INFINITY,
};

/** How long results are taken as they were read, ms: for good where events are, too. */
export function resultLivesOf({ eventLife }: Lives): typeof RESULT_LIVES {
  return eventLife === Number.POSITIVE_INFINITY ? FOR_GOOD : RESULT_LIVES;
}

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
