import { Failure } from "../failure.ts";
import type { Capabilities, Identity, LogSource } from "./source.ts";

export interface OfflineOptions {
  readonly name: string;
  /** As whom it was read before; undefined where that is not known, and nothing can be found again. */
  readonly owner: Identity | undefined;
  /** As the source itself tells it, ms. */
  readonly ingestionDelay: number;
}

const CAPABILITIES: Capabilities = {
  filterPatterns: true,
  streams: true,
  newestFirst: true,
  serverQueries: true,
  metrics: false,
  liveTail: false,
  maxRangeHours: Number.POSITIVE_INFINITY,
  ingestionDelay: 0,
};

/** A source that is not to be reached: behind a cache it gives what is known, and everything else fails in plain words. */
export function createOfflineSource({ name, owner, ingestionDelay }: OfflineOptions): LogSource {
  const refuse = (what: string): never => {
    throw new Failure("source-unavailable", `${what} is not in the cache, and '${name}' is not asked.`, {
      hint: "With --fresh the source is asked.",
    });
  };
  return {
    name,
    capabilities: { ...CAPABILITIES, ingestionDelay },
    ...(owner && { identify: async () => ({ account: owner.account, region: owner.region }) }),
    // biome-ignore lint/correctness/useYield: there is nothing to give
    async *listGroups() {
      refuse("The list of log groups");
    },
    // biome-ignore lint/correctness/useYield: there is nothing to give
    async *fetch({ group }) {
      refuse(`A part of '${group}'`);
    },
    // What is known of a group is told; that more is not known is no error.
    describeGroups: async () => [],
    fetchSurrounding: async ({ event }) => refuse(`What is around the event in '${event.group}'`),
    query: async () => refuse("The result of the query"),
    checkHealth: async () => [],
  };
}
