import { Failure } from "../failure.ts";
import type { EventFilter } from "../log/filter.ts";
import { compileFilter } from "../log/filter-match.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { Capabilities, LogSource } from "../sources/source.ts";
import type { EarlierEvidence, Reading, StoredResult } from "../tools/evidence.ts";
import { wasRedacted } from "./redact.ts";
import type { Session, SessionPlace, SessionReading } from "./session.ts";

/** The evidence of a session, for a question that goes on with it in the logs of a place. */
export function restoreEvidence(
  session: Session,
  { directory, place }: { readonly directory: SourceDirectory; readonly place: SessionPlace },
): EarlierEvidence {
  const results = session.questions.flatMap(({ calls, place: own = session.place }) => {
    const isHere = isSamePlace(own, place);
    return calls.flatMap((call): StoredResult[] => {
      const { tool, input, result } = call;
      if (!("ref" in result) || result.isRepeated) return [];
      const { ref, data, ledger } = result;
      let restored: readonly Reading[] | undefined;
      return [
        {
          ...{ ref, tool, input, data, ledger },
          get readings() {
            restored ??= result.readings.map((reading) =>
              restoreReading(reading, isHere ? directory : undefined),
            );
            return restored;
          },
        },
      ];
    });
  });
  return { events: session.events, results };
}

/** What was piped in is never the same again. */
function isSamePlace(one: SessionPlace, other: SessionPlace): boolean {
  const keyOf = ({ paths, isDemo, source, profile, region }: SessionPlace) =>
    JSON.stringify([paths, isDemo, source, profile, region]);
  return !other.hadInput && keyOf(one) === keyOf(other);
}

function restoreReading(reading: SessionReading, directory: SourceDirectory | undefined): Reading {
  const { request, digest, newest, ledger, samples, templatesFrom } = reading;
  const { group, window, streamPrefix } = request;
  const filter = restoreFilter(request.filter);
  const isAsRead = filter !== "lost" && !wasRedacted(streamPrefix ?? "");
  return {
    source: createRestoredSource(reading, isAsRead ? directory : undefined),
    request: {
      group,
      window,
      ...(filter === "lost" || filter === undefined ? {} : { filter }),
      ...(streamPrefix === undefined ? {} : { streamPrefix }),
    },
    digest,
    newest,
    ledger,
    ...(samples ? { samples } : {}),
    ...(templatesFrom === undefined ? {} : { templatesFrom }),
  };
}

/** A filter that held a credential no longer says what it said. */
function restoreFilter(pattern: string | undefined): EventFilter | "lost" | undefined {
  if (pattern === undefined) return undefined;
  if (wasRedacted(pattern)) return "lost";
  try {
    return compileFilter(pattern);
  } catch (error) {
    if (error instanceof Failure) return "lost";
    throw error;
  }
}

const NO_CAPABILITIES: Capabilities = {
  filterPatterns: false,
  streams: false,
  newestFirst: false,
  serverQueries: false,
  metrics: false,
  liveTail: false,
  maxRangeHours: Number.POSITIVE_INFINITY,
  ingestionDelay: 0,
};

/**
 * The source that a reading came from, looked for among those of today only when it is to be read again. Where it is gone,
 * reading fails, and what was kept is all that there is.
 */
function createRestoredSource(reading: SessionReading, directory: SourceDirectory | undefined): LogSource {
  const { source: name, request } = reading;
  const { group } = request;
  const find = async (signal: AbortSignal): Promise<LogSource> => {
    if (!directory) throw gone(group);
    try {
      const located = await directory.locate(group, signal);
      if (located.group === group && located.source.name === name) return located.source;
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "interrupted") throw error;
      throw gone(group, error);
    }
    throw gone(group);
  };
  return {
    name,
    capabilities: directory?.sources.find((one) => one.name === name)?.capabilities ?? NO_CAPABILITIES,
    async *listGroups() {},
    async *fetch(fetched) {
      yield* (await find(fetched.signal)).fetch(fetched);
    },
    async fetchSurrounding(around) {
      return (await find(around.signal)).fetchSurrounding(around);
    },
    checkHealth: async () => [],
  };
}

function gone(group: string, cause?: unknown): Failure {
  return new Failure(
    "source-unavailable",
    `The log group '${group}' was read for an earlier question and is not among the logs that are here now.`,
    {
      hint: "Use what was kept of it: analyze_error_pattern works on its context_id. To read it anew, its logs must be named again.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** A directory of logs that are gone: nothing is in it, and it says so. */
export function createGoneSource(name: string): LogSource {
  const refuse = (group: string): never => {
    throw gone(group);
  };
  return {
    name,
    capabilities: NO_CAPABILITIES,
    async *listGroups() {},
    // biome-ignore lint/correctness/useYield: there is nothing to give
    async *fetch({ group }) {
      refuse(group);
    },
    fetchSurrounding: async ({ event }) => refuse(event.group),
    checkHealth: async () => [],
  };
}
