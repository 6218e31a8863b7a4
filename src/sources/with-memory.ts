import { setImmediate } from "node:timers/promises";
import type { LogEvent } from "../log/event.ts";
import type { Notice } from "../log/ledger.ts";
import { formatInstant } from "../log/time-input.ts";
import { contains } from "../log/time-range.ts";
import { createZone, type Zone } from "../log/zone.ts";
import { throwIfAborted } from "./memory/aborted.ts";
import { createQueries } from "./memory/queries.ts";
import { createReadings, type Known } from "./memory/readings.ts";
import { startUnderWay, type UnderWay } from "./memory/under-way.ts";
import type { FetchPage, FetchRequest, LogSource } from "./source.ts";

export interface MemoryOptions {
  /** Events kept, bytes by estimate; as much again may be held of readings under way. 64 MB unless given. */
  readonly bytes?: number;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** How long after its time an event may arrive, ms; the source's own delay, or 5 minutes where it tells none. */
  readonly freshMs?: number;
  /** For the times in notices; UTC unless given. */
  readonly zone?: Zone;
  /** What was read so short a time ago, ms, is taken without a word; 0 unless given. */
  readonly quietMs?: number;
}

/** How to tell what was taken from memory. */
interface Telling {
  readonly zone: Zone;
  /** Of what was read before this there is a notice, ms since the epoch. */
  readonly before: number;
}

const DEFAULT_BYTES = 64 * 1024 * 1024;
const DEFAULT_FRESH = 300_000;
const PAGE_EVENTS = 2000;

/**
 * The same source, that reads nothing twice in a session: windows, and parts of windows, that were read to their end
 * are answered from memory. The events are those that the source itself would give at that time, in its order, but
 * that these may be missing: events that arrived within the last minute, and events that arrived later than `freshMs`
 * after their time. What comes from memory has scanned no bytes and is billed for nothing, and a notice says so.
 */
export function withMemory(source: LogSource, options: MemoryOptions = {}): LogSource {
  const {
    bytes = DEFAULT_BYTES,
    now = Date.now,
    freshMs = source.capabilities.ingestionDelay || DEFAULT_FRESH,
    zone = createZone("UTC"),
    quietMs = 0,
  } = options;
  const tellingAt = (at: number): Telling => ({ zone, before: quietMs === 0 ? Infinity : at - quietMs });
  const readings = createReadings({ bytes, freshMs });
  const underWay = new Map<string, UnderWay>();

  async function* readOn(request: FetchRequest, known: Known | undefined, at: number) {
    const collector = readings.collect(request, known, at);
    const id = idOf(request);
    const mine = startUnderWay();
    // Of a limited reading nobody can expect that it goes to the end.
    if (request.limit === undefined) underWay.set(id, mine);
    const end = (): void => {
      if (underWay.get(id) === mine) underWay.delete(id);
      mine.end();
    };
    try {
      for await (const page of joinParts(source, request, known, tellingAt(at))) {
        collector.add(page);
        if (!collector.isKeeping()) end();
        mine.turn(true);
        yield page;
        mine.turn(false);
      }
      collector.keep();
    } finally {
      collector.drop();
      end();
    }
  }

  async function* fetch(request: FetchRequest): AsyncGenerator<FetchPage> {
    const { order, limit, signal } = request;
    throwIfAborted(signal);
    const isNewestFirst = order === "newest-first";
    let at = now();
    let known = readings.find(request, at);
    const others = isNewestFirst || limit !== undefined ? undefined : underWay.get(idOf(request));
    if (others && !known?.isAll) {
      await others.wait(signal);
      at = now();
      known = readings.find(request, at);
    }
    if (known?.isAll) yield* recall(known, request, tellingAt(at));
    else if (isNewestFirst) yield* source.fetch(request);
    else yield* readOn(request, known, at);
  }

  return { ...source, fetch, ...rememberQueries(source, bytes / 4, now, zone) };
}

function idOf({ group, filter, streamPrefix = "", window }: FetchRequest): string {
  return JSON.stringify([group, filter?.pattern, streamPrefix, String(window?.start), String(window?.end)]);
}

/** The parts of a window in order: what is missing before, what is known, what is missing after. */
async function* joinParts(
  source: LogSource,
  request: FetchRequest,
  known: Known | undefined,
  telling: Telling,
): AsyncGenerator<FetchPage> {
  const { window, limit } = request;
  if (!known?.window || !window) return yield* source.fetch(request);
  const before = { start: window.start, end: known.window.start };
  const after = { start: known.window.end, end: window.end };
  let given = 0;
  for (const part of [before, known.window, after]) {
    if (part.start >= part.end || (limit !== undefined && given >= limit)) continue;
    const rest = { ...request, window: part, ...(limit === undefined ? {} : { limit: limit - given }) };
    const pages = part === known.window ? recall(known, rest, telling) : source.fetch(rest);
    for await (const page of pages) {
      given += page.events.length;
      yield page;
    }
  }
}

/** What is known, as the source would give it, and at its end the notice that it is from memory. */
async function* recall(known: Known, request: FetchRequest, telling: Telling): AsyncGenerator<FetchPage> {
  const { reading, window } = known;
  const { filter, streamPrefix = "", group, signal, limit = Number.POSITIVE_INFINITY } = request;
  const isFiltered = reading.pattern !== undefined;
  const events = request.order === "newest-first" ? reading.events.toReversed() : reading.events;
  // How many a filtered reading saw is known in all, and is told at its end.
  const before = known.seen === undefined ? undefined : 0;
  let page: LogEvent[] = [];
  let seen = 0;
  let given = 0;
  for (const event of events) {
    if (given >= limit) break;
    if (seen >= PAGE_EVENTS) {
      yield { events: page, seen: isFiltered ? before : seen, scannedBytes: 0 };
      page = [];
      seen = 0;
      // Lets an interrupt through.
      await setImmediate();
      throwIfAborted(signal);
    }
    const { timestamp, stream, message } = event;
    if (window && timestamp !== undefined && !contains(window, timestamp)) continue;
    if (!stream.startsWith(streamPrefix)) continue;
    seen += 1;
    if (!isFiltered && filter && !filter.test(message)) continue;
    page.push(event);
    given += 1;
  }
  const isNews = reading.readFrom < telling.before;
  const notices = [...reading.notices, ...(isNews ? [tellRecalled(known, given, group, telling.zone)] : [])];
  yield { events: page, seen: isFiltered ? known.seen : seen, scannedBytes: 0, notices };
}

function tellRecalled({ reading, isAll }: Known, count: number, group: string, zone: Zone): Notice {
  const [from, to] = [formatSecond(reading.readFrom, zone), formatSecond(reading.readTo, zone)];
  const when = from === to ? `at ${to}` : `between ${from} and ${to}`;
  const none = `That ${isAll ? "there is" : "a part of the window has"} no such event was`;
  const some = count === 1 ? "1 event was" : `${count.toLocaleString("en-US")} events were`;
  const text = `${count === 0 ? none : some} already read ${when} and taken from memory.`;
  return { kind: "from-memory", group, text };
}

function formatSecond(ms: number, zone: Zone): string {
  return formatInstant(Math.floor(ms / 1000) * 1000, zone);
}

/** The source's own queries, where it has any, with a notice on what was not run again. */
function rememberQueries(
  source: LogSource,
  bytes: number,
  now: () => number,
  zone: Zone,
): Pick<LogSource, "query"> {
  if (!source.query) return {};
  const query = createQueries({ run: source.query.bind(source), bytes, now });
  return {
    async query(request) {
      const { result, readAt } = await query(request);
      if (readAt === undefined) return result;
      const text = `The query was already run at ${formatSecond(readAt, zone)} and its result taken from memory.`;
      const { scan: _billedThen, ...rest } = result;
      return { ...rest, scannedBytes: 0, notices: [...rest.notices, { kind: "from-memory", text }] };
    },
  };
}
