import { z } from "zod";
import {
  findGroup,
  groupIdentifier,
  groupName,
  type Service,
  streamName,
  time,
} from "./cloudwatch-groups.ts";
import { invalid, parseInput, ServiceError } from "./cloudwatch-wire.ts";

// What fills an account: for those who put their own events in, as a program that logs does.

const createGroupInput = z.object({
  logGroupName: groupName,
  logGroupClass: z.enum(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]).optional(),
});

export function createLogGroup({ store, clock }: Service, input: unknown): object {
  const { logGroupName: name, logGroupClass } = parseInput(createGroupInput, input);
  if (store.find(name))
    throw new ServiceError("ResourceAlreadyExistsException", "The specified log group already exists");
  store.addGroup({ name, creationTime: clock(), ...(logGroupClass ? { class: logGroupClass } : {}) });
  return {};
}

export function deleteLogGroup({ store }: Service, input: unknown): object {
  const request = parseInput(z.object({ logGroupName: groupName }), input);
  store.removeGroup(findGroup(store, request).name);
  return {};
}

const streamInput = z.object({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  logStreamName: streamName,
});

export function createLogStream({ store, clock }: Service, input: unknown): object {
  const { logStreamName, ...request } = parseInput(streamInput, input);
  const group = findGroup(store, request);
  if (group.streams.has(logStreamName))
    throw new ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists");
  store.addStream(group.arn, logStreamName, { creationTime: clock() });
  return {};
}

const putInput = streamInput.extend({
  logEvents: z.array(z.object({ timestamp: time, message: z.string().min(1) })).min(1),
});

const DAY = 86_400_000;
const OLDEST = 14 * DAY;
const NEWEST = 2 * 3_600_000;
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
/** Bytes that each event counts beside its text. */
const OVERHEAD = 26;

/** A batch within the limits that the operation's documentation gives; what is too old or too new is left out and told. */
export function putLogEvents({ store, clock }: Service, input: unknown): object {
  const { logStreamName, logEvents, ...request } = parseInput(putInput, input);
  const group = findGroup(store, request);
  if (!group.streams.has(logStreamName))
    throw new ServiceError("ResourceNotFoundException", "The specified log stream does not exist.");
  assertBatch(logEvents);
  const now = clock();
  const tooOld = logEvents.findLastIndex(({ timestamp }) => timestamp < now - OLDEST) + 1;
  const tooNew = logEvents.findIndex(({ timestamp }) => timestamp > now + NEWEST);
  const taken = logEvents.slice(tooOld, tooNew < 0 ? undefined : tooNew);
  store.addEvents(
    group.arn,
    logStreamName,
    taken.map((event) => ({ ...event, ingestionTime: now })),
  );
  return {
    nextSequenceToken: "0",
    ...(taken.length === logEvents.length
      ? {}
      : {
          rejectedLogEventsInfo: {
            ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
            ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
          },
        }),
  };
}

function assertBatch(events: readonly { readonly timestamp: number; readonly message: string }[]): void {
  if (events.length > MOST_EVENTS)
    throw invalid("Log events in a single PutLogEvents request: at most 10000.");
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + OVERHEAD, 0);
  if (bytes > MOST_BYTES) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MOST_BYTES}`);
  const times = events.map(({ timestamp }) => timestamp);
  if (times.some((time, at) => time < (times[at - 1] ?? 0)))
    throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > DAY)
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
}
