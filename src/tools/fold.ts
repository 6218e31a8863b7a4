import type { DigestSummary, TemplateSummary } from "../analysis/summary.ts";
import { Failure } from "../failure.ts";
import type { Level, LogEvent } from "../log/event.ts";
import type { BilledScan, Ledger, Notice } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { FetchRequest, LogSource, PatternResult } from "../sources/source.ts";
import { MOST_READ_BYTES } from "./count-by-query.ts";
import type { Reading } from "./evidence.ts";
import { freshness, readGroup, whyEmpty } from "./read.ts";
import type { ToolEnvironment } from "./tool.ts";

type Request = Omit<FetchRequest, "signal">;
type WindowRequest = Request & { readonly window: TimeRange };
type Environment = Pick<ToolEnvironment, "signal" | "report" | "now" | "scans">;

/**
 * More than this is not read to its end: a service that hands out 5 to 25 MB a second takes minutes for it, and a filter
 * spares it nothing.
 */
export const MOST_FETCHED_BYTES = 1_000_000_000;
/** Pages that are looked at for the newest events, be they empty: of what matches seldom there may be thousands. */
const MOST_PAGES = 50;

/**
 * Reads a group to its end; where that would take minutes, and the source's engine can fold its events into patterns, these
 * are taken in its place, together with the newest events.
 * @param newest how many of them
 * @throws Failure "budget" where the engine's scan is refused, "invalid-filter" where it cannot apply the filter, ...
 */
export async function readOrFold(
  source: LogSource,
  request: Request,
  environment: Environment,
  newest = 0,
): Promise<Reading> {
  const { window } = request;
  if (!window || !source.foldPatterns) return readGroup(source, request, environment);
  const bytes = await sizeToFold(source, request.group, window, environment);
  if (bytes <= MOST_FETCHED_BYTES) return readGroup(source, request, environment);
  const result = await source.foldPatterns({ ...askOf(request, environment), window });
  const last = await readNewest(source, request, { limit: newest }, environment);
  return readingOf(source, { ...request, window }, result, last, environment);
}

/** The readings of two windows of a group. */
export interface BothReadings {
  readonly current: Reading;
  readonly baseline: Reading;
}

/**
 * Reads two windows of a group; where one of them is too much, the source's engine folds both into patterns. What can be
 * read within minutes is read all the same where the engine is not to be had: without permission, budget or the command.
 */
export async function readBoth(
  source: LogSource,
  request: WindowRequest,
  baseline: TimeRange,
  environment: Environment,
): Promise<BothReadings> {
  const { group, window } = request;
  const earlier = { ...request, window: baseline };
  const readAll = async () => {
    const [one, other] = await Promise.all([
      readGroup(source, request, environment),
      readGroup(source, earlier, environment),
    ]);
    return { current: tellCovered(one), baseline: tellCovered(other) };
  };
  if (!source.comparePatterns) return readAll();
  const sizes = await Promise.all(
    [window, baseline].map((part) => sizeToFold(source, group, part, environment)),
  );
  const most = Math.max(...sizes);
  if (most <= MOST_READ_BYTES) return readAll();
  try {
    const both = await source.comparePatterns({ ...askOf(request, environment), window, baseline });
    return {
      current: await readingOf(source, request, both.current, NONE, environment),
      baseline: await readingOf(source, earlier, both.baseline, NONE, environment),
    };
  } catch (error) {
    if (!(error instanceof Failure) || environment.signal.aborted || most > MOST_FETCHED_BYTES) throw error;
    return readAll();
  }
}

/** The time that the events of a reading cover, ms: of one that was cut to the newest, from the first of them on. */
export function coveredMs({ ledger, digest, request, samples }: Reading): number {
  const { start, end } = ledger.window ?? request.window ?? { start: 0, end: 0 };
  const isCut = samples === undefined && ledger.notices.some(({ kind }) => kind === "truncated");
  return end - Math.max(start, isCut ? (digest.first ?? start) : start);
}

/** A cut reading would look like a quiet window. */
function tellCovered(reading: Reading): Reading {
  const { ledger, request } = reading;
  const whole = request.window ? request.window.end - request.window.start : 0;
  const covered = coveredMs(reading);
  if (!ledger.window || covered >= whole) return reading;
  const text = `Only the last ${Math.round(covered / 1000)} s of the window are in this reading: rates are reckoned by them, and what came before is not compared.`;
  return {
    ...reading,
    ledger: { ...ledger, notices: [...ledger.notices, { kind: "estimate", group: request.group, text }] },
  };
}

/** Bytes of a group in a window that an engine could fold; 0 where it cannot, or nothing may be billed. */
async function sizeToFold(
  source: LogSource,
  group: string,
  window: TimeRange,
  { signal, scans }: Environment,
): Promise<number> {
  if (!scans || !source.estimateScan) return 0;
  const { isOnlyWay, bytes } = await source.estimateScan([group], window, signal);
  return isOnlyWay === true ? 0 : bytes;
}

function askOf({ group, filter, streamPrefix }: Request, { signal, report, scans }: Environment) {
  return {
    groups: [group],
    ...(filter ? { filter } : {}),
    ...(streamPrefix ? { streamPrefix } : {}),
    signal,
    onWait: (wait: string) => report({ group, events: 0, bytes: 0, wait }),
    ...(scans ? { approve: scans.approve } : {}),
  };
}

export interface NewestEvents {
  /** Oldest first. */
  readonly events: readonly LogEvent[];
  readonly bytes: number;
  readonly notices: readonly Notice[];
  /** What they were billed by, where they come by query only. */
  readonly scan?: BilledScan;
}

const NONE: NewestEvents = { events: [], bytes: 0, notices: [] };

/** The newest events that match, as far as so many pages hold them; none where the source cannot go backwards. */
export async function readNewest(
  source: LogSource,
  request: Request,
  { limit, pages: mostPages = MOST_PAGES }: { readonly limit: number; readonly pages?: number },
  { signal, report, scans }: Environment,
): Promise<NewestEvents> {
  if (limit === 0 || !source.capabilities.newestFirst) return NONE;
  const { group } = request;
  const events: LogEvent[] = [];
  let [bytes, pages] = [0, 0];
  let scan: BilledScan | undefined;
  const onWait = (wait: string) => report({ group, events: events.length, bytes, wait });
  const approve = scans ? { approve: scans.approve } : {};
  const backwards = { ...request, ...approve, order: "newest-first" as const, limit, signal, onWait };
  for await (const page of source.fetch(backwards)) {
    if (page.scan) {
      scan = page.scan;
      scans?.record(page.scan);
    }
    events.push(...page.events);
    bytes += page.scannedBytes;
    pages += 1;
    if (events.length >= limit || pages >= mostPages) break;
  }
  const text = `The newest matching events were looked for in ${mostPages} pages only: there may be more.`;
  const isCut = events.length < limit && pages >= mostPages;
  return {
    events: events.slice(0, limit).reverse(),
    bytes,
    notices: isCut ? [{ kind: "truncated", group, text }] : [],
    ...(scan ? { scan } : {}),
  };
}

/** As a reading, of which only what the engine told is known. */
async function readingOf(
  source: LogSource,
  request: WindowRequest,
  result: PatternResult,
  newest: NewestEvents,
  { signal, now, scans }: Environment,
): Promise<Reading> {
  if (result.scan) scans?.record(result.scan);
  const { group, window, filter, streamPrefix } = request;
  const { matched, scan, link, patterns } = result;
  const ledger: Ledger = {
    source: source.name,
    groups: [group],
    window,
    ...(filter ? { filter: filter.pattern } : {}),
    ...(streamPrefix ? { streamPrefix } : {}),
    matched,
    returned: 0,
    analysed: matched,
    scannedBytes: result.scannedBytes + newest.bytes,
    ...(scan ? { scan } : {}),
    ...(link === undefined ? {} : { link }),
    ...(matched > 0 ? {} : { empty: await whyEmpty(source, request, undefined, signal) }),
    notices: [
      { kind: "estimate", group, text: FOLDED },
      ...result.notices.map((notice) => ({ group, ...notice })),
      ...newest.notices,
      ...freshness(source, request, now()),
    ],
  };
  return {
    source,
    request,
    digest: digestOf(group, result, newest.events),
    newest: newest.events,
    ledger,
    samples: new Map(patterns.flatMap(({ text, samples: [sample] }) => (sample ? [[text, sample]] : []))),
  };
}

const FOLDED =
  "There is too much here to be read event by event: the source's engine counted it, and no histogram, onset or numeric field is known.";

function digestOf(group: string, { patterns, matched }: PatternResult, newest: readonly LogEvent[]) {
  const levels = new Map<Level | "none", number>();
  const outside = matched - patterns.reduce((sum, { count }) => sum + count, 0);
  const add = (level: Level | "none", count: number) => levels.set(level, (levels.get(level) ?? 0) + count);
  for (const { level = "none", count } of patterns) add(level, count);
  if (outside > 0) add("none", outside);
  const times = [...patterns.flatMap(({ first, last }) => [first, last]), newest.at(-1)?.timestamp];
  const known = times.filter((time) => time !== undefined);
  const digest: DigestSummary = {
    events: matched,
    untimed: 0,
    first: known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b)),
    last: known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b)),
    levels,
    inferredLevels: patterns.reduce(
      (sum, { levelFrom, count }) => sum + (levelFrom === "service" ? count : 0),
      0,
    ),
    streams: new Map(),
    histogram: undefined,
    templates: patterns.map((pattern, index) => templateOf(pattern, `t${index + 1}`, group)),
    eventsOutsideTemplates: outside,
    numbers: [],
  };
  return digest;
}

/** Its examples are no events that could be cited: they have no id and no stream. */
function templateOf(
  { text, count, level, levelFrom, first, last }: PatternResult["patterns"][number],
  id: string,
  group: string,
): TemplateSummary {
  return {
    ...{ id, text, count, level, first, last },
    levelInferred: levelFrom === "service",
    examples: [],
    parameters: [],
    bins: [],
    groups: new Map([[group, count]]),
  };
}
