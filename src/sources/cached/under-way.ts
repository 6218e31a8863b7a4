import { setImmediate } from "node:timers/promises";
import { throwIfAborted, untilAborted } from "./aborted.ts";

/** A reading under way, that others may wait for. */
export interface UnderWay {
  /** To be told when a page is handed out to the one who reads, and when the next is asked for. */
  turn(isHandedOut: boolean): void;
  /** To be told when there is nothing to wait for any more. */
  end(): void;
  /**
   * Until it has ended, or until the one who reads does not take the next page at once: they may be waiting for the
   * very one who waits here, as where both are merged.
   * @throws Failure "interrupted"
   */
  wait(signal: AbortSignal): Promise<void>;
}

export function startUnderWay(): UnderWay {
  let hasEnded = false;
  let isHandedOut = false;
  let steps = 0;
  let next = Promise.withResolvers<void>();
  const step = (): void => {
    steps += 1;
    next.resolve();
    next = Promise.withResolvers();
  };
  return {
    turn(isOut) {
      isHandedOut = isOut;
      step();
    },
    end() {
      hasEnded = true;
      step();
    },
    async wait(signal) {
      while (!hasEnded) {
        const before = steps;
        await (isHandedOut ? setImmediate() : untilAborted(next.promise, signal));
        throwIfAborted(signal);
        if (steps === before) return;
      }
    },
  };
}
