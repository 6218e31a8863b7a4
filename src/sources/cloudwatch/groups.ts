import type {
  DescribeLogGroupsCommandInput,
  ListLogGroupsCommandInput,
  LogGroup as SdkGroup,
} from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import { groupNotFound } from "../near-names.ts";
import type { GroupClass, ListOptions, LogGroup } from "../source.ts";
import type { Connection } from "./client.ts";

/** A group as CloudWatch knows it. */
export interface CloudWatchGroup {
  /** Its name; of another account's `name@123456789012`. */
  readonly name: string;
  readonly bareName: string;
  readonly arn: string | undefined;
  readonly account: string | undefined;
  readonly isLinked: boolean;
  readonly class: GroupClass;
  /** undefined until it is described. */
  readonly storedBytes: number | undefined;
  readonly retentionDays: number | undefined;
  /** ms since the epoch. */
  readonly created: number | undefined;
  /** A data protection policy masks values in its events; known once it is described. */
  readonly isMasked: boolean;
  readonly isDescribed: boolean;
}

export interface GroupsOptions {
  readonly connection: Connection;
  /** Also the groups of accounts that are linked to this one for monitoring. */
  readonly linkedAccounts: boolean;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** The groups of an account and region. */
export interface Groups {
  /** All of them, by name. Remembered for a while. */
  list(signal: AbortSignal): Promise<readonly CloudWatchGroup[]>;
  /** Those of a prefix; a group whose whole name it is comes with all that is to be told of it. */
  listPrefix(options: ListOptions): Promise<readonly CloudWatchGroup[]>;
  /** @throws Failure "group-not-found" with near names */
  find(name: string, signal: AbortSignal): Promise<CloudWatchGroup>;
  /** As `find`, of several; what the listing left out of them is asked for together. */
  findAll(names: readonly string[], signal: AbortSignal): Promise<readonly CloudWatchGroup[]>;
  /** With sizes and newest events. */
  describe(names: readonly string[], signal: AbortSignal): Promise<readonly LogGroup[]>;
}

/** How long a listing is good, ms. */
const LISTING_LIFE = 900_000;
/** So many prefixes are asked for by themselves; for more it is less to list all. */
const MOST_FEW = 3;
/** Groups that one DescribeLogGroups tells of by identifier. */
const DESCRIBED_AT_ONCE = 50;

/** How a request names a group: an ARN where it is of another account. */
export function identify({ isLinked, arn, bareName }: CloudWatchGroup) {
  return isLinked && arn ? { logGroupIdentifier: arn } : { logGroupName: bareName };
}

export function createGroups({ connection, linkedAccounts, now }: GroupsOptions): Groups {
  let listing: { readonly groups: Promise<readonly CloudWatchGroup[]>; readonly at: number } | undefined;
  const described = new Map<string, CloudWatchGroup>();
  let fewLeft = MOST_FEW;

  const list: Groups["list"] = (signal) => {
    if (!listing || now() - listing.at > LISTING_LIFE) {
      const groups = listAll(connection, linkedAccounts, signal);
      const mine = { groups, at: now() };
      listing = mine;
      groups.catch(() => {
        if (listing === mine) listing = undefined;
      });
    }
    return listing.groups;
  };

  /** By a call for these alone, before all were listed; undefined where they are too many, or may be of other accounts. */
  const listFew = async (prefix: string, signal: AbortSignal) => {
    if (listing || linkedAccounts || prefix === "" || fewLeft === 0) return undefined;
    fewLeft -= 1;
    const page = await orNone(describePage(connection, { logGroupNamePrefix: prefix }, signal));
    if (!page || page.nextToken !== undefined) return undefined;
    const few = page.groups.flatMap((group) =>
      readGroup(group, { linkedAccounts, own: undefined, isDescribed: true }),
    );
    for (const group of few) described.set(group.name, group);
    return sortByName(few);
  };

  const listPrefix: Groups["listPrefix"] = async ({ prefix = "", signal, isFresh }) => {
    if (isFresh) {
      listing = undefined;
      described.clear();
    }
    const few = await listFew(prefix, signal);
    if (few) return few;
    const groups = (await list(signal)).filter(({ name }) => name.startsWith(prefix));
    return Promise.all(groups.map((group) => (group.name === prefix ? find(prefix, signal) : group)));
  };

  const find: Groups["find"] = async (name, signal) => {
    const known = described.get(name);
    if (known) return known;
    const near = await listFew(name, signal);
    const only = near?.find((group) => group.name === name);
    if (only) return only;
    const groups = await orNone(list(signal));
    const found = groups?.find((group) => group.name === name);
    if (found?.isDescribed) return found;
    if (groups && !found)
      throw await groupNotFound(
        name,
        groups.map((group) => group.name),
      );
    // Without the permission to list, or with a listing of names alone, the group itself is asked for.
    const group = found ?? unlisted(name);
    const [one] = await fillIn(connection, [group], signal);
    described.set(name, one ?? group);
    return one ?? group;
  };

  const findAll: Groups["findAll"] = async (names, signal) => {
    const listed = (await orNone(list(signal))) ?? [];
    const left = listed.filter(
      ({ name, isDescribed }) => names.includes(name) && !isDescribed && !described.has(name),
    );
    for (const group of await fillIn(connection, left, signal)) described.set(group.name, group);
    return Promise.all(names.map((name) => find(name, signal)));
  };

  const describe: Groups["describe"] = async (names, signal) => {
    const groups = await list(signal);
    const wanted = groups.filter(({ name }) => names.includes(name));
    const known = wanted.filter(({ isDescribed }) => isDescribed);
    const filled = await fillIn(
      connection,
      wanted.filter(({ isDescribed }) => !isDescribed),
      signal,
    );
    for (const group of filled) described.set(group.name, group);
    const all = [...known, ...filled].sort((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.all(all.map((group) => withSpan(connection, group, signal)));
  };
  return { list, listPrefix, find, findAll, describe };
}

/** undefined where it is not allowed. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Failure && error.code === "access-denied") return undefined;
    throw error;
  }
}

/**
 * The first page tells everything of up to 50 groups; an account with more is listed by name, 1,000 a call, where
 * that is possible.
 */
async function listAll(
  connection: Connection,
  linkedAccounts: boolean,
  signal: AbortSignal,
): Promise<readonly CloudWatchGroup[]> {
  const own = linkedAccounts ? await findOwnAccount(connection, signal) : undefined;
  const read = (group: AnsweredGroup, isDescribed: boolean) =>
    readGroup(group, { linkedAccounts, own, isDescribed });
  const first = await describePage(connection, { includeLinkedAccounts: linkedAccounts }, signal);
  const groups = first.groups.flatMap((group) => read(group, true));
  if (first.nextToken === undefined) return sortByName(groups);
  const names = await listNames(connection, linkedAccounts, signal);
  if (names) {
    const known = new Map(groups.map((group) => [group.name, group]));
    return sortByName(
      names.flatMap((name) => read(name, false)).map((group) => known.get(group.name) ?? group),
    );
  }
  for (let nextToken: string | undefined = first.nextToken; nextToken !== undefined; ) {
    const page = await describePage(connection, { includeLinkedAccounts: linkedAccounts, nextToken }, signal);
    groups.push(...page.groups.flatMap((group) => read(group, true)));
    nextToken = page.nextToken;
  }
  return sortByName(groups);
}

/** The account that the credentials are of, as the ARN of any of its groups tells it. */
async function findOwnAccount(connection: Connection, signal: AbortSignal): Promise<string | undefined> {
  const { groups } = await describePage(connection, { limit: 1 }, signal);
  return groups[0] && accountOf(groups[0]);
}

function sortByName(groups: readonly CloudWatchGroup[]): readonly CloudWatchGroup[] {
  return [...new Map(groups.map((group) => [group.name, group])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

async function describePage(
  { send, logs, commands }: Connection,
  input: DescribeLogGroupsCommandInput,
  signal: AbortSignal,
): Promise<{ readonly groups: readonly AnsweredGroup[]; readonly nextToken: string | undefined }> {
  const page = await send({
    operation: "DescribeLogGroups",
    run: (abortSignal) => logs.send(new commands.DescribeLogGroupsCommand(input), { abortSignal }),
    signal,
  });
  return { groups: page.logGroups ?? [], nextToken: page.nextToken };
}

/** undefined where the operation does not exist or is not allowed. */
async function listNames(
  { send, logs, commands }: Connection,
  includeLinkedAccounts: boolean,
  signal: AbortSignal,
): Promise<readonly AnsweredGroup[] | undefined> {
  const groups: AnsweredGroup[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const input: ListLogGroupsCommandInput = { limit: 1000, includeLinkedAccounts, nextToken };
      const page = await send({
        operation: "ListLogGroups",
        run: (abortSignal) => logs.send(new commands.ListLogGroupsCommand(input), { abortSignal }),
        signal,
      });
      groups.push(...(page.logGroups ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return groups;
  } catch (error) {
    if (error instanceof Failure && (error.code === "access-denied" || error.code === "source-unavailable"))
      return undefined;
    throw error;
  }
}

/** What the listing left out, of groups that were listed by name alone; as they are where that is not allowed. */
async function fillIn(
  connection: Connection,
  groups: readonly CloudWatchGroup[],
  signal: AbortSignal,
): Promise<readonly CloudWatchGroup[]> {
  const filled: CloudWatchGroup[] = [];
  for (let at = 0; at < groups.length; at += DESCRIBED_AT_ONCE) {
    const some = groups.slice(at, at + DESCRIBED_AT_ONCE);
    const [one] = some;
    // A single group of the own account is found by its name by every endpoint that there is.
    const input =
      one && some.length === 1 && !one.isLinked
        ? { logGroupNamePrefix: one.bareName }
        : {
            logGroupIdentifiers: some.map(({ isLinked, arn, bareName }) =>
              isLinked && arn ? arn : bareName,
            ),
            ...(some.some(({ isLinked }) => isLinked) ? { includeLinkedAccounts: true } : {}),
          };
    const page = await orNone(describePage(connection, input, signal));
    for (const group of some) {
      const answered = page?.groups.find((other) =>
        group.isLinked ? arnOf(other) === group.arn : other.logGroupName === group.bareName,
      );
      if (answered) filled.push({ ...group, ...detailsOf(answered), isDescribed: true });
      else filled.push(group);
    }
  }
  return filled;
}

/** The newest event is that of the stream written to last; CloudWatch may be up to an hour late in telling it. */
async function withSpan(
  connection: Connection,
  group: CloudWatchGroup,
  signal: AbortSignal,
): Promise<LogGroup> {
  const { send, logs, commands } = connection;
  const input = { ...identify(group), orderBy: "LastEventTime" as const, descending: true, limit: 1 };
  const listed = listedAs(group);
  try {
    const page = await send({
      operation: "DescribeLogStreams",
      run: (abortSignal) => logs.send(new commands.DescribeLogStreamsCommand(input), { abortSignal }),
      signal,
      about: group.name,
    });
    const [stream] = page.logStreams ?? [];
    const isEmpty = stream === undefined;
    return {
      ...listed,
      newestEvent: stream?.lastEventTimestamp,
      ...(isEmpty && listed.remark === undefined ? { remark: "no streams" } : {}),
    };
  } catch (error) {
    // The size is worth showing where the streams are not for this identity to see.
    if (error instanceof Failure && error.code === "access-denied") return listed;
    throw error;
  }
}

const CLASS_REMARKS: Partial<Record<GroupClass, string>> = {
  "infrequent-access": "Infrequent Access: queries only, billed by bytes",
  essentials: "Essentials: queries only, billed by bytes",
  delivery: "Delivery class: cannot be read or queried",
};

/** As the listing shows it, without what takes a call of its own. */
export function listedAs(group: CloudWatchGroup): LogGroup {
  const remark = CLASS_REMARKS[group.class];
  return {
    name: group.name,
    class: group.class,
    storedBytes: group.storedBytes,
    retentionDays: group.retentionDays,
    oldestEvent: undefined,
    newestEvent: undefined,
    streams: undefined,
    ...(group.created === undefined ? {} : { created: group.created }),
    ...(group.isDescribed ? { isMasked: group.isMasked } : {}),
    ...(remark === undefined ? {} : { remark }),
  };
}

/** What either listing tells of a group. */
type AnsweredGroup = Pick<
  SdkGroup,
  | "logGroupName"
  | "logGroupArn"
  | "arn"
  | "logGroupClass"
  | "storedBytes"
  | "retentionInDays"
  | "creationTime"
  | "dataProtectionStatus"
>;

interface Reading {
  readonly linkedAccounts: boolean;
  /** The account of the credentials; undefined where it has no group. */
  readonly own: string | undefined;
  readonly isDescribed: boolean;
}

function readGroup(group: AnsweredGroup, { linkedAccounts, own, isDescribed }: Reading): CloudWatchGroup[] {
  const { logGroupName: bareName } = group;
  if (bareName === undefined) return [];
  const account = accountOf(group);
  const isLinked = linkedAccounts && account !== undefined && account !== own;
  const name = isLinked ? `${bareName}@${account}` : bareName;
  return [{ name, bareName, account, isLinked, ...detailsOf(group), isDescribed }];
}

function detailsOf(group: AnsweredGroup) {
  return {
    arn: arnOf(group),
    class: classOf(group.logGroupClass),
    storedBytes: group.storedBytes,
    retentionDays: group.retentionInDays,
    created: group.creationTime,
    isMasked: group.dataProtectionStatus === "ACTIVATED",
  };
}

/** Without the `:*` at its end, which requests do not take. */
function arnOf({ logGroupArn, arn }: AnsweredGroup): string | undefined {
  return logGroupArn ?? arn?.replace(/:\*$/, "");
}

function accountOf(group: AnsweredGroup): string | undefined {
  return arnOf(group)?.split(":")[4];
}

function classOf(name: string | undefined): GroupClass {
  if (name === "INFREQUENT_ACCESS") return "infrequent-access";
  if (name === "ESSENTIALS") return "essentials";
  return name === "DELIVERY" ? "delivery" : "standard";
}

/** A group of which only the name is known. */
export function unlisted(name: string): CloudWatchGroup {
  return {
    name,
    bareName: name,
    arn: undefined,
    account: undefined,
    isLinked: false,
    class: "standard",
    storedBytes: undefined,
    retentionDays: undefined,
    created: undefined,
    isMasked: false,
    isDescribed: false,
  };
}
