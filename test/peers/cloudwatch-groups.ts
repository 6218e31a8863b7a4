import { z } from "zod";
import type { Query } from "./cloudwatch-insights.ts";
import { compareNames, type Group, type Store, type StreamOfGroup } from "./cloudwatch-store.ts";
import type { Paging, Tokens } from "./cloudwatch-tokens.ts";
import { assertExclusive, invalid, parseInput, ServiceError } from "./cloudwatch-wire.ts";

/** What an operation works with. */
export interface Service {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly paging: Required<Paging>;
  /** By id. */
  readonly queries: Map<string, Query>;
}

// Lengths, ranges and characters as in the service's model.
export const groupName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[./#\w-]+$/);
/** A name, or an ARN without the `:*` at its end. */
export const groupIdentifier = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^[\w#+=/:,.@-]*$/);
export const streamName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^:*]*$/);
export const time = z.number().int().min(0);
export const token = z.string().min(1);

const describeGroupsInput = z.object({
  logGroupNamePrefix: groupName.optional(),
  logGroupNamePattern: z
    .string()
    .max(512)
    .regex(/^[./#\w-]*$/)
    .optional(),
  logGroupClass: z.enum(["STANDARD", "INFREQUENT_ACCESS", "ESSENTIALS", "DELIVERY"]).optional(),
  logGroupIdentifiers: z.array(groupIdentifier).min(1).max(50).optional(),
  accountIdentifiers: z.array(z.string().length(12)).max(20).optional(),
  includeLinkedAccounts: z.boolean().optional(),
  nextToken: token.optional(),
  limit: z.number().int().min(1).max(50).optional(),
});

type DescribeGroups = z.infer<typeof describeGroupsInput>;

export function describeLogGroups(service: Service, input: unknown): object {
  const request = parseInput(describeGroupsInput, input);
  const { logGroupNamePrefix, logGroupNamePattern, limit, nextToken, ...rest } = request;
  assertExclusive({ logGroupNamePrefix, logGroupNamePattern });
  const query = ["groups", logGroupNamePrefix, logGroupNamePattern, rest];
  const groups = service.store.groups().filter((group) => isAsked(service.store, group, request));
  const page = takeItems(service, { items: groups, key: ({ arn }) => arn, query, limit, nextToken });
  const describe = logGroupNamePattern === undefined ? describeGroup : describeGroupBriefly;
  return { logGroups: page.items.map(describe), ...page.next };
}

function isAsked(store: Store, group: Group, request: DescribeGroups): boolean {
  const { accountIdentifiers: accounts, logGroupIdentifiers: identifiers } = request;
  const isReachable =
    request.includeLinkedAccounts === true
      ? accounts === undefined || accounts.includes(group.account)
      : group.account === store.account;
  const isNamed =
    group.name.startsWith(request.logGroupNamePrefix ?? "") &&
    group.name.includes(request.logGroupNamePattern ?? "") &&
    (identifiers === undefined || identifiers.some((identifier) => store.find(identifier) === group));
  return isReachable && isNamed && isOfClass(group, request.logGroupClass);
}

/** Infrequent Access and Essentials are asked for together. */
function isOfClass(group: Group, asked: Group["class"] | undefined): boolean {
  const pair: readonly (string | undefined)[] = ["INFREQUENT_ACCESS", "ESSENTIALS"];
  return asked === undefined || group.class === asked || (pair.includes(asked) && pair.includes(group.class));
}

function describeGroupBriefly({ name, arn, creationTime }: Group): object {
  return { logGroupName: name, arn: `${arn}:*`, creationTime };
}

function describeGroup(group: Group): object {
  return {
    ...describeGroupBriefly(group),
    logGroupArn: group.arn,
    logGroupClass: group.class,
    metricFilterCount: 0,
    storedBytes: group.storedBytes,
    ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
  };
}

const describeStreamsInput = z.object({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  logStreamNamePrefix: streamName.optional(),
  orderBy: z.enum(["LogStreamName", "LastEventTime"]).optional(),
  descending: z.boolean().optional(),
  nextToken: token.optional(),
  limit: z.number().int().min(1).max(50).optional(),
});

export function describeLogStreams(service: Service, input: unknown): object {
  const { nextToken, limit, ...request } = parseInput(describeStreamsInput, input);
  const { logStreamNamePrefix: prefix = "", orderBy = "LogStreamName", descending = false } = request;
  if (orderBy === "LastEventTime" && prefix !== "")
    throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const group = findGroup(service.store, request);
  const sign = descending ? -1 : 1;
  const streams = [...group.streams.values()]
    .filter(({ name }) => name.startsWith(prefix))
    .sort((one, other) => {
      const byTime = orderBy === "LastEventTime" ? (lastEventOf(one) ?? 0) - (lastEventOf(other) ?? 0) : 0;
      return sign * (byTime || compareNames(one.name, other.name));
    });
  const query = ["streams", request];
  const page = takeItems(service, { items: streams, key: ({ name }) => name, query, limit, nextToken });
  return { logStreams: page.items.map((stream) => describeStream(group, stream)), ...page.next };
}

function lastEventOf(stream: StreamOfGroup): number | undefined {
  return stream.reportedLastEvent ?? stream.timeline.sorted().at(-1)?.timestamp;
}

function describeStream(group: Group, stream: StreamOfGroup): object {
  const events = stream.timeline.sorted();
  const [first] = events;
  return {
    logStreamName: stream.name,
    creationTime: stream.creationTime,
    arn: `${group.arn}:log-stream:${stream.name}`,
    storedBytes: 0,
    ...(first === undefined
      ? {}
      : { firstEventTimestamp: first.timestamp, lastIngestionTime: events.at(-1)?.ingestionTime }),
    lastEventTimestamp: lastEventOf(stream),
  };
}

/**
 * The group that a request names.
 * @throws ServiceError InvalidParameterException, ResourceNotFoundException.
 */
export function findGroup(
  store: Store,
  request: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
): Group {
  const { logGroupName, logGroupIdentifier } = request;
  assertExclusive({ logGroupName, logGroupIdentifier });
  const identifier = logGroupName ?? logGroupIdentifier;
  if (identifier === undefined) throw invalid("logGroupName or logGroupIdentifier is required.");
  const group = store.find(identifier);
  if (group === undefined)
    throw new ServiceError("ResourceNotFoundException", "The specified log group does not exist.");
  return group;
}

interface ItemsRequest<T> {
  readonly items: readonly T[];
  readonly key: (item: T) => string;
  readonly query: unknown;
  readonly limit: number | undefined;
  readonly nextToken: string | undefined;
}

function takeItems<T>({ tokens, paging }: Service, request: ItemsRequest<T>) {
  const { items, key, query, limit, nextToken } = request;
  const last = nextToken === undefined ? undefined : tokens.read(nextToken, query).at;
  const start = last === undefined ? 0 : items.findIndex((item) => key(item) === last) + 1;
  const page = items.slice(start, start + Math.min(limit ?? paging.maxItems, paging.maxItems));
  const end = page.at(-1);
  const hasMore = start + page.length < items.length && end !== undefined;
  return { items: page, next: hasMore ? { nextToken: tokens.issue(query, key(end)) } : {} };
}
