import { Failure } from "../failure.ts";
import type { TimeRange } from "../log/time-range.ts";
import { spanOf } from "../log/time-range.ts";
import { groupNotFound } from "./near-names.ts";
import type { ListOptions, LogGroup, LogSource } from "./source.ts";
import { qualify, withQualifiedNames } from "./with-qualified-names.ts";

export interface LocatedGroup {
  readonly source: LogSource;
  readonly group: string;
}

/** A group under the name to use everywhere: qualified `source:group` where several sources are active. */
export interface ListedGroup extends LogGroup {
  readonly source: LogSource;
  /** The name that it has in its own source. */
  readonly shortName: string;
}

/** The active sources as one: lists all their groups and finds a group by the name a person would use. */
export interface SourceDirectory {
  readonly sources: readonly LogSource[];
  /** Listed once and remembered. */
  list(signal: AbortSignal): Promise<readonly ListedGroup[]>;
  /** These groups with what the listing left out (sizes, newest events), asked for once; unchanged where it left nothing. */
  describe(groups: readonly ListedGroup[], signal: AbortSignal): Promise<readonly ListedGroup[]>;
  /**
   * Where the sources may not be listed, a name is taken as it is.
   * @throws Failure "group-not-found" with near names
   */
  locate(name: string, signal: AbortSignal): Promise<LocatedGroup>;
  /** The span of the data of these groups, where their sources can tell it. */
  dataRange(names: readonly string[], signal: AbortSignal): Promise<TimeRange | undefined>;
}

export function createDirectory(
  given: readonly LogSource[],
  aliases: Readonly<Record<string, string>> = {},
): SourceDirectory {
  const sources = given.length > 1 ? given.map(withQualifiedNames) : given;
  let listing: Promise<readonly ListedGroup[]> | undefined;

  async function listAll(options: ListOptions): Promise<readonly ListedGroup[]> {
    const groups: ListedGroup[] = [];
    for (const source of sources) {
      for await (const group of source.listGroups(options)) {
        const shortName = sources.length > 1 ? group.name.slice(qualify(source.name, "").length) : group.name;
        groups.push({ ...group, source, shortName });
      }
    }
    return groups;
  }

  /** A group may have been made since the listing was. */
  async function listAgain(signal: AbortSignal): Promise<readonly ListedGroup[]> {
    const groups = await listAll({ signal, isFresh: true });
    listing = Promise.resolve(groups);
    return groups;
  }

  const described = new Map<string, ListedGroup>();
  const describe = async (groups: readonly ListedGroup[], signal: AbortSignal) => {
    for (const source of sources) {
      const left = groups.filter((group) => group.source === source && !described.has(group.name));
      if (!source.describeGroups || left.length === 0) continue;
      const told = await source.describeGroups(
        left.map(({ name }) => name),
        signal,
      );
      for (const group of left) {
        const full = told.find(({ name }) => name === group.name);
        described.set(group.name, { ...group, ...full });
      }
    }
    return groups.map((group) => described.get(group.name) ?? group);
  };

  const directory: SourceDirectory = {
    sources,
    list(signal) {
      listing ??= listAll({ signal }).catch((error: unknown) => {
        listing = undefined;
        throw error;
      });
      return listing;
    },
    describe,
    async locate(name, signal) {
      const wanted = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
      const listed = await directory.list(signal).catch((error: unknown) => {
        const [only] = sources;
        if (only && sources.length === 1 && error instanceof Failure && error.code === "access-denied")
          return only;
        throw error;
      });
      if ("fetch" in listed) return { source: listed, group: wanted };
      let groups = listed;
      let found = findNamed(wanted, groups);
      if (found.length === 0 && groups.some(({ listedAt }) => listedAt !== undefined)) {
        groups = await listAgain(signal);
        found = findNamed(wanted, groups);
      }
      const [first] = found;
      if (first && found.length === 1) return { source: first.source, group: first.name };
      if (first) throw ambiguous(wanted, found);
      throw await groupNotFound(
        wanted,
        groups.map((group) => group.name),
      );
    },
    async dataRange(names, signal) {
      const located = await Promise.all(names.map((name) => directory.locate(name, signal)));
      const ranges = await Promise.all(
        sources.map((source) => {
          const groups = located.filter((one) => one.source === source).map(({ group }) => group);
          return groups.length > 0 ? source.dataRange?.(groups, signal) : undefined;
        }),
      );
      return ranges.reduce<TimeRange | undefined>(spanOf, undefined);
    },
  };
  return directory;
}

/** The groups of that name; where there is none, those that it is short for. */
function findNamed(wanted: string, groups: readonly ListedGroup[]): readonly ListedGroup[] {
  const exact = groups.filter(({ name, shortName }) => name === wanted || shortName === wanted);
  return exact.length > 0 ? exact : groups.filter(({ shortName }) => isShortFor(wanted, shortName));
}

/** `checkout-api` is short for `prod/checkout-api.log`: the last part of a name without its ending. */
function isShortFor(wanted: string, name: string): boolean {
  const base = name.slice(name.lastIndexOf("/") + 1);
  return base === wanted || base.replace(/\.(log|txt|jsonl?|out|err)$/i, "") === wanted;
}

function ambiguous(wanted: string, found: readonly ListedGroup[]): Failure {
  const names = found.map(({ name }) => `'${name}'`).join(", ");
  return new Failure("group-not-found", `Log group '${wanted}' could be ${names}.`, {
    hint: "Use the full name.",
  });
}
