export type GroupClass = "STANDARD" | "INFREQUENT_ACCESS" | "ESSENTIALS" | "DELIVERY";

export interface NewGroup {
  readonly name: string;
  readonly class?: GroupClass;
  readonly retentionDays?: number;
  readonly storedBytes?: number;
  /** Whether a data protection policy is active. */
  readonly isProtected?: boolean;
  /** Milliseconds since the epoch. */
  readonly creationTime?: number;
  /** Twelve digits; another account than the peer's own is a linked one, whose groups are addressed by ARN. */
  readonly account?: string;
}

export interface NewEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
  /** The text with `*` in place of what a data protection policy hides; nothing is hidden where left out. */
  readonly masked?: string;
  /** Milliseconds since the epoch; a quarter of a second after the event where left out. */
  readonly ingestionTime?: number;
}

export interface StoredEvent {
  readonly timestamp: number;
  readonly ingestionTime: number;
  /** What everyone may read: the masked text where there is one. */
  readonly message: string;
  /** What only `unmask` gives; undefined where nothing is masked. */
  readonly unmasked: string | undefined;
  /** Of the message in UTF-8. */
  readonly bytes: number;
  readonly stream: string;
  /** The order of arrival in the whole peer. */
  readonly serial: number;
}

/**
 * A place between events, in their order (timestamp, ingestion, arrival). It stays where it is when events are added
 * before or behind it, which an index would not.
 */
export type Gap = readonly [timestamp: number, ingestionTime: number, serial: number];

/** Events in the order of CloudWatch: by timestamp, then by ingestion, then by arrival. */
export interface Timeline {
  add(event: StoredEvent): void;
  sorted(): readonly StoredEvent[];
}

export interface StreamOfGroup {
  readonly name: string;
  readonly creationTime: number;
  /** What DescribeLogStreams says instead of the truth, which it may for an hour. */
  readonly reportedLastEvent: number | undefined;
  readonly timeline: Timeline;
}

export interface Group {
  readonly name: string;
  readonly account: string;
  /** Without the trailing `:*`. */
  readonly arn: string;
  readonly class: GroupClass;
  readonly retentionDays: number | undefined;
  readonly storedBytes: number;
  readonly isProtected: boolean;
  readonly creationTime: number;
  readonly streams: Map<string, StreamOfGroup>;
  readonly timeline: Timeline;
}

export interface StreamOptions {
  readonly creationTime?: number;
  /** A stale lastEventTimestamp for DescribeLogStreams; the newest event's where left out. */
  readonly lastEventTimestamp?: number;
}

export type Listener = (group: Group, event: StoredEvent) => void;

export interface Store {
  readonly account: string;
  addGroup(group: NewGroup): void;
  /** With all that is in it. */
  removeGroup(nameOrArn: string): void;
  /** @throws Error where there is no such group; so does addEvents. */
  addStream(group: string, stream: string, options?: StreamOptions): void;
  /** Takes the events one by one, in any order; the stream is made where there is none. */
  addEvents(group: string, stream: string, events: Iterable<NewEvent>): void;
  /** Tells of every event that is added from now on, until the returned function is called. */
  watch(listener: Listener): () => void;
  /** In ASCII order of the names. */
  groups(): readonly Group[];
  /** By name in the peer's own account, or by ARN without `:*` in any. */
  find(nameOrArn: string): Group | undefined;
}

export function createStore({ region, account }: { region: string; account: string }): Store {
  const byArn = new Map<string, Group>();
  let sorted: readonly Group[] | undefined;
  const listeners = new Set<Listener>();
  let serial = 0;
  const arnOf = (name: string, owner: string) => `arn:aws:logs:${region}:${owner}:log-group:${name}`;
  const find = (nameOrArn: string) => byArn.get(nameOrArn) ?? byArn.get(arnOf(nameOrArn, account));
  const groupOf = (nameOrArn: string): Group => {
    const group = find(nameOrArn);
    if (group === undefined) throw new Error(`No log group ${nameOrArn} in the peer.`);
    return group;
  };
  const streamOf = (group: Group, name: string, options: StreamOptions = {}): StreamOfGroup => {
    const made = group.streams.get(name) ?? {
      name,
      creationTime: options.creationTime ?? group.creationTime,
      reportedLastEvent: options.lastEventTimestamp,
      timeline: createTimeline(),
    };
    group.streams.set(name, made);
    return made;
  };
  return {
    account,
    addGroup: (group) => {
      const owner = group.account ?? account;
      const arn = arnOf(group.name, owner);
      sorted = undefined;
      byArn.set(arn, {
        name: group.name,
        account: owner,
        arn,
        class: group.class ?? "STANDARD",
        retentionDays: group.retentionDays,
        storedBytes: group.storedBytes ?? 0,
        isProtected: group.isProtected ?? false,
        creationTime: group.creationTime ?? 0,
        streams: new Map(),
        timeline: createTimeline(),
      });
    },
    removeGroup: (nameOrArn) => {
      byArn.delete(groupOf(nameOrArn).arn);
      sorted = undefined;
    },
    addStream: (group, stream, options) => {
      streamOf(groupOf(group), stream, options);
    },
    addEvents: (nameOrArn, name, events) => {
      const group = groupOf(nameOrArn);
      const stream = streamOf(group, name);
      for (const { timestamp, message, masked, ingestionTime = timestamp + 250 } of events) {
        const texts =
          masked === undefined ? { message, unmasked: undefined } : { message: masked, unmasked: message };
        const bytes = Buffer.byteLength(texts.message);
        const stored = { timestamp, ingestionTime, ...texts, bytes, stream: stream.name, serial: serial++ };
        group.timeline.add(stored);
        stream.timeline.add(stored);
        for (const listen of listeners) listen(group, stored);
      }
    },
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    groups: () => {
      sorted ??= [...byArn.values()].sort((one, other) => compareNames(one.name, other.name));
      return sorted;
    },
    find,
  };
}

export function compareNames(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** So many late events are put in one by one, which moves the others and compares only a few of them. */
const FEW = 64;

/** What arrives out of order waits until somebody reads. */
function createTimeline(): Timeline {
  const events: StoredEvent[] = [];
  const late: StoredEvent[] = [];
  return {
    add: (event) => {
      const last = events.at(-1);
      if (last !== undefined && compareEvents(last, event) > 0) late.push(event);
      else events.push(event);
    },
    sorted: () => {
      if (late.length === 0) return events;
      const few = late.length <= FEW;
      for (const event of late) {
        if (few) events.splice(indexAt(events, gapBefore(event)), 0, event);
        else events.push(event);
      }
      if (!few) events.sort(compareEvents);
      late.length = 0;
      return events;
    },
  };
}

/** The place before every event of this millisecond and of later ones. */
export function gapBeforeTime(timestamp: number): Gap {
  return [timestamp, -1, -1];
}

function gapBefore({ timestamp, ingestionTime, serial }: StoredEvent): Gap {
  return [timestamp, ingestionTime, serial];
}

/** The place before the event at this index of sorted events, directly behind its predecessor. */
export function gapAt(events: readonly StoredEvent[], index: number): Gap {
  const previous = events[index - 1];
  return previous === undefined
    ? gapBeforeTime(-1)
    : [previous.timestamp, previous.ingestionTime, previous.serial + 0.5];
}

/** How many of the sorted events come before the place: the index of the first behind it. */
export function indexAt(events: readonly StoredEvent[], gap: Gap): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event !== undefined && compareToGap(event, gap) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareToGap({ timestamp, ingestionTime, serial }: StoredEvent, gap: Gap): number {
  return timestamp - gap[0] || ingestionTime - gap[1] || serial - gap[2];
}

function compareEvents(one: StoredEvent, other: StoredEvent): number {
  return (
    one.timestamp - other.timestamp || one.ingestionTime - other.ingestionTime || one.serial - other.serial
  );
}
