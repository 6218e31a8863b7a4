import type { QueryResult } from "../../log/query.ts";
import type { QueryRequest } from "../source.ts";
import { throwIfAborted, untilAborted } from "./aborted.ts";

/** How long a result is taken from memory, ms. */
const RESULT_LIFE = 300_000;
const CELL_BYTES = 16;

interface Kept {
  readonly result: QueryResult;
  /** When it was asked for, ms since the epoch. */
  readonly readAt: number;
  readonly bytes: number;
}

export interface Answer {
  readonly result: QueryResult;
  /** When it was asked for, ms since the epoch; undefined where that is now. */
  readonly readAt: number | undefined;
}

/**
 * Runs queries, but none that was run within the last minutes or is running: scans are billed. Results that the engine
 * stopped early are not kept.
 * @param options.bytes most that is kept, by estimate; half of it of one result
 */
export function createQueries(options: {
  readonly run: (request: QueryRequest) => Promise<QueryResult>;
  readonly bytes: number;
  readonly now: () => number;
}): (request: QueryRequest) => Promise<Answer> {
  const { run, bytes: most, now } = options;
  /** Kept last, last. */
  const results = new Map<string, Kept>();
  const running = new Map<string, Promise<unknown>>();

  const find = (key: string): Answer | undefined => {
    const known = results.get(key);
    return known && now() - known.readAt <= RESULT_LIFE ? known : undefined;
  };
  const keep = (key: string, kept: Kept): void => {
    if (kept.bytes > most / 2) return;
    results.delete(key);
    results.set(key, kept);
    let sum = results.values().reduce((total, { bytes }) => total + bytes, 0);
    for (const [oldest, { bytes }] of results) {
      if (sum <= most) return;
      results.delete(oldest);
      sum -= bytes;
    }
  };
  const runAndKeep = async (key: string, request: QueryRequest): Promise<Answer> => {
    const readAt = now();
    const started = run(request);
    running.set(key, started);
    try {
      const result = await started;
      const isFull = result.rows.length >= request.query.limit;
      if (result.isComplete || isFull) keep(key, { result, readAt, bytes: sizeOf(key, result) });
      return { result, readAt: undefined };
    } finally {
      if (running.get(key) === started) running.delete(key);
    }
  };
  return async (request) => {
    const { groups, window, query, signal } = request;
    throwIfAborted(signal);
    const key = JSON.stringify([groups, window, query]);
    const known = find(key);
    if (known) return known;
    const others = running.get(key);
    if (others) await untilAborted(others, signal);
    return find(key) ?? (await runAndKeep(key, request));
  };
}

function sizeOf(key: string, { rows }: QueryResult): number {
  let bytes = key.length;
  for (const row of rows)
    for (const cell of row) bytes += CELL_BYTES + (typeof cell === "string" ? cell.length * 2 : 0);
  return bytes;
}
