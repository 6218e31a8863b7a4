import type { ToolEnvironment, ToolProgress } from "./tool.ts";

/** How far a search of many groups has come, told as one. */
export interface SearchProgress {
  /** How far one of them is, or what holds it up. */
  readonly report: (progress: ToolProgress) => void;
  /** That so many more are done. */
  readonly done: (groups: number) => void;
}

/** How often it is told at least, where there is anything to tell, ms. */
const EVERY = 1000;

export function createSearchProgress(
  total: number,
  { report, now }: Pick<ToolEnvironment, "report" | "now">,
): SearchProgress {
  if (total === 1) return { report, done: () => undefined };
  const latest = new Map<string, ToolProgress>();
  let finished = 0;
  let toldAt = now();
  const tell = (wait: string | undefined) => {
    if (wait === undefined && now() - toldAt < EVERY) return;
    toldAt = now();
    const sum = (pick: (progress: ToolProgress) => number) =>
      latest.values().reduce((all, progress) => all + pick(progress), 0);
    report({
      group: `${finished} of ${total} log groups`,
      events: sum(({ events }) => events),
      bytes: sum(({ bytes }) => bytes),
      ...(wait === undefined ? {} : { wait }),
    });
  };
  return {
    report(progress) {
      latest.set(progress.group, progress);
      tell(progress.wait);
    },
    done(groups) {
      finished += groups;
      tell(undefined);
    },
  };
}
