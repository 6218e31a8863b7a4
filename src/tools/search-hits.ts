import { createDigest } from "../analysis/digest.ts";
import type { DigestSummary } from "../analysis/summary.ts";
import { Failure } from "../failure.ts";
import { LEVELS, type LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import { type EventCount, spanOfCounts, totalOf } from "../sources/count-events.ts";
import type { Reading } from "./evidence.ts";
import { type NewestEvents, readNewest } from "./fold.ts";
import type { SourceSearch } from "./search-found.ts";
import { mapSideBySide } from "./side-by-side.ts";
import type { ToolEnvironment } from "./tool.ts";

type Environment = Pick<ToolEnvironment, "signal" | "report" | "now" | "scans">;

/** Groups whose newest matches are read: those with most of them. */
const MOST_READ = 20;
/** Of each so many, in so many pages at most: of what matches seldom a page may hold none. */
const MOST_EVENTS = 1000;
const MOST_PAGES = 5;
/** Where events come by billed queries only, those of so long before the last one, ms. */
const NEAR = 900_000;

/**
 * What an engine counted, by group, as readings: with the newest events of the groups that have most. They are looked for
 * between the first and the last match only.
 */
export async function readHits(
  search: SourceSearch,
  counts: ReadonlyMap<string, readonly EventCount[]>,
  environment: Environment,
): Promise<readonly Reading[]> {
  const hits = [...counts].map(([group, some]) => ({ group, counts: some, matched: totalOf(some) }));
  const ranked = hits.toSorted((a, b) => b.matched - a.matched);
  const chosen = new Set(ranked.slice(0, MOST_READ));
  const inOrder = hits.toSorted((a, b) => placeOf(search, a.group) - placeOf(search, b.group));
  return mapSideBySide(inOrder, async (hit) => {
    const newest = chosen.has(hit) ? await readHit(search, hit, environment) : NONE;
    return readingOf(search, hit, newest);
  });
}

interface Hit {
  readonly group: string;
  readonly counts: readonly EventCount[];
  readonly matched: number;
}

const NONE: NewestEvents = { events: [], bytes: 0, notices: [] };

function placeOf({ groups }: SourceSearch, name: string): number {
  return groups.findIndex((group) => group.name === name);
}

/** That there are matches is known: where they cannot be read, this is worth a notice only. */
async function readHit(
  { source, groups, window, filter }: SourceSearch,
  { group, counts }: Hit,
  environment: Environment,
): Promise<NewestEvents> {
  const { first = window.start, last = window.end - 1 } = spanOfCounts(counts);
  const groupClass = groups.find(({ name }) => name === group)?.class ?? "standard";
  const start = groupClass === "standard" ? first : Math.max(first, last - NEAR);
  const request = { group, window: { start, end: last + 1 }, filter };
  try {
    const newest = await readNewest(source, request, { limit: MOST_EVENTS, pages: MOST_PAGES }, environment);
    return { ...newest, notices: [] };
  } catch (error) {
    if (environment.signal.aborted || !(error instanceof Failure)) throw error;
    const text = `None of the matches in '${group}' could be read: ${error.message}`;
    return { ...NONE, notices: [{ kind: "unreadable", group, text }] };
  }
}

function readingOf({ source, window, filter }: SourceSearch, hit: Hit, newest: NewestEvents): Reading {
  const { group, matched } = hit;
  const { events, bytes, scan, notices } = newest;
  const ledger: Ledger = {
    source: source.name,
    groups: [group],
    window,
    filter: filter.pattern,
    matched,
    returned: 0,
    analysed: events.length,
    scannedBytes: bytes,
    ...(scan ? { scan } : {}),
    notices,
  };
  const whole = digestOf(events);
  const isWhole = events.length === matched;
  return {
    source,
    request: { group, window, filter },
    digest: isWhole ? whole : combine(hit, whole),
    newest: events,
    ledger,
    ...(isWhole ? {} : { templatesFrom: events.length }),
  };
}

function digestOf(events: readonly LogEvent[]): DigestSummary {
  const digest = createDigest();
  for (const event of events) digest.add(event);
  return digest.summarize();
}

/** The counts of all, the templates of those that were read. */
function combine({ counts, matched }: Hit, { templates }: DigestSummary): DigestSummary {
  const byLevel = Map.groupBy(counts, ({ level }) => level);
  const levels = ([...LEVELS, "none"] as const).map(
    (level) => [level, totalOf(byLevel.get(level) ?? [])] as const,
  );
  return {
    events: matched,
    untimed: 0,
    ...spanOfCounts(counts),
    levels: new Map(levels.filter(([, count]) => count > 0)),
    inferredLevels: 0,
    streams: new Map(),
    histogram: undefined,
    templates: templates.map((template) => ({ ...template, bins: [] })),
    eventsOutsideTemplates: matched - templates.reduce((sum, { count }) => sum + count, 0),
    numbers: [],
  };
}
