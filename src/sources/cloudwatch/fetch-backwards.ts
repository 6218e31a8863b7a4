import type { Notice } from "../../log/ledger.ts";
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
    yield* readBackwards({ ...plan, window, newestFirst: true }, request, options);
  }
  if (start >= middle || (plan.group.created ?? 0) >= middle) return;
  yield* readAndTurn({ ...plan, window: { start, end: middle } }, request, options);
}

/** An event may be dated two hours ahead (PutLogEvents), ms. */
const AHEAD = 7_200_000;

/**
 * Pages of another endpoint than AWS's are held until one of them tells by two times which way it goes.
 */
async function* readBackwards(
  plan: FetchPlan,
  request: FetchRequest,
  options: FetchOptions,
): AsyncGenerator<FetchPage> {
  let isTrusted = options.connection.endpoint === undefined;
  const held: FetchPage[] = [];
  for await (const page of fetchEvents(plan, request, options)) {
    if (isTrusted) {
      yield page;
      continue;
    }
    if (page.events.length === 0) {
      yield page;
      continue;
    }
    held.push(page);
    const step = firstStep(held);
    if (step > 0) return yield* readAndTurn(plan, request, options);
    // So many of one millisecond: it is then taken to do as it was told.
    isTrusted = step < 0 || countOf(held) > MOST_HELD;
    if (isTrusted) yield* held.splice(0);
  }
  // All at one time: forwards is known to be the order in which they came.
  const count = countOf(held);
  if (count > 1) yield* readAndTurn({ ...plan, limit: count }, request, options);
  else yield* held;
}

/** From the first time in the pages to the first that differs, ms; 0 where none does. */
function firstStep(pages: readonly FetchPage[]): number {
  const times = pages.flatMap(({ events }) => events.map(({ timestamp = 0 }) => timestamp));
  const [first = 0] = times;
  return (times.find((time) => time !== first) ?? first) - first;
}

async function* readAndTurn(
  plan: FetchPlan,
  request: FetchRequest,
  options: FetchOptions,
): AsyncGenerator<FetchPage> {
  const { limit = MOST_HELD, ...unlimited } = plan;
  const tail = createTail(limit);
  let count = 0;
  for await (const page of fetchEvents({ ...unlimited, newestFirst: false }, request, options)) {
    for (const event of page.events) tail.push(event);
    count += page.events.length;
    yield { ...page, events: [] };
  }
  const isCut = count > limit && limit < (request.limit ?? Number.POSITIVE_INFINITY);
  const notices = isCut ? { notices: [cutNotice(limit)] } : {};
  yield { events: tail.items().reverse(), seen: 0, scannedBytes: 0, ...notices };
}

function cutNotice(count: number): Notice {
  const text = `Only the newest ${count.toLocaleString("en-US")} events were kept of a window that could not be read backwards.`;
  return { kind: "truncated", text };
}

function countOf(pages: readonly FetchPage[]): number {
  return pages.reduce((sum, { events }) => sum + events.length, 0);
}
