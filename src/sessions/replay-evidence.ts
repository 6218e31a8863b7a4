import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { EventFilter } from "../log/filter.ts";
import { contains } from "../log/time-range.ts";
import type { Evidence, Reading, StoredResult } from "../tools/evidence.ts";
import { isKeptOf, type Redactor, wasRedacted } from "./redact.ts";
import { keepReading } from "./redact-reading.ts";
import type { Session, SessionReading } from "./session.ts";

/** The evidence of a session as it is found again: what was found takes the place of what was kept. */
export interface ReplayEvidence {
  /** For tools: contexts of calls that were run again, and no others. */
  readonly forTools: Evidence;
  /** For the check of an answer: all there is, without credentials. */
  readonly forCheck: Evidence;
  /** From here on contexts of before are as a later question finds them: without credentials, as they are kept. */
  endQuestion(): void;
  /** What came of a call now, for the tools: the check is told the kept result still. */
  keep(result: StoredResult): void;
  /** The same for the check, where it is another than was kept: without credentials. */
  change(ref: string, clean: Pick<StoredResult, "data" | "ledger">): void;
}

export function createReplayEvidence(session: Session, redactor: Redactor): ReplayEvidence {
  const kept = keptResults(session);
  const found = new Map<string, StoredResult>();
  const later = new Map<string, StoredResult>();
  const changed = new Map<string, StoredResult>();
  const citer = createCiter(session.events, redactor);
  const readings: CleanReading[] = [];

  const findEvent = (ref: string, as: keyof Seen): LogEvent | undefined => {
    const seen = citer.seen.get(ref);
    if (seen) return seen[as];
    const event = session.events.get(ref);
    return event && readings.some((reading) => isGoneFrom(reading, event)) ? undefined : event;
  };
  const evidenceOf = (
    as: keyof Seen,
    results: ReadonlyMap<string, StoredResult>,
    findResult: Evidence["findResult"],
  ): Evidence => {
    const evidence: Evidence = {
      citeEvent: citer.cite,
      findEvent: (ref) => findEvent(ref, as),
      findResult,
      results: () => [...kept.values()].map(({ result }) => results.get(result.ref) ?? result),
      events: () => session.events,
      ready: () => Promise.resolve(),
      takeTurn: () => ({ evidence, end: () => {} }),
      reserveResult: () => "",
      store: () => {},
    };
    return evidence;
  };
  return {
    forTools: evidenceOf("raw", found, (ref) => {
      const [now, then] = [found.get(ref), kept.get(ref)];
      if (!now && then?.hasReadings) throw notRunAgain(ref);
      return now ?? then?.result;
    }),
    forCheck: evidenceOf("clean", changed, (ref) => changed.get(ref) ?? kept.get(ref)?.result),
    endQuestion() {
      for (const [ref, result] of later) found.set(ref, result);
      later.clear();
    },
    keep(result) {
      found.set(result.ref, result);
      const clean = result.readings.map((reading) => [reading, keepReading(reading, redactor)] as const);
      later.set(result.ref, {
        ...result,
        readings: clean.map(([reading, { digest, newest, samples }]) => ({
          ...reading,
          ...{ digest, newest },
          ...(samples ? { samples } : {}),
        })),
      });
      for (const [reading, kept] of clean) readings.push(cleanReading(reading, kept));
    },
    change(ref, clean) {
      const then = kept.get(ref)?.result;
      if (then) changed.set(ref, { ...then, ...clean });
    },
  };
}

function keptResults({ questions }: Session) {
  const calls = questions.flatMap((question) => question.calls);
  return new Map(
    calls.flatMap(({ tool, input, result }) => {
      if (!("ref" in result) || result.isRepeated) return [];
      const { ref, data, ledger } = result;
      const stored: StoredResult = { ref, tool, input, data, ledger, readings: [] };
      return [[ref, { result: stored, hasReadings: result.readings.length > 0 }] as const];
    }),
  );
}

function notRunAgain(ref: string): Failure {
  return new Failure("source-unavailable", `It builds on ${ref}, which was not run again.`);
}

/** An event as its source gives it, and as it is kept. */
interface Seen {
  readonly raw: LogEvent;
  readonly clean: LogEvent;
}

/**
 * Gives an event the reference that it had. It is known by what it says and when, for where it stands in its file changes
 * with the lines before it; of several alike each has its own.
 */
function createCiter(events: ReadonlyMap<string, LogEvent>, redactor: Redactor) {
  const byPlace = new Map([...events].map(([ref, event]) => [placeOf(event), ref] as const));
  const byContent = Map.groupBy(events.keys(), (ref) => contentOf(events.get(ref)));
  const cited = new Map<string, string>();
  const seen = new Map<string, Seen>();
  let last = Math.max(0, ...[...events.keys()].map((ref) => Number(ref.slice(1)) || 0));

  const findKept = (raw: LogEvent, clean: LogEvent): string | undefined => {
    const own = byPlace.get(placeOf(raw));
    const then = own === undefined ? undefined : events.get(own);
    if (own !== undefined && then && !seen.has(own) && isKeptOf(then.message, clean.message)) return own;
    return byContent.get(contentOf(clean))?.find((ref) => !seen.has(ref));
  };
  return {
    seen,
    cite(raw: LogEvent): string {
      const place = placeOf(raw);
      const known = cited.get(place);
      if (known !== undefined) return known;
      const [clean = raw] = redactor.events([raw]);
      const ref = findKept(raw, clean) ?? `e${++last}`;
      cited.set(place, ref);
      seen.set(ref, { raw, clean });
      return ref;
    },
  };
}

function placeOf({ group, stream, id }: LogEvent): string {
  return JSON.stringify([group, stream, id]);
}

function contentOf(event: LogEvent | undefined): string {
  return JSON.stringify(event && [event.group, event.stream, event.timestamp, event.message]);
}

interface CleanReading {
  readonly request: SessionReading["request"];
  readonly filter: EventFilter | undefined;
  /** All that matched later than this is held, ms; undefined where all of it is, what has no time included. */
  readonly after: number | undefined;
  readonly contents: ReadonlySet<string>;
}

function cleanReading({ request }: Reading, { newest, digest, ...kept }: SessionReading): CleanReading {
  const isWhole = newest.length >= digest.events;
  return {
    request: { ...kept.request, group: request.group },
    filter: request.filter,
    after: isWhole ? undefined : (newest[0]?.timestamp ?? Number.POSITIVE_INFINITY),
    contents: new Set(newest.map(contentOf)),
  };
}

/** Whether an event would be among what was read now, were it still there. */
function isGoneFrom({ request, filter, after, contents }: CleanReading, event: LogEvent): boolean {
  const { timestamp, message, stream } = event;
  const { group, window, streamPrefix = "" } = request;
  if (event.group !== group || wasRedacted(message) || !stream.startsWith(streamPrefix)) return false;
  if (timestamp === undefined ? after !== undefined : timestamp <= (after ?? Number.NEGATIVE_INFINITY))
    return false;
  if (timestamp !== undefined && window && !contains(window, timestamp)) return false;
  return (!filter || filter.test(message)) && !contents.has(contentOf(event));
}
