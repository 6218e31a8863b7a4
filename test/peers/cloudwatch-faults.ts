import type { Paging } from "./cloudwatch-tokens.ts";
import { type ErrorShape, ServiceError } from "./cloudwatch-wire.ts";

/** What happens to a call instead of, or on the way to, its answer. */
export type Effect =
  | { readonly kind: "error"; readonly code: string; readonly message?: string; readonly status?: number }
  /** A page of something in front of the service, which is not JSON. */
  | { readonly kind: "page"; readonly status: number; readonly body: string }
  /** The connection ends after so many bytes of the answer's body; with none at all before its head. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "latency"; readonly ms: number };

export interface PlannedFault {
  readonly effect: Effect;
  /** Only calls of this operation; of all where left out. */
  readonly operation?: string;
  /** Only calls whose input this accepts. */
  readonly when?: (input: unknown) => boolean;
  /** How many of these calls pass first; none. */
  readonly after?: number;
  /** How many of these calls are hit then; all. */
  readonly times?: number;
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
  /** Operations that the peer does not know, as an emulator may lack some: UnknownOperationException. */
  readonly unknownOperations?: readonly string[];
}

/** The quotas of us-east-1, in calls a second: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html. */
export const QUOTAS: Readonly<Record<string, number>> = {
  FilterLogEvents: 25,
  GetLogEvents: 25,
  DescribeLogGroups: 10,
  DescribeLogStreams: 25,
  StartQuery: 10,
  GetQueryResults: 10,
};

/**
 * The state of one setting of faults. `admit` counts a call and gives the effects that hit it.
 * @throws ServiceError ThrottlingException where the operation's bucket is empty.
 */
export interface ActiveFaults {
  readonly settings: Faults;
  admit(operation: string, input: unknown): readonly Effect[];
}

export function activateFaults(settings: Faults, clock: () => number): ActiveFaults {
  const buckets = new Map(
    Object.entries(settings.rates ?? {}).map(([operation, rate]) => [operation, createBucket(rate, clock)]),
  );
  const plan = (settings.plan ?? []).map((fault) => ({ fault, seen: 0 }));
  return {
    settings,
    admit: (operation, input) => {
      if (buckets.get(operation)?.() === false)
        throw new ServiceError("ThrottlingException", "Rate exceeded");
      const hit: Effect[] = [];
      for (const planned of plan) {
        const { operation: only = operation, when = () => true, after = 0, times = Infinity } = planned.fault;
        if (only !== operation || !when(input)) continue;
        planned.seen += 1;
        if (planned.seen > after && planned.seen <= after + times) hit.push(planned.fault.effect);
      }
      return hit;
    },
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
