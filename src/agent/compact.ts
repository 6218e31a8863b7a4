import type { ToolModelMessage } from "ai";
import { cutAnswer, describeCall, handleOf, nameRuns, shortenResult } from "./shorten.ts";
import { hasCalls, type Round, roundsOf, type Turn } from "./turns.ts";

/** In the unit of `sizeOf`. */
export interface Limits {
  /** What may not be outgrown. */
  readonly most: number;
  /** Once it is, what is shortened before anything is lost: as low, so that not every round has to shorten again. */
  readonly goal: number;
}

/** Things that were shortened together: their handles or numbers, undefined for each that has none. */
type Moved = readonly (string | undefined)[];

interface Step {
  /** Shortens in place, the oldest first, one thing at a time. */
  readonly shorten: (turns: Turn[]) => Generator<Moved>;
  readonly tell: (moved: Moved) => string;
  /** True where findings are lost: only as far as there is no other way. */
  readonly loses: boolean;
}

/** From what is missed least to what is missed most. Questions are in none of them. */
const STEPS: readonly Step[] = [
  {
    shorten: (turns) => shortenResults(turns, earlierTurns(turns), () => true),
    tell: (moved) =>
      `the results of ${countCalls(moved)} of earlier questions were shortened to their summaries${tellHandles(moved)}`,
    loses: false,
  },
  {
    shorten: (turns) => shortenResults(turns, [turns.length - 1], (at, newest) => at < newest),
    tell: (moved) =>
      `the results of ${countCalls(moved)} of earlier rounds were shortened to their summaries${tellHandles(moved)}`,
    loses: false,
  },
  {
    shorten: (turns) => leaveOutRounds(turns, earlierTurns(turns), 0),
    tell: (moved) => `${countCalls(moved)} of earlier questions ${was(moved)} left out${tellHandles(moved)}`,
    loses: false,
  },
  { shorten: cutAnswers, tell: tellAnswers, loses: true },
  {
    shorten: (turns) => leaveOutRounds(turns, [turns.length - 1], 1),
    tell: (moved) => `${countCalls(moved)} of earlier rounds ${was(moved)} left out${tellHandles(moved)}`,
    loses: true,
  },
  {
    shorten: (turns) => shortenResults(turns, [turns.length - 1], (at, newest) => at === newest),
    tell: (moved) =>
      `the results of ${countCalls(moved)} of the newest round were shortened to their summaries${tellHandles(moved)}`,
    loses: true,
  },
];

/**
 * Shortens turns in place, step by step and only as far as needed, until they take no more than the limits. The last
 * turn is the question that is being answered. What fits is not touched.
 * @returns what was shortened, a part of a sentence for each step
 */
export function compactTurns(
  turns: Turn[],
  { most, goal }: Limits,
  sizeOf: (turns: readonly Turn[]) => number,
): string[] {
  if (sizeOf(turns) <= most) return [];
  return STEPS.flatMap(({ shorten, tell, loses }) => {
    const target = loses ? most : Math.min(goal, most);
    const moves = shorten(turns);
    const moved: (string | undefined)[] = [];
    while (sizeOf(turns) > target) {
      const move = moves.next();
      if (move.done) break;
      moved.push(...move.value);
    }
    return moved.length === 0 ? [] : [tell(moved)];
  });
}

function earlierTurns(turns: readonly Turn[]): readonly number[] {
  return [...turns.keys()].slice(0, -1);
}

/** @param chosen tells by the places of a message and of the newest one with results */
function* shortenResults(
  turns: Turn[],
  places: readonly number[],
  chosen: (at: number, newest: number) => boolean,
): Generator<Moved> {
  for (const place of places) {
    const { messages } = turns[place] ?? NO_TURN;
    const newest = messages.findLastIndex(({ role }) => role === "tool");
    for (const [at, message] of messages.entries()) {
      if (message.role === "tool" && chosen(at, newest)) yield* shortenMessage(turns, place, at, message);
    }
  }
}

const NO_TURN: Turn = { messages: [], leftOut: [] };

function* shortenMessage(
  turns: Turn[],
  place: number,
  at: number,
  message: ToolModelMessage,
): Generator<Moved> {
  let { content } = message;
  for (const [index, part] of message.content.entries()) {
    const short = part.type === "tool-result" ? shortenResult(part) : undefined;
    const turn = turns[place];
    if (!short || !turn) continue;
    content = content.with(index, short);
    turns[place] = { ...turn, messages: turn.messages.with(at, { ...message, content }) };
    yield [handleOf(short)];
  }
}

/** @param kept so many of the newest rounds of each turn stay */
function* leaveOutRounds(turns: Turn[], places: readonly number[], kept: number): Generator<Moved> {
  for (const place of places) {
    for (;;) {
      const turn = turns[place] ?? NO_TURN;
      const rounds = roundsOf(turn);
      const [oldest] = rounds;
      if (!oldest || rounds.length <= kept) break;
      const calls = describeRound(oldest);
      turns[place] = {
        messages: turn.messages.toSpliced(oldest.at, oldest.end - oldest.at),
        leftOut: [...turn.leftOut, ...calls],
      };
      yield calls.map(({ handle }) => handle);
    }
  }
}

function describeRound({ said, results }: Round) {
  const parts = typeof said.content === "string" ? [] : said.content;
  const inputs = new Map(
    parts.flatMap((part) => (part.type === "tool-call" ? [[part.toolCallId, part.input] as const] : [])),
  );
  return results.flatMap(({ content }) =>
    content.flatMap((part) =>
      part.type === "tool-result" ? [describeCall(inputs.get(part.toolCallId), part)] : [],
    ),
  );
}

function* cutAnswers(turns: Turn[]): Generator<Moved> {
  for (const place of earlierTurns(turns)) {
    for (const [at, message] of (turns[place] ?? NO_TURN).messages.entries()) {
      const cut = message.role === "assistant" && !hasCalls(message) ? cutAnswer(message) : undefined;
      const turn = turns[place];
      if (!cut || !turn) continue;
      turns[place] = { ...turn, messages: turn.messages.with(at, cut) };
      yield [`${place + 1}`];
    }
  }
}

function countCalls(moved: Moved): string {
  return `${moved.length.toLocaleString("en-US")} tool ${moved.length === 1 ? "call" : "calls"}`;
}

function was({ length }: Moved): string {
  return length === 1 ? "was" : "were";
}

function tellHandles(moved: Moved): string {
  const handles = moved.filter((handle) => handle !== undefined);
  if (handles.length === 0) return "";
  return handles.length === 1
    ? `; it stays usable by its handle (${nameRuns(handles)})`
    : `; they stay usable by their handles (${nameRuns(handles)})`;
}

function tellAnswers(moved: Moved): string {
  const places = moved.filter((place) => place !== undefined);
  return places.length === 1
    ? `the answer to an earlier question (number ${nameRuns(places)}) was cut to its first findings`
    : `the answers to ${places.length} earlier questions (numbers ${nameRuns(places)}) were cut to their first findings`;
}
