import type { ServerResponse } from "node:http";
import { z } from "zod";
import { compilePattern, findReadable } from "./cloudwatch-events.ts";
import { encodeEvent, encodeException } from "./cloudwatch-frames.ts";
import { groupIdentifier, type Service, streamName } from "./cloudwatch-groups.ts";
import type { Group, StoredEvent } from "./cloudwatch-store.ts";
import {
  assertExclusive,
  invalid,
  parseInput,
  ServiceError,
  type SessionEnd,
  type StreamStart,
  type WireResponse,
} from "./cloudwatch-wire.ts";

/** How sessions go; what is left out is as the service documents it. */
export interface LiveTailSettings {
  /** Milliseconds from one update to the next; 1,000. */
  readonly intervalMs?: number;
  /** Milliseconds that a session lasts, told by its updates; three hours. */
  readonly lifeMs?: number;
  /** Events in an update, at most: more are sampled; 500. */
  readonly maxEvents?: number;
  /** Sessions at a time; 15. */
  readonly maxSessions?: number;
  /** How an event tells its group, which the model leaves open; "arn". */
  readonly groupsBy?: "arn" | "name";
}

export const LIVE_TAIL: Required<LiveTailSettings> = {
  intervalMs: 1000,
  lifeMs: 3 * 3_600_000,
  maxEvents: 500,
  maxSessions: 15,
  groupsBy: "arn",
};

/** A session that is open. */
export interface LiveTail {
  readonly input: unknown;
  /** How many updates were made, and how many of them a slow reader lost. */
  readonly updates: number;
  readonly dropped: number;
  /** Makes an update now. */
  update(): void;
  end(how: SessionEnd): void;
}

const liveTailInput = z.object({
  logGroupIdentifiers: z.array(groupIdentifier).min(1).max(10),
  logStreamNames: z.array(streamName).min(1).max(100).optional(),
  logStreamNamePrefixes: z.array(streamName).min(1).max(100).optional(),
  logEventFilterPattern: z.string().max(1024).optional(),
});

type LiveTailRequest = z.infer<typeof liveTailInput>;

/** Answers with a stream of updates of what is added from its start on. */
export function startLiveTail(service: Service, input: unknown): WireResponse {
  const request = parseInput(liveTailInput, input);
  const { logStreamNames, logStreamNamePrefixes, logGroupIdentifiers } = request;
  assertExclusive({ logStreamNames, logStreamNamePrefixes });
  if ((logStreamNames ?? logStreamNamePrefixes) !== undefined && logGroupIdentifiers.length > 1)
    throw invalid("Log streams can be specified with one log group only.");
  if (logGroupIdentifiers.some((identifier) => !identifier.startsWith("arn:")))
    throw invalid("logGroupIdentifiers must be ARNs.");
  const groups = logGroupIdentifiers.map((logGroupIdentifier) =>
    findReadable(service, { logGroupIdentifier }, "StartLiveTail"),
  );
  const accepts = acceptsOf(groups, request);
  if (service.liveTails.size >= service.liveTail.maxSessions)
    throw new ServiceError("LimitExceededException", "Account maximum Live Tail session limit reached.");
  return {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream" },
    body: "",
    stream: (response, start) => openSession({ service, request, accepts, response, start }),
  };
}

type Accepts = (group: Group, event: StoredEvent) => boolean;

function acceptsOf(groups: readonly Group[], request: LiveTailRequest): Accepts {
  const { logStreamNames, logStreamNamePrefixes: prefixes, logEventFilterPattern: pattern } = request;
  const names = logStreamNames === undefined ? undefined : new Set(logStreamNames);
  const filter = pattern === undefined ? undefined : compilePattern(pattern);
  return (group, { stream, message }) =>
    groups.includes(group) &&
    (names?.has(stream) ?? true) &&
    (prefixes?.some((prefix) => stream.startsWith(prefix)) ?? true) &&
    (filter?.test(message) ?? true);
}

interface SessionRequest {
  readonly service: Service;
  readonly request: LiveTailRequest;
  readonly accepts: Accepts;
  readonly response: ServerResponse;
  readonly start: StreamStart;
}

function openSession({ service, request, accepts, response, start }: SessionRequest): void {
  const { store, liveTails, liveTail: settings } = service;
  const { intervalMs, lifeMs, maxEvents } = settings;
  const sender = createSender(response);
  let pending: object[] = [];
  let updates = 0;
  const session: LiveTail = {
    input: request,
    get updates() {
      return updates;
    },
    get dropped() {
      return sender.dropped();
    },
    update: () => {
      const sampled = pending.length > maxEvents;
      sender.send({ sessionMetadata: { sampled }, sessionResults: sampleOf(pending, maxEvents) });
      pending = [];
      updates += 1;
      if (updates === start.end?.afterUpdates) session.end(start.end.how);
      else if (updates * intervalMs >= lifeMs) session.end("timeout");
    },
    end: (how) => {
      close();
      sender.end(how);
    },
  };
  const forget = store.watch((group, event) => {
    if (accepts(group, event)) pending.push(describeLive(group, event, settings.groupsBy));
  });
  const timer = setInterval(session.update, intervalMs);
  const close = () => {
    clearInterval(timer);
    forget();
    liveTails.delete(session);
  };
  response.on("close", close);
  liveTails.add(session);
  response.write(encodeEvent("initial-response", {}));
  const ids = { requestId: start.requestId, sessionId: start.requestId.replace("-8000-", "-a000-") };
  response.write(encodeEvent("sessionStart", { ...ids, ...request }));
}

function describeLive(group: Group, event: StoredEvent, by: "arn" | "name"): object {
  const { stream: logStreamName, message, timestamp, ingestionTime } = event;
  const logGroupIdentifier = by === "arn" ? group.arn : group.name;
  return { logStreamName, logGroupIdentifier, message, timestamp, ingestionTime };
}

function sampleOf<T>(list: readonly T[], most: number): readonly T[] {
  return list.length <= most
    ? list
    : list.filter(
        (_, index) =>
          Math.floor(((index + 1) * most) / list.length) > Math.floor((index * most) / list.length),
      );
}

interface Update {
  readonly sessionMetadata: { readonly sampled: boolean };
  readonly sessionResults: readonly object[];
}

const MAX_BUFFERED_UPDATES = 10;
const MAX_BUFFERED_EVENTS = 5000;

/** Holds ten updates or 5,000 events for a slow reader, and drops the oldest of more. */
function createSender(response: ServerResponse) {
  const queue: Update[] = [];
  let dropped = 0;
  const write = () => {
    const update = queue.shift();
    if (update !== undefined) response.write(encodeEvent("sessionUpdate", update));
  };
  const flush = () => {
    while (queue.length > 0 && !response.writableNeedDrain) write();
  };
  const isOverfull = () =>
    queue.length > MAX_BUFFERED_UPDATES ||
    queue.reduce((sum, { sessionResults }) => sum + sessionResults.length, 0) > MAX_BUFFERED_EVENTS;
  response.on("drain", flush);
  return {
    dropped: () => dropped,
    send: (update: Update) => {
      queue.push(update);
      flush();
      for (; isOverfull(); dropped += 1) queue.shift();
    },
    end: (how: SessionEnd) => {
      while (queue.length > 0) write();
      endStream(response, how);
    },
  };
}

function endStream(response: ServerResponse, how: SessionEnd): void {
  switch (how) {
    case "cut": {
      const frame = encodeEvent("sessionUpdate", { sessionMetadata: { sampled: false }, sessionResults: [] });
      const half = frame.subarray(0, frame.length / 2);
      response.write(half, () => response.destroy(new Error("Cut on purpose.")));
      return;
    }
    case "close":
      response.end();
      return;
    case "timeout":
      response.end(encodeException("SessionTimeoutException", "The session has timed out."));
      return;
    case "error":
      response.end(encodeException("SessionStreamingException", "An unknown error occurred."));
  }
}
