/** When the demo incident's things happen; all times are milliseconds since the epoch, UTC. */

const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const START = Date.UTC(2026, 2, 12, 0, 0, 0);
export const END = Date.UTC(2026, 2, 12, 6, 0, 0);

/** A configuration reload cuts inventory-service's connection pool: the cause. */
export const CAUSE = Date.UTC(2026, 2, 12, 2, 41, 7, 312);
/** From here on reservations run out of patience while they wait for a connection; a second try helps. */
const EXHAUSTED = Date.UTC(2026, 2, 12, 2, 47, 0);
/** From here on the second try fails too. */
const SPREADING = Date.UTC(2026, 2, 12, 2, 49, 0);
/** Somebody raises the pool a little: better, not well. */
export const EASED = Date.UTC(2026, 2, 12, 5, 20, 14, 88);

/** The red herring: fraud scoring is down and payment-service shouts about it, and falls back. */
export const HERRING_START = Date.UTC(2026, 2, 12, 2, 38, 20);
const HERRING_END = Date.UTC(2026, 2, 12, 3, 26, 40);

/** orders-worker's log is rotated. */
export const ROTATION = Date.UTC(2026, 2, 12, 3, 0, 0);

/** Requests per second at minutes after the start: the night's ebb and the first of the morning. */
const TRAFFIC: readonly (readonly [minute: number, perSecond: number])[] = [
  [0, 5.4],
  [60, 4.1],
  [150, 3.2],
  [210, 2.8],
  [270, 3.0],
  [330, 3.8],
  [360, 4.9],
];

/** Expected requests per second at the edge. */
export function trafficAt(at: number): number {
  const minute = (at - START) / MINUTE;
  const index = TRAFFIC.findIndex(([until]) => until > minute);
  const [fromMinute, from] = TRAFFIC[index - 1] ?? [0, 0];
  const [toMinute, to] = TRAFFIC[index] ?? [fromMinute + 1, from];
  return from + ((to - from) * (minute - fromMinute)) / (toMinute - fromMinute);
}

/** How inventory-service's connection pool fares. */
export interface PoolState {
  readonly size: number;
  /** Longest wait for a connection of a reservation that gets one, ms. */
  readonly longestWait: number;
  /** Share of the tries that get no connection. */
  readonly refused: number;
  /** Whether a refused reservation is refused again when it is tried again. */
  readonly retryFails: boolean;
}

export function poolAt(at: number): PoolState {
  if (at < CAUSE) return { size: 50, longestWait: 0, refused: 0, retryFails: false };
  if (at >= EASED) return { size: 8, longestWait: 1400, refused: 0.14, retryFails: true };
  const longestWait = Math.min(4200, 300 + ((at - CAUSE) / MINUTE) * 500);
  if (at < EXHAUSTED) return { size: 5, longestWait, refused: 0, retryFails: false };
  if (at < SPREADING) return { size: 5, longestWait, refused: 0.4, retryFails: false };
  const refused = Math.min(0.62, 0.35 + ((at - SPREADING) / MINUTE) * 0.014);
  return { size: 5, longestWait, refused, retryFails: true };
}

/** Customers try again once their checkouts fail: more of them. */
export function checkoutShareAt(at: number): number {
  return poolAt(at).retryFails ? 0.065 : 0.05;
}

export function isHerring(at: number): boolean {
  return at >= HERRING_START && at < HERRING_END;
}
