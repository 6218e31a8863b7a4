import type { Cache, EventKey, Part } from "../../cache/cache.ts";
import type { LogEvent } from "../../log/event.ts";
import { contains } from "../../log/time-range.ts";

export interface AroundRequest {
  readonly event: LogEvent;
  readonly before: number;
  readonly after: number;
}

/** How far from the event its neighbours are looked for, ms, and in how many chunks on each side. */
const REACH = 86_400_000;
const MOST_CHUNKS = 20;

/**
 * The events around one in its stream, where the cache knows that none lies nearer; undefined where it does not.
 * @param key of all the group's events
 */
export async function recallSurrounding(
  cache: Cache,
  key: EventKey,
  { event, before, after }: AroundRequest,
): Promise<readonly LogEvent[] | undefined> {
  const { timestamp, stream } = event;
  if (timestamp === undefined) return undefined;
  const window = { start: timestamp - REACH, end: timestamp + REACH };
  const parts = cache.plan({ ...key, streamPrefix: stream }, window);
  const at = parts.findIndex((part) => contains(part.window, timestamp));
  const own = parts[at] && (await readStream(cache, parts[at], stream));
  const place = own?.findIndex(({ id }) => id === event.id) ?? -1;
  if (!own || place < 0) return undefined;
  const earlier = own.slice(0, place);
  for (let step = at - 1; earlier.length < before; step -= 1) {
    const more = await readNeighbour(cache, parts, step, at, stream);
    if (!more) return undefined;
    earlier.unshift(...more);
  }
  const later = own.slice(place + 1);
  for (let step = at + 1; later.length < after; step += 1) {
    const more = await readNeighbour(cache, parts, step, at, stream);
    if (!more) return undefined;
    later.push(...more);
  }
  return [...earlier.slice(earlier.length - before), event, ...later.slice(0, after)];
}

async function readNeighbour(
  cache: Cache,
  parts: readonly Part[],
  step: number,
  from: number,
  stream: string,
): Promise<readonly LogEvent[] | undefined> {
  const part = parts[step];
  return part && Math.abs(step - from) <= MOST_CHUNKS ? readStream(cache, part, stream) : undefined;
}

/** Of a gap nothing is known. */
async function readStream(
  cache: Cache,
  { chunk, window }: Part,
  stream: string,
): Promise<LogEvent[] | undefined> {
  const events = chunk && (await cache.read(chunk));
  return events?.filter((one) => one.stream === stream && contains(window, one.timestamp ?? Number.NaN));
}
