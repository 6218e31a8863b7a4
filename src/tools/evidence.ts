import type { DigestSummary } from "../analysis/summary.ts";
import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { FetchRequest, LogSource } from "../sources/source.ts";
import type { JsonObject } from "./json.ts";

/** One group read once, in full: what is kept of it is bounded, and it can be read again. */
export interface Reading {
  readonly source: LogSource;
  readonly request: Omit<FetchRequest, "signal">;
  readonly digest: DigestSummary;
  /** The newest events that matched, oldest first; bounded. */
  readonly newest: readonly LogEvent[];
  readonly ledger: Ledger;
  /** Where the source's engine folded the events and none was read for it: a message of each template, by its text. */
  readonly samples?: ReadonlyMap<string, string>;
  /** Where the engine counted and only so many of the newest events were read: templates are of these, counts of all. */
  readonly templatesFrom?: number;
}

/** A tool call's result as it is kept for the session; `ref` is also its `context_id`. */
export interface StoredResult {
  readonly ref: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly data: JsonObject;
  readonly ledger: Ledger | undefined;
  readonly readings: readonly Reading[];
}

/**
 * What the claims of an answer can point at: `e3` is an event that a tool showed, `q2` a tool's result.
 * An event has one reference however often it is shown.
 */
export interface Evidence {
  citeEvent(event: LogEvent): string;
  findEvent(ref: string): LogEvent | undefined;
  /**
   * Calls run side by side; each awaits this before it cites events, so that these are numbered in the order of the
   * calls, and not by which was read first. Outside a turn it is there at once.
   */
  ready(): Promise<void>;
  /** A call's own view on the evidence; its `ready` waits until all that took their turn before have ended it. */
  takeTurn(): { readonly evidence: Evidence; readonly end: () => void };
  /** Reserves the next result reference; `store` fills it. */
  reserveResult(): string;
  store(result: StoredResult): void;
  findResult(ref: string): StoredResult | undefined;
  results(): readonly StoredResult[];
  /** All events with their references, in the order in which they were first cited. */
  events(): ReadonlyMap<string, LogEvent>;
}

/** Evidence of earlier questions: it keeps its references, and new ones go on behind them. */
export interface EarlierEvidence {
  readonly events: ReadonlyMap<string, LogEvent>;
  readonly results: readonly StoredResult[];
}

export function createEvidence(earlier: EarlierEvidence = { events: new Map(), results: [] }): Evidence {
  const events = new Map(earlier.events);
  const refs = new Map([...events].map(([ref, event]) => [keyOf(event), ref] as const));
  const results = new Map(earlier.results.map((result) => [result.ref, result] as const));
  let cited = lastNumber(events.keys());
  let reserved = lastNumber(results.keys());
  let ended = Promise.resolve();
  const all: Evidence = {
    ready: () => Promise.resolve(),
    takeTurn() {
      const before = ended;
      const { promise, resolve } = Promise.withResolvers<void>();
      ended = before.then(() => promise);
      return { evidence: { ...all, ready: () => before }, end: resolve };
    },
    citeEvent(event) {
      const key = keyOf(event);
      const ref = refs.get(key) ?? `e${++cited}`;
      refs.set(key, ref);
      // What was kept of an earlier question may lack what the source has.
      events.set(ref, event);
      return ref;
    },
    findEvent: (ref) => events.get(ref),
    reserveResult: () => `q${++reserved}`,
    store: (result) => void results.set(result.ref, result),
    findResult: (ref) => results.get(ref),
    results: () => [...results.values()],
    events: () => events,
  };
  return all;
}

function keyOf({ group, stream, id }: LogEvent): string {
  return JSON.stringify([group, stream, id]);
}

/** The highest number of references such as `e3`. */
function lastNumber(refs: Iterable<string>): number {
  let last = 0;
  for (const ref of refs) last = Math.max(last, Number(ref.slice(1)) || 0);
  return last;
}

/** The readings behind a `context_id`. @throws Failure "context-not-found" */
export function readingsOf(evidence: Evidence, contextId: string): readonly Reading[] {
  const found = evidence.findResult(contextId);
  if (found && found.readings.length > 0) return found.readings;
  const known = evidence.results().filter(({ readings }) => readings.length > 0);
  const names = known.map(({ ref }) => ref).join(", ") || "none yet";
  throw new Failure("context-not-found", `There is no context '${contextId}' with events.`, {
    hint: `Known context ids: ${names}. Call fetch_logs or search_logs first.`,
  });
}

/** The event behind a reference such as `e3`. @throws Failure "event-not-found" */
export function eventOf(evidence: Evidence, ref: string): LogEvent {
  const event = evidence.findEvent(ref.replace(/^\[|\]$/g, ""));
  if (event) return event;
  throw new Failure("event-not-found", `There is no event '${ref}'.`, {
    hint: "Use a reference such as e3 that a tool has shown.",
  });
}
