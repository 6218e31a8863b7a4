/** How densely the pages of a source lie in time, as far as known: so many calls for so many ms. */
export interface Density {
  readonly pages: number;
  readonly span: number;
}

/** A stretch of the window that nothing reads yet; half-open, ms since the epoch. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  /** undefined before anything was read: it is then read as one. */
  readonly density: Density | undefined;
  /** Ids of the events at `start` that were handed out already. */
  readonly skip: ReadonlySet<string>;
}

export interface PlanOptions {
  /** Reads at the same time, at most. */
  readonly concurrency: number;
  /** Pages of a segment, as planned. */
  readonly targetPages: number;
}

/** Below so many pages a segment's last page, which is rarely full, weighs too much. */
export const LEAST_PAGES = 3;
/** A segment is planned to end so much (of a page) before a page is full: a little behind it costs one more call. */
const MARGIN = 0.12;
/** A rest of up to so many segments is not divided. */
const LAST_SEGMENT = 1.25;
/** How much longer a segment may be than what its density was learnt from. */
const GROWTH = 32;
/** What older knowledge of a density weighs beside newer. */
const MEMORY = 0.5;
/** The same where nearly nothing was found: events that have ended rarely begin again at once. */
const MEMORY_AT_EMPTY = 0.1;
/** A stretch with so many times fewer pages than those before is one with nearly nothing. */
const EMPTY = 20;
/** A page so many times denser than those before begins a burst. */
const BURST = 3;

/** Pages expected in so many ms. */
export function pagesIn(ms: number, { pages, span }: Density): number {
  return pages === 0 ? 0 : (ms * pages) / span;
}

/** Newer knowledge about a stretch added to older; the older fades, so that lengths follow a change quickly. */
export function blend(older: Density | undefined, newer: Density): Density {
  if (!older) return newer;
  const memory = newer.pages * EMPTY < older.pages ? MEMORY_AT_EMPTY : MEMORY;
  return { pages: older.pages * memory + newer.pages, span: older.span * memory + newer.span };
}

/** The same for the next page of a reading: where a burst begins, what was before it says nothing any more. */
export function follow(older: Density | undefined, newer: Density): Density {
  return older && pagesIn(1, newer) < BURST * pagesIn(1, older) ? blend(older, newer) : newer;
}

/** A density by which a stretch is read in as many equal parts as may be read at the same time. */
export function inEqualParts(ms: number, { concurrency, targetPages }: PlanOptions): Density {
  return { pages: concurrency * (targetPages - MARGIN), span: ms };
}

/**
 * Where the next segment of a gap ends: behind a whole number of pages where the density is known, sooner where little
 * is left for the others to share, later with every stretch that was found empty. A whole ms, unless it is the gap's.
 *
 * @param expected pages of all gaps
 */
export function endOfNext({ start, end, density }: Gap, expected: number, options: PlanOptions): number {
  if (!density) return end;
  const ms = end - start;
  const own = pagesIn(ms, density);
  const share = Math.max(LEAST_PAGES, Math.round(expected / options.concurrency));
  const pages = Math.min(options.targetPages, share);
  const planned = own <= pages * LAST_SEGMENT ? ms : ((pages - MARGIN) * ms) / own;
  const length = Math.max(1, Math.min(planned, density.span * GROWTH));
  return Math.min(end, Math.floor(start + length));
}

/** Pages expected in a gap. */
export function pagesOf({ start, end, density }: Gap): number {
  return density ? pagesIn(end - start, density) : 0;
}

/** What pages hold that were not the last of their segment: the measure of a full one. */
export interface PageSizes {
  add(size: PageSize): void;
  /** How full a page is, 0 to 1; 1 where nothing is known. */
  fullness(size: PageSize): number;
  isKnown(): boolean;
  /** Mean bytes of a full page. */
  meanBytes(): number;
  /** Bytes of the largest page so far, full or not. */
  mostBytes(): number;
  /** Takes a page into `mostBytes` that may be the last. */
  note(size: PageSize): void;
}

export interface PageSize {
  readonly events: number;
  readonly bytes: number;
}

export function createPageSizes(): PageSizes {
  let pages = 0;
  let events = 0;
  let bytes = 0;
  let most = 0;
  // A vendor limits a page by events or by bytes: the one that is nearer to full tells.
  const share = (part: number, whole: number) => (whole === 0 ? 0 : (part * pages) / whole);
  return {
    add(size) {
      pages += 1;
      events += size.events;
      bytes += size.bytes;
    },
    fullness(size) {
      if (events === 0 && bytes === 0) return 1;
      return Math.min(1, Math.max(share(size.events, events), share(size.bytes, bytes)));
    },
    isKnown: () => pages > 0,
    meanBytes: () => (pages === 0 ? most : bytes / pages),
    mostBytes: () => most,
    note(size) {
      most = Math.max(most, size.bytes);
    },
  };
}
