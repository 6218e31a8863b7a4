import type { LogEvent } from "../../src/log/event.ts";
import type { Notice } from "../../src/log/ledger.ts";
import { createZone } from "../../src/log/zone.ts";
import { type CloudWatchOptions, createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { T } from "../peers/cloudwatch-client.ts";

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
