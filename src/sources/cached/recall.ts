import { setImmediate } from "node:timers/promises";
import type { LogEvent } from "../../log/event.ts";
import { contains } from "../../log/time-range.ts";
import type { FetchPage, FetchRequest } from "../source.ts";
import { throwIfAborted } from "./aborted.ts";
import type { KnownStep } from "./steps.ts";

const PAGE_EVENTS = 2000;

/**
 * The events of a known part as the source would give them, page by page. What an unfiltered chunk saw is told; of a
 * filtered one nobody knows it.
 * @param events of the chunk, oldest first
 */
export async function* recall(
  { chunk, window }: KnownStep,
  events: readonly LogEvent[],
  request: FetchRequest,
): AsyncGenerator<FetchPage> {
  const { streamPrefix = "", order, signal, limit = Number.POSITIVE_INFINITY } = request;
  const isFiltered = chunk.key.filter !== undefined;
  const filter = isFiltered ? undefined : request.filter;
  const pageOf = (some: LogEvent[], seen: number): FetchPage => ({
    events: some,
    seen: isFiltered ? undefined : seen,
    scannedBytes: 0,
  });
  let page: LogEvent[] = [];
  let seen = 0;
  let given = 0;
  for (const event of order === "newest-first" ? events.toReversed() : events) {
    if (given >= limit) break;
    if (seen >= PAGE_EVENTS) {
      yield pageOf(page, seen);
      page = [];
      seen = 0;
      // Lets an interrupt through.
      await setImmediate();
      throwIfAborted(signal);
    }
    const { timestamp, stream, message } = event;
    if (timestamp === undefined || !contains(window, timestamp) || !stream.startsWith(streamPrefix)) continue;
    seen += 1;
    if (filter && !filter.test(message)) continue;
    page.push(event);
    given += 1;
  }
  yield pageOf(page, seen);
}
