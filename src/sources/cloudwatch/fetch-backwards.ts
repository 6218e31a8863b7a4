import { createTail } from "../read-newest.ts";
import type { FetchPage, FetchRequest } from "../source.ts";
import { type FetchOptions, type FetchPlan, fetchEvents } from "./fetch-events.ts";

/** FilterLogEvents gives the newest first only for windows that begin here or later: its documentation. */
export const EARLIEST_BACKWARDS = Date.UTC(2024, 0, 1);
/** Events held where an endpoint cannot go backwards and no limit says how many are wanted. */
const MOST_HELD = 10_000;

/**
 * Newest first. What lies before 2024, and all of an endpoint that only goes forwards, as emulators do, is read and the
 * last of it kept and turned round.
 */
export async function* fetchBackwards(
  plan: FetchPlan,
  request: FetchRequest,
  options: FetchOptions,
): AsyncGenerator<FetchPage> {
  const { start, end } = plan.window ?? { start: 0, end: options.now() + AHEAD };
  const middle = Math.min(end, Math.max(start, EARLIEST_BACKWARDS));
  if (end > middle) {
    const window = { start: middle, end };
    for await (const page of fetchEvents({ ...plan, window, newestFirst: true }, request, options)) {
      if (isForwards(page)) {
        yield* readAndTurn({ ...plan, window }, request, options);
        break;
      }
      yield page;
    }
  }
  if (start >= middle || (plan.group.created ?? 0) >= middle) return;
  yield* readAndTurn({ ...plan, window: { start, end: middle } }, request, options);
}

/** An event may be dated two hours ahead (PutLogEvents), ms. */
const AHEAD = 7_200_000;

function isForwards({ events }: FetchPage): boolean {
  const [first, last] = [events[0]?.timestamp, events.at(-1)?.timestamp];
  return first !== undefined && last !== undefined && first < last;
}

async function* readAndTurn(
  plan: FetchPlan,
  request: FetchRequest,
  options: FetchOptions,
): AsyncGenerator<FetchPage> {
  const { limit = MOST_HELD, ...unlimited } = plan;
  const tail = createTail(limit);
  for await (const page of fetchEvents({ ...unlimited, newestFirst: false }, request, options)) {
    for (const event of page.events) tail.push(event);
    yield { ...page, events: [] };
  }
  yield { events: tail.items().reverse(), seen: 0, scannedBytes: 0 };
}
