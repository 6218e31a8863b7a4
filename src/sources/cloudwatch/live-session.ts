import type {
  LiveTailSessionLogEvent,
  StartLiveTailCommandInput,
  StartLiveTailResponseStream,
} from "@aws-sdk/client-cloudwatch-logs";
import { messageOf } from "../../failure.ts";
import { sleepFor } from "../token-bucket.ts";
import { factsOf, kindOf } from "./call-errors.ts";
import type { Connection } from "./client.ts";
import type { CloudWatchGroup } from "./groups.ts";
import type { ArrivedEvent } from "./shown-events.ts";

/** What came in a second. */
export interface LiveUpdate {
  readonly events: readonly ArrivedEvent[];
  /** More than 500 events matched, and these are 500 of them. */
  readonly isSampled: boolean;
  /** Events before these that were read and not kept, because nobody took them. */
  readonly dropped: number;
}

/** How a session ended: its three hours were over, or something broke it. */
export interface LiveEnd {
  readonly isTimeUp: boolean;
  readonly reason: string;
}

export interface LiveSession {
  /** The next update; waits for it, and gives undefined when the session has ended. */
  next(): Promise<LiveUpdate | undefined>;
  end(): LiveEnd;
  close(): void;
}

/** The service will not open a session, and asking again does not help. */
export interface LiveRefusal {
  readonly refused: string;
}

export interface LiveRequest {
  /** One to ten; with a prefix of streams, one. */
  readonly groups: readonly CloudWatchGroup[];
  readonly filterPattern?: string;
  readonly streamPrefix?: string;
  readonly signal: AbortSignal;
  readonly onWait?: ((text: string) => void) | undefined;
}

/** What is read and not taken yet, at most. */
const MOST_HELD = { events: 20_000, chars: 32 << 20 };
/** Updates come every second; a connection that is silent for this long is dead, ms. */
const SILENT_MS = 20_000;
/** Times without an answer, after which there is no way to the host that streams. */
const MOST_TIMEOUTS = 2;

/**
 * Opens a session, which begins to read at once.
 * @throws Failure as Send does; also where the stream is none
 */
export async function openLiveSession(
  { send, logs, commands }: Connection,
  request: LiveRequest,
): Promise<LiveSession | LiveRefusal> {
  const input: StartLiveTailCommandInput = {
    logGroupIdentifiers: request.groups.map(({ arn = "" }) => arn),
    ...(request.filterPattern ? { logEventFilterPattern: request.filterPattern } : {}),
    ...(request.streamPrefix ? { logStreamNamePrefixes: [request.streamPrefix] } : {}),
  };
  let timeouts = 0;
  const opened = await send({
    operation: "StartLiveTail",
    signal: request.signal,
    about: request.groups.map(({ name }) => name).join(", "),
    onWait: request.onWait,
    run: async (signal) => {
      const closing = new AbortController();
      const abortSignal = AbortSignal.any([signal, closing.signal]);
      try {
        const { responseStream } = await logs.send(new commands.StartLiveTailCommand(input), { abortSignal });
        return { messages: await begin(responseStream), closing };
      } catch (error) {
        closing.abort();
        if (kindOf(error) === "timeout") timeouts += 1;
        const refused = refusalOf(error, timeouts);
        if (refused === undefined) throw error;
        return { refused };
      }
    },
  });
  if (opened.refused !== undefined) return { refused: opened.refused };
  return readSession(opened.messages, groupFinder(request.groups), opened.closing);
}

type Messages = AsyncIterator<StartLiveTailResponseStream>;

/** A session is open when it says so. @throws Error for an answer that is no session */
async function begin(stream: AsyncIterable<StartLiveTailResponseStream> | undefined): Promise<Messages> {
  const messages = stream?.[Symbol.asyncIterator]();
  const first = messages && (await beforeSilence(messages.next()));
  if (!first || first.done || !first.value.sessionStart)
    throw new Error("the answer to StartLiveTail is no session of Live Tail");
  return messages;
}

function refusalOf(error: unknown, timeouts: number): string | undefined {
  const { name, status, code } = factsOf(error);
  if (name === "LimitExceededException")
    return "the account has as many Live Tail sessions open as it may (15 unless raised)";
  if (name === "InvalidOperationException") return messageOf(error).replace(/\.$/, "");
  const isUnknown = /^(UnknownOperation|NotImplemented|InvalidAction|UnsupportedOperation)/.test(name);
  if (isUnknown || status === 501 || status === 404 || status === 405)
    return "the endpoint does not know StartLiveTail";
  if (code === "ENOTFOUND" || timeouts >= MOST_TIMEOUTS)
    return "there is no way to the host that streams (in a VPC it takes an endpoint for it)";
  return undefined;
}

/** The group that an event is of: sessions name it by its ARN, by its name or by account and name. */
function groupFinder(groups: readonly CloudWatchGroup[]): (identifier: string) => string {
  const names = new Map<string, string>();
  for (const { name, bareName, arn, account } of groups) {
    if (!names.has(bareName)) names.set(bareName, name);
    if (arn !== undefined) names.set(arn, name);
    if (account !== undefined) names.set(`${account}:${bareName}`, name);
  }
  const [only] = groups;
  return (identifier) =>
    names.get(identifier.replace(/:\*$/, "")) ?? (only && groups.length === 1 ? only.name : identifier);
}

/** Reads eagerly, for the service drops unseen what is not read; what nobody takes is dropped here, and counted. */
function readSession(
  messages: Messages,
  groupOf: (identifier: string) => string,
  closing: AbortController,
): LiveSession {
  const held = createHeld();
  let end: LiveEnd | undefined;
  let wake = () => {};
  const read = async () => {
    for (;;) {
      const { done, value } = await beforeSilence(messages.next());
      if (done) return { isTimeUp: false, reason: "the stream ended" };
      const { sessionUpdate } = value;
      if (!sessionUpdate) continue;
      const { sessionResults = [], sessionMetadata } = sessionUpdate;
      const events = sessionResults.map((event) => readArrived(event, groupOf));
      held.add({ events, isSampled: sessionMetadata?.sampled === true });
      wake();
    }
  };
  read()
    .catch(endOf)
    .then((how) => {
      end = how;
      closing.abort();
      wake();
    });
  return {
    async next() {
      for (;;) {
        const update = held.take();
        if (update || end) return update;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: () => end ?? { isTimeUp: false, reason: "it was closed" },
    close: () => closing.abort(),
  };
}

function endOf(error: unknown): LiveEnd {
  const isTimeUp = error instanceof Error && error.name === "SessionTimeoutException";
  const text = messageOf(error).replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 200);
  // What Node says of a stream that was cut off.
  return {
    isTimeUp,
    reason: /^aborted$|ECONNRESET|socket hang up/.test(text) ? "the connection broke" : text,
  };
}

function readArrived(event: LiveTailSessionLogEvent, groupOf: (identifier: string) => string): ArrivedEvent {
  const { logGroupIdentifier = "", logStreamName = "", timestamp, ingestionTime, message = "" } = event;
  return {
    group: groupOf(logGroupIdentifier),
    stream: logStreamName,
    timestamp,
    ingested: ingestionTime ?? timestamp ?? 0,
    message,
  };
}

type ReadUpdate = Omit<LiveUpdate, "dropped">;

/** Updates that wait to be taken, within a bound; the oldest go first. */
function createHeld() {
  const updates: ReadUpdate[] = [];
  let events = 0;
  let chars = 0;
  let dropped = 0;
  const count = (update: ReadUpdate, sign: 1 | -1) => {
    events += sign * update.events.length;
    chars += sign * update.events.reduce((sum, { message }) => sum + message.length, 0);
  };
  const remove = (): ReadUpdate | undefined => {
    const update = updates.shift();
    if (update) count(update, -1);
    return update;
  };
  return {
    add(update: ReadUpdate) {
      updates.push(update);
      count(update, 1);
      while (updates.length > 1 && (events > MOST_HELD.events || chars > MOST_HELD.chars))
        dropped += remove()?.events.length ?? 0;
    },
    take(): LiveUpdate | undefined {
      const update = remove();
      if (!update) return undefined;
      const taken = { ...update, dropped };
      dropped = 0;
      return taken;
    },
  };
}

/** @throws Error where nothing comes for too long */
async function beforeSilence<T>(coming: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const silence = sleepFor(SILENT_MS, settled.signal).then(() => {
    throw Object.assign(new Error(`nothing came for ${SILENT_MS / 1000} s`), { code: "ETIMEDOUT" });
  });
  silence.catch(() => {});
  try {
    return await Promise.race([coming, silence]);
  } finally {
    settled.abort();
  }
}
