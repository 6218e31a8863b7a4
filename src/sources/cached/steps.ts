import type { Chunk, Part } from "../../cache/cache.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { FetchOrder } from "../source.ts";

/** What is done next of a window: a chunk is read, or a gap fetched. */
export interface Step {
  readonly window: TimeRange;
  readonly chunk: Chunk | undefined;
}

export interface KnownStep extends Step {
  readonly chunk: Chunk;
}

export function isKnown(step: Step): step is KnownStep {
  return step.chunk !== undefined;
}

/** Calls are sums of parts of calls. */
const ONE_CALL = 1 + 1e-9;

/** A gap, or what is known between two gaps. */
interface Run {
  readonly steps: readonly Step[];
  readonly isGap: boolean;
}

/**
 * The steps of a window in the order in which they are taken. Gaps that adjoin are one; so are two gaps with what is
 * known between them where that saves no more than the one call: tiny extents must not become as many calls.
 * @param lost chunks that are of no use any more
 */
export function planSteps(
  parts: readonly Part[],
  order: FetchOrder | undefined,
  lost: ReadonlySet<number>,
): readonly Step[] {
  const steps = parts.map(({ window, chunk }) => ({
    window,
    chunk: chunk && !lost.has(chunk.id) ? chunk : undefined,
  }));
  const runs = runsOf(steps);
  const isBetweenGaps = (at: number) => runs[at - 1]?.isGap === true && runs[at + 1]?.isGap === true;
  const joined = runs.map((run, at) => (isBetweenGaps(at) && callsOf(run) <= ONE_CALL ? asGap(run) : run));
  const taken = runsOf(joined.flatMap((run) => run.steps)).flatMap((run) =>
    run.isGap ? [{ window: spanOf(run), chunk: undefined }] : run.steps,
  );
  return order === "newest-first" ? taken.reverse() : taken;
}

function runsOf(steps: readonly Step[]): readonly Run[] {
  const runs: { steps: Step[]; isGap: boolean }[] = [];
  for (const step of steps) {
    const isGap = step.chunk === undefined;
    const last = runs.at(-1);
    if (last?.isGap === isGap) last.steps.push(step);
    else runs.push({ steps: [step], isGap });
  }
  return runs;
}

function callsOf({ steps }: Run): number {
  return steps.reduce(
    (sum, { window, chunk }) => sum + (chunk ? chunk.calls * shareOf(window, chunk) : 0),
    0,
  );
}

/** How much of a chunk's time a window is, 0 to 1. */
export function shareOf(window: TimeRange, { span }: Chunk): number {
  return Math.min(1, (window.end - window.start) / (span.end - span.start));
}

function asGap({ steps }: Run): Run {
  return { steps: steps.map(({ window }) => ({ window, chunk: undefined })), isGap: true };
}

function spanOf({ steps }: Run): TimeRange {
  return { start: steps.at(0)?.window.start ?? 0, end: steps.at(-1)?.window.end ?? 0 };
}
