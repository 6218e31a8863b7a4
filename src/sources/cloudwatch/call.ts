import { Failure } from "../../failure.ts";
import { createTokenBucket, type Sleep, sleepFor, type TokenBucket } from "../token-bucket.ts";
import { type ErrorKind, failureOf, kindOf } from "./call-errors.ts";
import { notItsOwn } from "./call-failures.ts";
import { quotaOf } from "./quotas.ts";

/** One call of the service. */
export interface CallRequest<Output> {
  /** Its name in the service's model: `FilterLogEvents`. */
  readonly operation: string;
  readonly run: (signal: AbortSignal) => Promise<Output>;
  readonly signal: AbortSignal;
  /** The group or whatever else it is about, for the words of a failure. */
  readonly about?: string | undefined;
  /** Told while a refused call waits. */
  readonly onWait?: ((text: string) => void) | undefined;
  /** Told each time that it was refused for its rate and will be made again. */
  readonly onRefused?: (() => void) | undefined;
}

/**
 * Makes a call within the rate, again where that may help, and gives its errors as Failures: "rate-limited" |
 * "source-unavailable" | "access-denied" | "credentials" | "group-not-found" | "invalid-filter" | "interrupted".
 */
export type Send = <Output>(request: CallRequest<Output>) => Promise<Output>;

/** What waiting goes by. */
export interface Pace {
  /** Monotonic, ms. */
  readonly clock?: () => number;
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface SenderOptions extends Pace {
  readonly region: string;
  readonly profile: string | undefined;
  /** Why no keys may come of the profile. */
  readonly remark?: string | undefined;
  /** The quotas are AWS's own: an emulator on this machine has none until it refuses a call. */
  readonly isEmulator?: boolean;
  /** Fetches the credentials anew; after that an expired call is tried once more. */
  readonly refresh?: () => Promise<void>;
}

/** Calls of a service that is down or not answering, the first included. */
const MOST_TRIES = 5;
/** For how long a call that is refused for its rate is tried again, ms: a busy account is no reason to lose an answer. */
const PATIENCE_MS = 120_000;
/** First and longest pause, ms; a pause is a random part of it, so that callers do not come back together. */
const PAUSES: Readonly<
  Record<"throttled" | "unavailable" | "timeout", readonly [first: number, longest: number]>
> = {
  throttled: [400, 8_000],
  unavailable: [200, 5_000],
  timeout: [200, 1_000],
};

const WAITING = {
  throttled: "Rate limited. Retrying...",
  unavailable: "CloudWatch has trouble. Retrying...",
  timeout: "Connection timeout. Retrying...",
};

/** The state of one call that goes on failing. */
interface Trouble {
  tries: number;
  refreshed: boolean;
  reclocked: boolean;
  /** When it was first refused, by the clock. */
  since: number | undefined;
}

export function createSender(options: SenderOptions): Send {
  const {
    region,
    profile,
    remark,
    isEmulator = false,
    clock = () => performance.now(),
    sleep = sleepFor,
    random = Math.random,
  } = options;
  const buckets = new Map<string, TokenBucket>();
  const bucketOf = (operation: string): TokenBucket => {
    const known = buckets.get(operation);
    if (known) return known;
    const bucket = createTokenBucket({
      rate: quotaOf(operation, region),
      isUnpaced: isEmulator,
      clock,
      sleep,
    });
    buckets.set(operation, bucket);
    return bucket;
  };

  /** Whether to try again, after the pause that it takes. */
  const recover = async (
    kind: ErrorKind,
    trouble: Trouble,
    request: CallRequest<unknown>,
  ): Promise<boolean> => {
    if (kind === "final") return false;
    if (kind === "skewed") {
      const isFirst = !trouble.reclocked;
      trouble.reclocked = true;
      return isFirst;
    }
    if (kind === "expired") {
      if (trouble.refreshed || !options.refresh) return false;
      trouble.refreshed = true;
      return options.refresh().then(
        () => true,
        () => false,
      );
    }
    trouble.since ??= clock();
    trouble.tries += 1;
    if (kind === "throttled") bucketOf(request.operation).slowDown();
    const isOver = kind === "throttled" ? clock() - trouble.since > PATIENCE_MS : trouble.tries >= MOST_TRIES;
    if (isOver) return false;
    if (kind === "throttled") request.onRefused?.();
    request.onWait?.(WAITING[kind]);
    const [first, longest] = PAUSES[kind];
    await sleep(Math.ceil(random() * Math.min(longest, first * 2 ** (trouble.tries - 1))), request.signal);
    return true;
  };

  return async (request) => {
    const { operation, run, signal, about } = request;
    const trouble: Trouble = { tries: 0, refreshed: false, reclocked: false, since: undefined };
    try {
      for (;;) {
        await bucketOf(operation).take(signal);
        try {
          return refuseNothing(operation, await run(signal));
        } catch (error) {
          if (signal.aborted || !(await recover(kindOf(error), trouble, request)))
            throw failureOf(error, { operation, region, profile, remark, about });
        }
      }
    } catch (error) {
      if (signal.aborted) throw new Failure("interrupted", "Interrupted.", { cause: error });
      throw error;
    }
  };
}

/** An empty body is no answer: AWS gives each a request id, and would say that there is nothing. */
function refuseNothing<Output>(operation: string, output: Output): Output {
  const says = Object.entries(output ?? {}).some(
    ([name, value]) => name !== "$metadata" && value !== undefined,
  );
  const metadata: unknown = output instanceof Object ? Reflect.get(output, "$metadata") : undefined;
  const isFromAws = metadata instanceof Object && Reflect.get(metadata, "requestId") !== undefined;
  if (says || isFromAws) return output;
  throw notItsOwn({ operation }, "nothing at all");
}
