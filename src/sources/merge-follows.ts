import type { FollowPage } from "./source.ts";

/** Begins one part; it ends when its signal aborts. */
export type OpenFollow = (signal: AbortSignal) => AsyncIterable<FollowPage>;

interface Step {
  readonly part: number;
  readonly result: IteratorResult<FollowPage>;
}

/**
 * Several follows as one, whose pages come as the parts have them. Ends when the signal aborts or all parts have
 * ended; where one fails, or nobody reads on, the others are stopped first.
 */
export async function* mergeFollows(
  parts: readonly OpenFollow[],
  signal: AbortSignal,
): AsyncGenerator<FollowPage> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const iterators = parts.map((open) => open(either)[Symbol.asyncIterator]());
  const waiting = new Map<number, Promise<Step>>();
  const ask = (part: number) => {
    const step = iterators[part]?.next().then((result) => ({ part, result }));
    // What fails after the others were stopped is of no interest any more.
    step?.catch(() => {});
    if (step) waiting.set(part, step);
  };
  try {
    for (const part of iterators.keys()) ask(part);
    while (waiting.size > 0) {
      const { part, result } = await Promise.race(waiting.values());
      if (result.done) waiting.delete(part);
      else {
        ask(part);
        yield result.value;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}
