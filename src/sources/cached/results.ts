import type { z } from "zod";
import type { Cache, CacheOwner } from "../../cache/cache.ts";
import { wordReading } from "../../log/cached-notice.ts";
import type { Notice } from "../../log/ledger.ts";
import type { QueryResult } from "../../log/query.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import type { LogSource, PatternRequest, PatternResult } from "../source.ts";
import { throwIfAborted, untilAborted } from "./aborted.ts";
import { NOT_WHOLE } from "./collect.ts";
import { comparisonSchema, patternResultSchema, queryResultSchema } from "./result-schemas.ts";

export interface ResultOptions {
  readonly cache: Cache;
  /** undefined: nothing is kept. */
  readonly ownerOf: (signal: AbortSignal) => Promise<CacheOwner | undefined>;
  readonly now: () => number;
  /** As for events. */
  readonly quiet: number;
  readonly zone: Zone;
}

interface Asked<T> {
  /** All that the answer depends on. */
  readonly key: string;
  readonly signal: AbortSignal;
  readonly schema: z.ZodType<T>;
  readonly run: () => Promise<T>;
  readonly isKept: (result: T) => boolean;
}

/** Rows of a result that is not worth its place any more. */
const MOST_ROWS = 10_000;

/**
 * The source's own engine, which is asked nothing that it answered within the last minutes or is being asked: scans are
 * billed. What the engine stopped early is not kept.
 */
export function rememberResults(
  source: LogSource,
  options: ResultOptions,
): Pick<LogSource, "query" | "foldPatterns" | "comparePatterns"> {
  const remember = createMemory(options);
  const { query, foldPatterns, comparePatterns } = source;
  return {
    ...(query && {
      async query(request) {
        const { groups, window, query: asked, signal } = request;
        const { result, notices } = await remember({
          key: JSON.stringify(["query", groups, window, asked]),
          signal,
          schema: queryResultSchema,
          run: () => query.call(source, request),
          isKept: ({ isComplete, rows }) =>
            rows.length <= MOST_ROWS && (isComplete || rows.length >= asked.limit),
        });
        return notices ? withoutScan(result, notices) : result;
      },
    }),
    ...(foldPatterns && {
      async foldPatterns(request) {
        const { result, notices } = await remember({
          key: keyOf("patterns", request),
          signal: request.signal,
          schema: patternResultSchema,
          run: () => foldPatterns.call(source, request),
          isKept: isWhole,
        });
        return notices ? withoutScan(result, notices) : result;
      },
    }),
    ...(comparePatterns && {
      async comparePatterns(request) {
        const { result, notices } = await remember({
          key: keyOf("comparison", request, request.baseline),
          signal: request.signal,
          schema: comparisonSchema,
          run: () => comparePatterns.call(source, request),
          isKept: ({ current, baseline }) => isWhole(current) && isWhole(baseline),
        });
        if (!notices) return result;
        return { current: withoutScan(result.current, notices), baseline: withoutScan(result.baseline, []) };
      },
    }),
  };
}

function keyOf(method: string, request: PatternRequest, baseline?: TimeRange): string {
  const { groups, window, filter, streamPrefix } = request;
  return JSON.stringify([method, groups, window, baseline, filter?.pattern, streamPrefix]);
}

function isWhole({ notices }: PatternResult): boolean {
  return !notices.some(({ kind }) => NOT_WHOLE.has(kind));
}

/** What was scanned then was billed then. */
function withoutScan<T extends QueryResult | PatternResult>(result: T, notices: readonly Notice[]): T {
  const { scan: _, ...rest } = result;
  return { ...(rest as T), scannedBytes: 0, notices: [...result.notices, ...notices] };
}

/** @returns what is to be said of a result that was not run now; undefined of one that was */
type Remember = <T extends object>(
  asked: Asked<T>,
) => Promise<{ readonly result: T; readonly notices: readonly Notice[] | undefined }>;

function createMemory({ cache, ownerOf, now, quiet, zone }: ResultOptions): Remember {
  const running = new Map<string, Promise<unknown>>();
  /** What this run itself has asked. */
  const own = new Set<string>();

  return async ({ key, signal, schema, run, isKept }) => {
    throwIfAborted(signal);
    const owner = await ownerOf(signal);
    if (!owner) return { result: await run(), notices: undefined };
    const id = JSON.stringify([owner.account, owner.region, key]);

    const find = () => {
      const known = cache.findResult(owner, "statistics", key);
      if (!known) return undefined;
      const parsed = schema.safeParse(known.value);
      if (!parsed.success) return undefined;
      const isNews = !own.has(id) || known.readAt <= now() - quiet;
      return { result: parsed.data, notices: isNews ? [tellRun(known.readAt, now(), zone)] : [] };
    };
    const runAndKeep = async () => {
      const readAt = now();
      const started = run();
      running.set(id, started);
      try {
        const result = await started;
        if (isKept(result)) {
          cache.keepResult(owner, "statistics", key, result, readAt);
          own.add(id);
        }
        return { result, notices: undefined };
      } finally {
        if (running.get(id) === started) running.delete(id);
      }
    };

    const known = find();
    if (known) return known;
    const others = running.get(id);
    if (others) await untilAborted(others, signal);
    return find() ?? (await runAndKeep());
  };
}

function tellRun(readAt: number, at: number, zone: Zone): Notice {
  const when = wordReading({ readFrom: readAt, readTo: readAt, toldAt: at }, zone);
  return { kind: "from-cache", text: `The result of the query comes from the cache, ${when}.` };
}
