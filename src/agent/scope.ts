import { Failure } from "../failure.ts";
import { followWindow } from "../log/time-follow-up.ts";
import { parseWindow } from "../log/time-input.ts";
import { resolveQuestionWindow } from "../log/time-words.ts";
import type { Zone } from "../log/zone.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { QuestionScope } from "./events.ts";

export interface ScopeOptions {
  readonly question: string;
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** Of the question that this one goes on from. */
  readonly earlier?: QuestionScope | undefined;
  readonly directory: SourceDirectory;
  readonly now: number;
  readonly zone: Zone;
  readonly signal: AbortSignal;
}

/** Where neither the question, nor a flag, nor the data say it: the last day, ms. */
const DEFAULT_SPAN = 86_400_000;

/**
 * The one absolute window of a question: what a flag says, else the question's own words, else that of the question which it
 * goes on from, else the range of the data where its source can tell it, else the last 24 hours.
 * @throws Failure "invalid-time"
 */
export async function resolveScope(options: ScopeOptions): Promise<QuestionScope> {
  const { since, until, now, zone, question } = options;
  const shared = { zone: zone.name, words: undefined, baseline: undefined };
  if (since !== undefined || until !== undefined) {
    const window = parseWindow({ since, until }, { now, zone, defaultSpanMs: DEFAULT_SPAN });
    return { ...shared, window, from: "flags" };
  }
  const asked = resolveQuestionWindow(question, { now, zone });
  if (asked)
    return {
      ...shared,
      window: asked.window,
      from: "question",
      words: asked.words,
      baseline: asked.baseline,
    };
  const earlier = goOnFrom(options);
  if (earlier) return { ...shared, ...earlier, from: "earlier" };
  const range = await rangeOfData(options);
  if (range) return { ...shared, window: range, from: "data" };
  // A source that can tell the range of its data, and tells none, has no times: then no window leaves anything out.
  const isUntimed = options.directory.sources.every(({ dataRange }) => dataRange !== undefined);
  const from = isUntimed ? "untimed" : "default";
  return { ...shared, window: { start: now - DEFAULT_SPAN, end: now }, from };
}

/** Before and after all of the data there is nothing: they tell their range anew. */
function goOnFrom({ earlier, question, now }: ScopeOptions) {
  const isOfData = earlier?.from === "data" || earlier?.from === "untimed";
  return earlier && !isOfData ? followWindow(question, earlier.window, now) : undefined;
}

async function rangeOfData({ directory, signal }: ScopeOptions) {
  const groups = await directory.list(signal).catch((error: unknown) => {
    const mayTell = directory.sources.some(({ dataRange }) => dataRange !== undefined);
    // Groups that may not be listed may be known by name, and there may be alarms.
    if (mayTell || !(error instanceof Failure) || error.code !== "access-denied") throw error;
    return [];
  });
  return directory.dataRange(
    groups.map(({ name }) => name),
    signal,
  );
}
