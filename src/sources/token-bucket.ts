import { setTimeout as delay } from "node:timers/promises";

/** Waits; rejects as soon as the signal does. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleepFor: Sleep = (ms, signal) => delay(ms, undefined, { signal });

export interface TokenBucketOptions {
  /** Calls a second that the service allows, and what it allows at once. */
  readonly rate: number;
  /** Calls go unhindered until the first refusal shows that there is a rate to keep. */
  readonly isUnpaced?: boolean;
  /** Monotonic, ms. */
  readonly clock?: () => number;
  readonly sleep?: Sleep;
}

/** Keeps calls within a rate, in the order in which they ask. */
export interface TokenBucket {
  /** Resolves when a call may be made; rejects when the signal does. */
  take(signal: AbortSignal): Promise<void>;
  /** The service refused a call: less is asked of it for a while. */
  slowDown(): void;
  /** Calls a second at present. */
  readonly rate: number;
}

/** What is asked for at once, and all the time, of what is allowed: the way of a call differs, and clocks do. */
const BURST_SHARE = 0.9;
const SHARE = 0.995;
/** What is left of the rate after a refusal, and what it wins back in a second, as a share of the full rate. */
const CUT = 0.7;
const RECOVERY = 0.05;
/** The lowest rate, as a share of the full one. */
const LEAST = 0.2;
/** Refusals of calls that were under way together are one sign, ms. */
const ONE_SIGN_MS = 500;

export function createTokenBucket({
  rate: full,
  isUnpaced = false,
  clock = () => performance.now(),
  sleep = sleepFor,
}: TokenBucketOptions): TokenBucket {
  const most = Math.max(1, full * BURST_SHARE);
  let isFree = isUnpaced;
  let share = 1;
  let cutAt = Number.NEGATIVE_INFINITY;
  let tokens = most;
  let filledAt = clock();
  let turn: Promise<void> = Promise.resolve();

  const rateNow = () => full * SHARE * share;
  const refill = () => {
    const now = clock();
    const seconds = (now - filledAt) / 1000;
    share = Math.min(1, share + RECOVERY * seconds);
    tokens = Math.min(most, tokens + seconds * rateNow());
    filledAt = now;
  };
  const takeOne = async (signal: AbortSignal) => {
    refill();
    while (tokens < 1) {
      await sleep(Math.max(1, Math.ceil(((1 - tokens) / rateNow()) * 1000)), signal);
      refill();
    }
    tokens -= 1;
  };
  return {
    take(signal) {
      if (isFree && !signal.aborted) return Promise.resolve();
      const mine = turn.then(() => {
        signal.throwIfAborted();
        return takeOne(signal);
      });
      turn = mine.catch(() => {});
      return mine;
    },
    slowDown() {
      refill();
      tokens = Math.min(tokens, 0);
      if (isFree) {
        // The refusals of all that is under way tell of the rate itself, not that it is too high.
        isFree = false;
        cutAt = clock();
      }
      if (clock() - cutAt < ONE_SIGN_MS) return;
      cutAt = clock();
      share = Math.max(LEAST, share * CUT);
    },
    get rate() {
      return rateNow();
    },
  };
}
