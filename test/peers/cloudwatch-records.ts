import { z } from "zod";
import { assertMayUnmask } from "./cloudwatch-events.ts";
import { findGroup, groupIdentifier, groupName, type Service, time } from "./cloudwatch-groups.ts";
import { type Group, gapBeforeTime, indexAt, type StoredEvent } from "./cloudwatch-store.ts";
import { invalid, parseInput } from "./cloudwatch-wire.ts";

const recordInput = z.object({ logRecordPointer: z.string(), unmask: z.boolean().optional() });

/** The fields of the event that a query's `@ptr` points at. */
export function getLogRecord(service: Service, input: unknown): object {
  const { logRecordPointer, unmask = false } = parseInput(recordInput, input);
  const serial = /^ptr:(\d+)$/.exec(Buffer.from(logRecordPointer, "base64").toString("latin1"))?.[1];
  const found = findEvent(service, Number(serial ?? Number.NaN));
  if (found === undefined) throw invalid("Invalid log record pointer.");
  const { group, event } = found;
  assertMayUnmask(service, group, unmask);
  const message = (unmask ? event.unmasked : undefined) ?? event.message;
  return { logRecord: { ...readFields(group, { ...event, message }), "@ptr": logRecordPointer } };
}

function findEvent({ store }: Service, serial: number): { group: Group; event: StoredEvent } | undefined {
  for (const group of store.groups()) {
    const event = group.timeline.sorted().find((candidate) => candidate.serial === serial);
    if (event !== undefined) return { group, event };
  }
  return undefined;
}

const fieldsInput = z.object({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  /** Seconds. */
  time: time.optional(),
});

const MINUTE = 60_000;

/** Eight minutes before and after a time, or the last fifteen: in how many percent of the events each field is. */
export function getLogGroupFields(service: Service, input: unknown): object {
  const request = parseInput(fieldsInput, input);
  const group = findGroup(service.store, request);
  const now = service.clock();
  const [from, to] =
    request.time === undefined
      ? [now - 15 * MINUTE, now]
      : [request.time * 1000 - 8 * MINUTE, request.time * 1000 + 8 * MINUTE];
  const all = group.timeline.sorted();
  const events = all.slice(indexAt(all, gapBeforeTime(from)), indexAt(all, gapBeforeTime(to + 1)));
  const counts = new Map<string, number>();
  for (const event of events)
    for (const name of Object.keys(readFields(group, event))) counts.set(name, (counts.get(name) ?? 0) + 1);
  const fields = [...counts].map(([name, count]) => ({
    name,
    percent: Math.floor((100 * count) / events.length),
  }));
  return { logGroupFields: fields.sort((one, other) => other.percent - one.percent) };
}

/** The fields that CloudWatch gives every event, and those that it discovers in JSON. */
function readFields(group: Group, event: StoredEvent): Record<string, string> {
  const fields: Record<string, string> = {
    "@ingestionTime": String(event.ingestionTime),
    "@log": `${group.account}:${group.name}`,
    "@logStream": event.stream,
    "@message": event.message,
    "@timestamp": String(event.timestamp),
  };
  for (const [path, value] of walk(parseJson(event.message), [])) fields[path.join(".")] = value;
  return fields;
}

function* walk(value: unknown, path: readonly string[]): Generator<[readonly string[], string]> {
  if (typeof value === "object" && value !== null)
    for (const [key, member] of Object.entries(value)) yield* walk(member, [...path, key]);
  else if (path.length > 0) yield [path, String(value)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
