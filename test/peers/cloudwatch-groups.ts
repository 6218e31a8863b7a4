import { z } from "zod";
import type { Anomalies } from "./cloudwatch-anomalies.ts";
import type { Query } from "./cloudwatch-insights.ts";
import type { LiveTail, LiveTailSettings } from "./cloudwatch-live-tail.ts";
import { compareNames, type Group, type Store, type StreamOfGroup } from "./cloudwatch-store.ts";
import type { Paging, Tokens } from "./cloudwatch-tokens.ts";
import { assertExclusive, invalid, parseInput, ServiceError } from "./cloudwatch-wire.ts";

/** What an operation works with. */
export interface Service {
  readonly store: Store;
  readonly tokens: Tokens;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly paging: Required<Paging>;
  /** By id. */
  readonly queries: Map<string, Query>;
  /** Whether callers have the permission logs:Unmask. */
  readonly allowsUnmask: boolean;
  readonly liveTail: Required<LiveTailSettings>;
  /** The sessions that are open. */
  readonly liveTails: Set<LiveTail>;
  readonly anomalies: Anomalies;
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

const groupsInput = z.object({
  logGroupClass: z.enum(["STANDARD", "INFREQUENT_ACCESS", "ESSENTIALS", "DELIVERY"]).optional(),
  accountIdentifiers: z.array(z.string().length(12)).max(20).optional(),
  includeLinkedAccounts: z.boolean().optional(),
  nextToken: token.optional(),
});

type GroupsRequest = z.infer<typeof groupsInput>;

const describeGroupsInput = groupsInput.extend({
  logGroupNamePrefix: groupName.optional(),
  logGroupNamePattern: z
    .string()
    .max(512)
    .regex(/^[./#\w-]*$/)
    .optional(),
  logGroupIdentifiers: z.array(groupIdentifier).min(1).max(50).optional(),
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
  const { logGroupIdentifiers: identifiers } = request;
  const isNamed =
    group.name.startsWith(request.logGroupNamePrefix ?? "") &&
    group.name.includes(request.logGroupNamePattern ?? "") &&
    (identifiers === undefined || identifiers.some((identifier) => store.find(identifier) === group));
  return isNamed && isInScope(store, group, request);
}

/** Of the class asked for, in the peer's own account or in a linked one that was asked for. */
function isInScope(store: Store, group: Group, request: GroupsRequest): boolean {
  const { accountIdentifiers: accounts, includeLinkedAccounts = false } = request;
  const isReachable = includeLinkedAccounts
    ? accounts === undefined || accounts.includes(group.account)
    : group.account === store.account;
  return isReachable && isOfClass(group, request.logGroupClass);
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
    ...(group.isProtected ? { dataProtectionStatus: "ACTIVATED" } : {}),
    ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
  };
}

const listGroupsInput = groupsInput.extend({
  // Up to five parts of 3 to 24 characters, each a prefix behind "^", else a substring.
  logGroupNamePattern: z
    .string()
    .regex(/^\^?[./#\w-]{3,24}(\|\^?[./#\w-]{3,24}){0,4}$/)
    .optional(),
  dataSources: z.array(z.object({ name: z.string() })).optional(),
  fieldIndexNames: z.array(z.string()).optional(),
  logGroupTags: z.array(z.object({ key: z.string() })).optional(),
  limit: z.number().int().min(1).max(1000).optional(),
});

/** The peer's groups have no tags, indexes and data sources: whoever asks for one finds none. */
export function listLogGroups(service: Service, input: unknown): object {
  const { limit, nextToken, ...request } = parseInput(listGroupsInput, input);
  const { logGroupNamePattern, dataSources, fieldIndexNames, logGroupTags } = request;
  const isBare = [dataSources, fieldIndexNames, logGroupTags].every((list) => list === undefined);
  const parts = logGroupNamePattern?.split("|");
  const isNamed = ({ name }: Group) =>
    parts?.some((part) => (part.startsWith("^") ? name.startsWith(part.slice(1)) : name.includes(part))) ??
    true;
  const groups = service.store
    .groups()
    .filter((group) => isBare && isNamed(group) && isInScope(service.store, group, request));
  const page = takeItems(service, {
    items: groups,
    key: ({ arn }) => arn,
    query: ["list", request],
    limit,
    nextToken,
    most: service.paging.maxListed,
  });
  const logGroups = page.items.map((group) => ({
    logGroupName: group.name,
    logGroupArn: group.arn,
    logGroupClass: group.class,
  }));
  return { logGroups, ...page.next };
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
  /** Items on a page, at most; as the peer's paging has it where left out. */
  readonly most?: number;
}

/** One page of a listing; its token names the last item. */
export function takeItems<T>({ tokens, paging }: Service, request: ItemsRequest<T>) {
  const { items, key, query, limit = paging.maxItems, nextToken, most = paging.maxItems } = request;
  const last = nextToken === undefined ? undefined : tokens.read(nextToken, query).at;
  const start = last === undefined ? 0 : items.findIndex((item) => key(item) === last) + 1;
  const page = items.slice(start, start + Math.min(limit, most));
  const end = page.at(-1);
  const hasMore = start + page.length < items.length && end !== undefined;
  return { items: page, next: hasMore ? { nextToken: tokens.issue(query, key(end)) } : {} };
}
