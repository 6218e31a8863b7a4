import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { Notice } from "../../src/log/ledger.ts";
import { createZone } from "../../src/log/zone.ts";
import { type CloudWatchOptions, createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { T } from "../peers/cloudwatch-client.ts";
import type { PlannedFault } from "../peers/cloudwatch-faults.ts";
import type { NewEvent } from "../peers/cloudwatch-store.ts";

export const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

/** Time that passes by waiting alone, and at once. */
export interface PacedClock {
  /** ms since the epoch. */
  now(): number;
  advance(ms: number): void;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export function createPacedClock(start = T): PacedClock {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    async sleep(ms, signal) {
      signal.throwIfAborted();
      now += ms;
    },
  };
}

export interface PacedPeer {
  readonly peer: CloudWatchPeer;
  readonly clock: PacedClock;
  /** A source on the peer that knows nothing yet, and waits by the clock. */
  open(options?: Partial<CloudWatchOptions>): LogSource;
}

/** A peer and sources on it for which time passes by waiting alone. */
export async function startPaced(options: Parameters<typeof startCloudWatch>[0] = {}): Promise<PacedPeer> {
  const clock = createPacedClock();
  const peer = await startCloudWatch({ clock: clock.now, ...options });
  return {
    peer,
    clock,
    open: (more = {}) =>
      createCloudWatchSource({
        zone: createZone("UTC"),
        now: clock.now,
        env: {},
        region: peer.region,
        access: { endpoint: peer.endpoint, credentials: KEYS },
        pace: { clock: clock.now, sleep: clock.sleep, random: () => 0.5 },
        ...more,
      }),
  };
}

const COUNT = 300;
/** Of the group of a faulted reading; three share a millisecond. */
const EVENTS: readonly NewEvent[] = Array.from({ length: COUNT }, (_, index) => ({
  timestamp: T - 60_000 + Math.floor(index / 3),
  message: `event ${index}`,
}));
export const MESSAGES = EVENTS.map(({ message }) => message);

/** Ways to read a group of two streams whose calls go wrong as is planned. */
export interface FaultedGroup {
  /** What is planned happens to the reading of events, seven a page. */
  plan(...faults: readonly Omit<PlannedFault, "operation">[]): void;
  messagesOf(source?: LogSource): Promise<string[]>;
}

/** Fills the group on a peer. */
export function addFaultedGroup(paced: PacedPeer, group: string): FaultedGroup {
  paced.peer.addGroup({ name: group });
  for (const [index, event] of EVENTS.entries()) paced.peer.addEvents(group, `s${index % 2}`, [event]);
  return {
    plan: (...faults) =>
      paced.peer.setFaults({
        paging: { maxEvents: 7 },
        plan: faults.map((fault) => ({ operation: "FilterLogEvents", ...fault })),
      }),
    messagesOf: async (source = paced.open()) =>
      (await readAll(source, { group })).events.map(({ message }) => message),
  };
}

/** How a reading fails. */
export async function failureOf(reading: Promise<unknown>): Promise<Failure> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`No Failure, but ${String(error)}`);
  return error;
}

export interface Read {
  readonly events: readonly LogEvent[];
  readonly notices: readonly Notice[];
  readonly waits: readonly string[];
  readonly pages: number;
}

/** Reads a fetch to its end. */
export async function readAll(
  source: LogSource,
  request: Partial<FetchRequest> & Pick<FetchRequest, "group">,
  onPage: (page: number) => void = () => {},
): Promise<Read> {
  const events: LogEvent[] = [];
  const notices: Notice[] = [];
  const waits: string[] = [];
  let pages = 0;
  const { signal } = new AbortController();
  const onWait = (text: string) => waits.push(text);
  for await (const page of source.fetch({ window: undefined, signal, onWait, ...request })) {
    pages += 1;
    onPage(pages);
    events.push(...page.events);
    notices.push(...(page.notices ?? []));
  }
  return { events, notices, waits, pages };
}
