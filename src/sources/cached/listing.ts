import { z } from "zod";
import type { Cache, CacheOwner } from "../../cache/cache.ts";
import { Failure } from "../../failure.ts";
import type { ListOptions, LogGroup, LogSource } from "../source.ts";
import { throwIfAborted } from "./aborted.ts";

/** The groups of a source, listed once in a while. */
export interface Listing {
  list(owner: CacheOwner, options: ListOptions): Promise<readonly LogGroup[]>;
  /** A group with what its listing tells, asked for where that is not known; undefined where it cannot be had soon. */
  describe(owner: CacheOwner, name: string, signal: AbortSignal): Promise<LogGroup | undefined>;
  /** These groups with what changes often, such as their newest event. */
  describeAll(owner: CacheOwner, names: readonly string[], signal: AbortSignal): Promise<readonly LogGroup[]>;
}

const SCHEMA: z.ZodType<LogGroup> = z
  .object({
    name: z.string(),
    class: z.enum(["standard", "infrequent-access", "essentials", "delivery"]).exactOptional(),
    storedBytes: z.number().optional(),
    retentionDays: z.number().optional(),
    oldestEvent: z.number().optional(),
    newestEvent: z.number().optional(),
    streams: z.array(z.string()).optional(),
    created: z.number().exactOptional(),
    isMasked: z.boolean().exactOptional(),
    remark: z.string().exactOptional(),
  })
  .transform(({ storedBytes, retentionDays, oldestEvent, newestEvent, streams, ...group }) => ({
    ...group,
    ...{ storedBytes, retentionDays, oldestEvent, newestEvent, streams },
  }));
/** Under which name the listing of all groups is kept; that of one group is under its name. */
const ALL = "";
/** What this run itself has listed so short a time ago is fresh, ms. */
const FRESH = 5_000;
/** How long one group is waited for, ms: what it is asked for is a remark on events that are here already. */
const PATIENCE = 2_000;

interface ListingOptions {
  readonly cache: Cache;
  readonly now: () => number;
  /** ms */
  readonly describeLife: number;
}

export function createListing(source: LogSource, { cache, now, describeLife }: ListingOptions): Listing {
  /** Groups that did not answer: not waited for again. */
  const silent = new Set<string>();
  let listedAt = Number.NEGATIVE_INFINITY;

  const find = (owner: CacheOwner, key: string): readonly LogGroup[] | undefined => {
    const known = cache.findResult(owner, "groups", key);
    if (!known) return undefined;
    const { success, data } = z.array(SCHEMA).safeParse(known.value);
    return success ? data.map((group) => ({ ...group, listedAt: known.readAt })) : undefined;
  };
  const readAll = async (owner: CacheOwner, options: ListOptions): Promise<readonly LogGroup[]> => {
    const readAt = now();
    const groups = await Array.fromAsync(source.listGroups(options));
    listedAt = readAt;
    // An account without groups is about to get some.
    if (groups.length > 0) cache.keepResult(owner, "groups", ALL, groups, readAt);
    return groups.map((group) => ({ ...group, listedAt: readAt }));
  };

  return {
    async list(owner, { prefix = "", signal, isFresh = false }) {
      const known = find(owner, ALL);
      const isOld = isFresh && now() - listedAt > FRESH;
      const groups =
        known && !isOld ? known : await readAll(owner, { signal, ...(isFresh ? { isFresh } : {}) });
      return groups.filter(({ name }) => name.startsWith(prefix));
    },

    async describeAll(owner, names, signal) {
      const known = names.flatMap((name) => {
        const group = find(owner, describedKey(name))?.[0];
        return group && now() - (group.listedAt ?? 0) <= describeLife ? [group] : [];
      });
      const left = names.filter((name) => !known.some((group) => group.name === name));
      if (left.length === 0) return known;
      const readAt = now();
      const told = (await source.describeGroups?.(left, signal)) ?? [];
      for (const group of told) cache.keepResult(owner, "groups", describedKey(group.name), [group], readAt);
      return [...known, ...told.map((group) => ({ ...group, listedAt: readAt }))];
    },

    async describe(owner, name, signal) {
      const known =
        find(owner, name)?.[0] ??
        find(owner, ALL)?.find((group) => group.name === name && isDescribed(group));
      if (known || silent.has(name)) return known;
      const readAt = now();
      const soon = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
      try {
        const near = await Array.fromAsync(source.listGroups({ prefix: name, signal: soon }));
        const group = near.find((one) => one.name === name);
        if (group) cache.keepResult(owner, "groups", name, [group], readAt);
        return group;
      } catch (error) {
        throwIfAborted(signal);
        if (!(error instanceof Failure)) throw error;
        silent.add(name);
        return undefined;
      }
    },
  };
}

/** Apart from what a listing tells of one group. */
function describedKey(name: string): string {
  return JSON.stringify(["described", name]);
}

/** Some listings are of names alone. */
function isDescribed({ created, isMasked }: LogGroup): boolean {
  return created !== undefined || isMasked !== undefined;
}
