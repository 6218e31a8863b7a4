import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { LocatedGroup, SourceDirectory } from "../sources/directory.ts";
import type { FetchRequest, LogSource } from "../sources/source.ts";
import type { Session } from "./session.ts";

/** Sources of which a part may be out of reach, with what a session knows of that part. */
export interface ReplaySources {
  readonly directory: SourceDirectory;
  /** Before each call: whether what was kept around an event may stand in for what cannot be read. */
  begin(options: { readonly takesKept: boolean }): void;
  /** Why the call did not get all that it asked for, whatever its tool made of it. */
  readonly missing: string | undefined;
  /** Whether what was kept stood in. */
  readonly tookKept: boolean;
}

type Surroundings = Parameters<LogSource["fetchSurrounding"]>[0];

export function createReplaySources(session: Session, inner: SourceDirectory): ReplaySources {
  const known = knowGroups(session);
  let takesKept = false;
  let missing: string | undefined;
  let tookKept = false;

  /** The failure of a source that is out of reach; whatever else is thrown goes on. */
  const outOfReach = (error: unknown): Failure => {
    if (error instanceof Failure && error.code === "source-unavailable") return error;
    throw error;
  };
  const miss = (error: unknown): never => {
    missing ??= outOfReach(error).message;
    throw error;
  };

  const wrap = (source: LogSource): LogSource => {
    const { query } = source;
    return {
      ...source,
      async *fetch(request) {
        try {
          yield* source.fetch(request);
        } catch (error) {
          outOfReach(error);
          const hasEvents = asksForAny(request) ? known.hasEvents(request.group) : undefined;
          if (hasEvents === undefined) miss(error);
          if (hasEvents) yield { events: [someEvent(request.group)], seen: 1, scannedBytes: 0 };
        }
      },
      async fetchSurrounding(request) {
        try {
          return await source.fetchSurrounding(request);
        } catch (error) {
          outOfReach(error);
          const around = takesKept ? known.around(request) : undefined;
          if (!around) return miss(error);
          tookKept = true;
          return around;
        }
      },
      ...(query && { query: (request) => query.call(source, request).catch(miss) }),
    };
  };

  const wrapped = new Map(inner.sources.map((source) => [source, wrap(source)] as const));
  const outer = (source: LogSource): LogSource => wrapped.get(source) ?? source;
  const sources = [...wrapped.values()];
  const innerOf = new Map([...wrapped].map(([source, own]) => [own, source] as const));
  const directory: SourceDirectory = {
    ...inner,
    sources,
    async list(signal) {
      const groups = await inner.list(signal).catch(miss);
      if (groups.length === 0 && known.isAny) miss(noneLeft());
      return groups.map((group) => ({ ...group, source: outer(group.source) }));
    },
    async describe(groups, signal) {
      const asked = groups.map((group) => ({ ...group, source: innerOf.get(group.source) ?? group.source }));
      return (await inner.describe(asked, signal)).map((group) => ({
        ...group,
        source: outer(group.source),
      }));
    },
    async locate(name, signal) {
      try {
        const { source, group } = await inner.locate(name, signal);
        return { source: outer(source), group };
      } catch (error) {
        outOfReach(error);
        return known.locate(name, sources) ?? miss(error);
      }
    },
  };
  return {
    directory,
    begin(options) {
      ({ takesKept } = options);
      missing = undefined;
      tookKept = false;
    },
    get missing() {
      return missing;
    },
    get tookKept() {
      return tookKept;
    },
  };
}

function noneLeft(): Failure {
  return new Failure("source-unavailable", "None of its logs is here any more.");
}

/** What a session knows of the groups that it read. */
interface KnownGroups {
  readonly isAny: boolean;
  /** Whether there is anything in it at any time. */
  hasEvents(group: string): boolean | undefined;
  /** Where it was read, where the groups cannot be listed. */
  locate(name: string, sources: readonly LogSource[]): LocatedGroup | undefined;
  /** The lines around an event that were shown. */
  around(request: Surroundings): readonly LogEvent[] | undefined;
}

function knowGroups({ questions, events }: Session): KnownGroups {
  const ledgers = questions.flatMap(({ calls }) =>
    calls.flatMap(({ result }) =>
      "ref" in result
        ? [...result.readings.map(({ ledger }) => ledger), ...(result.ledger ? [result.ledger] : [])]
        : [],
    ),
  );
  const single = new Map<string, Ledger>();
  for (const ledger of ledgers) {
    const [group] = ledger.groups;
    if (group !== undefined && ledger.groups.length === 1) single.set(group, ledger);
  }
  const byStream = Map.groupBy(events.values(), ({ group, stream }) => JSON.stringify([group, stream]));
  return {
    isAny: single.size > 0,
    hasEvents(group) {
      const ledger = single.get(group);
      return ledger && ledger.empty !== "group-is-empty";
    },
    locate(name, sources) {
      const ledger = single.get(name);
      const source = sources.find((one) => one.name === ledger?.source);
      return source && { source, group: name };
    },
    around({ event, before, after }) {
      const shown = byStream.get(JSON.stringify([event.group, event.stream])) ?? [];
      const stream = shown.toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
      const at = stream.findIndex(({ id }) => id === event.id);
      return at < 0 ? undefined : stream.slice(Math.max(0, at - before), at + after + 1);
    },
  };
}

/** Asked of a group that has nothing in a window: whether it has anything at all. */
function asksForAny({ window, filter, limit }: FetchRequest): boolean {
  return window === undefined && filter === undefined && limit === 1;
}

/** Of which nothing is known but that there is one. */
function someEvent(group: string): LogEvent {
  return {
    ...{ id: "", group, stream: "", message: "" },
    ...{ timestamp: undefined, level: undefined, levelInferred: false, bodyStart: 0 },
  };
}
