import type { Chunk, Usage } from "../../cache/cache.ts";
import { cachedNotice } from "../../log/cached-notice.ts";
import type { Notice } from "../../log/ledger.ts";
import type { Zone } from "../../log/zone.ts";
import type { FetchPage } from "../source.ts";
import { callsOf } from "./collect.ts";
import { type KnownStep, shareOf } from "./steps.ts";

/** What of one fetch came from the cache, and what from the source. */
export interface Tally {
  addFetched(page: FetchPage): void;
  /** @param isNews false where the reader knows that it was read: by this very run, just now */
  addKnown(step: KnownStep, isNews: boolean): void;
  /** A page of what was added as known last. */
  addRecalled(page: FetchPage): void;
  /** Events that were given until now. */
  given(): number;
  /** What there is to tell in the end. */
  notices(at: number): readonly Notice[];
  usage(): { readonly chunks: readonly Chunk[]; readonly usage: Usage };
}

export function createTally(group: string, zone: Zone): Tally {
  const chunks: Chunk[] = [];
  let [fetched, madeCalls, sparedCalls] = [0, 0, 0];
  let [told, silent] = [0, 0];
  let hasGap = false;
  let hasSilent = false;
  let isNews = false;
  let read: { readonly from: number; readonly to: number } | undefined;
  const given = () => fetched + told + silent;
  return {
    addFetched(page) {
      hasGap = true;
      fetched += page.events.length;
      madeCalls += callsOf(page);
    },
    addKnown({ chunk, window }, isTold) {
      chunks.push(chunk);
      sparedCalls += chunk.calls * shareOf(window, chunk);
      isNews = isTold;
      if (!isTold) hasSilent = true;
      else read = widen(read, chunk);
    },
    addRecalled({ events }) {
      if (isNews) told += events.length;
      else silent += events.length;
    },
    given,
    notices(at) {
      if (!read) return [];
      const of = hasGap || hasSilent ? { of: given() } : {};
      const share = { events: told, ...of, readFrom: read.from, readTo: read.to };
      return [cachedNotice({ ...share, toldAt: at, zone: zone.name }, group)];
    },
    usage: () => ({
      chunks,
      usage: { cachedEvents: told + silent, fetchedEvents: fetched, sparedCalls, madeCalls },
    }),
  };
}

function widen(
  read: { readonly from: number; readonly to: number } | undefined,
  { readFrom, readTo }: Chunk,
): { readonly from: number; readonly to: number } {
  return { from: Math.min(read?.from ?? readFrom, readFrom), to: Math.max(read?.to ?? readTo, readTo) };
}
