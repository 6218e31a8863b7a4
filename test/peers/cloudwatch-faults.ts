import { createRandom } from "../../src/demo/random.ts";
import { type ErrorEffect, EXPIRED_TOKEN, errorOf, THROTTLED } from "./cloudwatch-errors.ts";
import type { LiveTailSettings } from "./cloudwatch-live-tail.ts";
import type { Paging } from "./cloudwatch-tokens.ts";
import type { ErrorShape, PlannedEnd } from "./cloudwatch-wire.ts";

/** What happens to a call instead of, or on the way to, its answer. */
export type Effect =
  | ErrorEffect
  /** A page of something in front of the service, which is not JSON. */
  | { readonly kind: "page"; readonly status: number; readonly body: string }
  /** The connection ends after so many bytes of the answer's body; with none at all before its head. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "latency"; readonly ms: number }
  /** A Live Tail session ends after so many updates. */
  | ({ readonly kind: "session-end" } & PlannedEnd);

export interface PlannedFault {
  readonly effect: Effect;
  /** Only calls of this operation; of all where left out. */
  readonly operation?: string;
  /** Only calls whose input this accepts. */
  readonly when?: (input: unknown) => boolean;
  /** Only calls at these times by the peer's clock, ms since the epoch; the end is exclusive. */
  readonly between?: readonly [from: number, to: number];
  /** How many of these calls pass first; none. */
  readonly after?: number;
  /** How many of these calls are hit then, at most; all. */
  readonly times?: number;
  /** The probability, 0 to 1, with which each of them is hit; the same calls for the same seed. All are. */
  readonly share?: number;
  readonly seed?: number;
}

export interface Faults {
  /** Calls a second and burst, by operation; what is not named is not throttled. */
  readonly rates?: Readonly<Record<string, number>>;
  readonly plan?: readonly PlannedFault[];
  /** Milliseconds that every answer takes longer. */
  readonly latencyMs?: number;
  /** How errors are named on the wire; "bare". */
  readonly errorShape?: ErrorShape;
  readonly paging?: Paging;
  readonly liveTail?: LiveTailSettings;
  /** Whether callers may have masked data unmasked; false. */
  readonly allowsUnmask?: boolean;
  /** Calls that one access key is good for; then its token has expired, and another key is needed. No end. */
  readonly callsPerKey?: number;
  /** Operations that the peer does not know, as an emulator may lack some: UnknownOperationException. */
  readonly unknownOperations?: readonly string[];
}

/** The quotas of us-east-1, in calls a second: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html. */
export const QUOTAS: Readonly<Record<string, number>> = {
  FilterLogEvents: 25,
  GetLogEvents: 25,
  DescribeLogGroups: 10,
  DescribeLogStreams: 25,
  StartLiveTail: 5,
  StartQuery: 10,
  GetQueryResults: 10,
};

export interface AdmittedCall {
  readonly operation: string;
  readonly input: unknown;
  readonly accessKeyId: string;
}

/**
 * The state of one setting of faults. `admit` counts a call and gives the effects that hit it.
 * @throws ServiceError ExpiredTokenException for a used-up key, ThrottlingException for an empty bucket.
 */
export interface ActiveFaults {
  readonly settings: Faults;
  admit(call: AdmittedCall): readonly Effect[];
}

export function activateFaults(settings: Faults, clock: () => number): ActiveFaults {
  const buckets = new Map(
    Object.entries(settings.rates ?? {}).map(([operation, rate]) => [operation, createBucket(rate, clock)]),
  );
  const plan = (settings.plan ?? []).map((fault) => activateFault(fault, clock));
  const callsOfKeys = new Map<string, number>();
  return {
    settings,
    admit: (call) => {
      const { operation, accessKeyId } = call;
      const calls = (callsOfKeys.get(accessKeyId) ?? 0) + 1;
      callsOfKeys.set(accessKeyId, calls);
      if (calls > (settings.callsPerKey ?? Infinity)) throw errorOf(EXPIRED_TOKEN);
      if (buckets.get(operation)?.() === false) throw errorOf(THROTTLED);
      return plan.flatMap((take) => take(call) ?? []);
    },
  };
}

/** Each fault counts and draws for itself, whatever else is planned. */
function activateFault(fault: PlannedFault, clock: () => number): (call: AdmittedCall) => Effect | undefined {
  const { operation, when = () => true, after = 0, times = Infinity, share = 1, seed = 1 } = fault;
  const [from, to] = fault.between ?? [-Infinity, Infinity];
  const random = createRandom(seed);
  let seen = 0;
  let hits = 0;
  return (call) => {
    const now = clock();
    const isMeant = (operation ?? call.operation) === call.operation && now >= from && now < to;
    if (!isMeant || !when(call.input)) return undefined;
    seen += 1;
    if (seen <= after || hits === times || !random.chance(share)) return undefined;
    hits += 1;
    return fault.effect;
  };
}

/** A token bucket that holds one second's calls and is full at first. */
function createBucket(rate: number, clock: () => number): () => boolean {
  let tokens = rate;
  let filled = clock();
  return () => {
    const now = clock();
    tokens = Math.min(rate, tokens + ((now - filled) / 1000) * rate);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
