import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { QueryResult } from "../../src/log/query.ts";
import { contains } from "../../src/log/time-range.ts";
import type {
  FetchRequest,
  Identity,
  ListOptions,
  LogGroup,
  LogSource,
  QueryRequest,
} from "../../src/sources/source.ts";

/** An event that can be found from `arrived` on; all in ms. */
export interface Arrival {
  readonly id: string;
  readonly timestamp: number | undefined;
  readonly arrived: number;
  readonly stream: string;
  readonly message: string;
}

export interface RecordedOptions {
  readonly arrivals: Arrival[];
  readonly now: () => number;
  readonly pageEvents?: number;
  /** Told, and waited for, before each page; may throw. */
  readonly beforePage?: (request: FetchRequest, page: number) => void | Promise<void>;
  readonly noticesOf?: (request: FetchRequest) => readonly Notice[];
  /** Notices of each page, before its events were looked at; the last of them comes with what `noticesOf` gives. */
  readonly noticesAt?: (request: FetchRequest, page: number) => readonly Notice[];
  /** False: as a source whose service filters, it does not say what it saw. */
  readonly tellsSeen?: boolean;
  /** Gives no more than it is asked for, and then just ends. */
  readonly endsAtLimit?: boolean;
  readonly groups?: readonly LogGroup[];
  readonly ingestionDelay?: number;
}

/** What was asked of a recorded source, and given. */
export interface Recorded {
  readonly source: LogSource;
  readonly requests: FetchRequest[];
  readonly queries: QueryRequest[];
  readonly listings: ListOptions[];
  /** Who reads: may be changed. */
  readonly reader: { identity: Identity | undefined };
  /** The events that the source has at a time, as it gives them. */
  find(request: Omit<FetchRequest, "signal">, at: number): LogEvent[];
}

export const BYTES_AN_EVENT = 7;

/** A source in memory whose events arrive as its clock goes on, and that records what it is asked. */
export function recordSource(options: RecordedOptions): Recorded {
  const { arrivals, now, pageEvents = 3, beforePage, noticesOf, noticesAt, tellsSeen = true } = options;
  const requests: FetchRequest[] = [];
  const queries: QueryRequest[] = [];
  const listings: ListOptions[] = [];
  const reader: Recorded["reader"] = { identity: { account: "123456789012", region: "eu-central-1" } };
  const isIn = (request: Omit<FetchRequest, "signal">, at: number) => {
    const { window, streamPrefix = "" } = request;
    return ({ timestamp, arrived, stream }: Arrival) =>
      arrived <= at &&
      stream.startsWith(streamPrefix) &&
      (!window || timestamp === undefined || contains(window, timestamp));
  };
  const find: Recorded["find"] = (request, at) => {
    const found = arrivals
      .filter(isIn(request, at))
      .filter(({ message }) => request.filter?.test(message) ?? true)
      .toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0) || (a.id < b.id ? -1 : 1))
      .map((arrival) => eventOf(arrival, request.group));
    return request.order === "newest-first" ? found.toReversed() : found;
  };

  async function* fetch(request: FetchRequest) {
    requests.push(request);
    await Promise.resolve();
    const at = now();
    const all = find(request, at);
    const found = options.endsAtLimit ? all.slice(0, request.limit) : all;
    let unseen = arrivals.filter(isIn(request, at)).length;
    for (let from = 0, page = 0; from === 0 || from < found.length; from += pageEvents, page += 1) {
      await beforePage?.(request, page);
      if (request.signal.aborted) throw request.signal.reason;
      const events = found.slice(from, from + pageEvents);
      const isLast = from + pageEvents >= found.length;
      const seen = isLast && found.length === all.length ? unseen : events.length;
      unseen -= seen;
      yield {
        events,
        seen: request.filter && !tellsSeen ? undefined : seen,
        scannedBytes: events.length * BYTES_AN_EVENT,
        ...tell([...(noticesAt?.(request, page) ?? []), ...(isLast ? (noticesOf?.(request) ?? []) : [])]),
      };
    }
  }

  const source: LogSource = {
    name: "recorded",
    capabilities: {
      filterPatterns: true,
      streams: true,
      newestFirst: true,
      serverQueries: true,
      metrics: false,
      liveTail: false,
      maxRangeHours: Number.POSITIVE_INFINITY,
      ingestionDelay: options.ingestionDelay ?? 0,
    },
    async identify(signal) {
      await Promise.resolve();
      if (signal.aborted) throw new Failure("interrupted", "Interrupted.");
      if (!reader.identity) throw new Failure("credentials", "Nobody knows who reads.");
      return reader.identity;
    },
    async *listGroups(asked) {
      listings.push(asked);
      await Promise.resolve();
      yield* (options.groups ?? []).filter(({ name }) => name.startsWith(asked.prefix ?? ""));
    },
    fetch,
    fetchSurrounding: async () => [],
    async query(request) {
      queries.push(request);
      const count = queries.length;
      await Promise.resolve();
      if (request.signal.aborted) throw request.signal.reason;
      return resultOf(count, request.query.limit);
    },
    checkHealth: async () => [],
  };
  return { source, requests, queries, listings, reader, find };
}

function tell(notices: readonly Notice[]) {
  return notices.length === 0 ? {} : { notices };
}

function eventOf({ id, timestamp, stream, message }: Arrival, group: string): LogEvent {
  return { id, group, stream, timestamp, message, bodyStart: 0, level: undefined, levelInferred: false };
}

/** A limit of 0 stands for an engine that stopped early. */
function resultOf(count: number, limit: number): QueryResult {
  return {
    columns: ["count"],
    rows: [[count]],
    matched: 1,
    scannedEvents: 10,
    scannedBytes: 1000,
    scan: { estimatedBytes: 2000, bytes: 1000, estimatedDollars: undefined, dollars: 0.01 },
    isComplete: limit <= 100,
    notices: [],
  };
}
