import type { Conversation } from "./conversation.ts";
import { hasErrors, type ResultOf, readEvidence } from "./results.ts";

export type Correlated = ResultOf<"correlate_events">;
export type Analysed = ResultOf<"analyze_error_pattern">["groups"][number] & {
  readonly ref: string;
  /** Events of the context. */
  readonly analysed: number;
};

/** Where trouble began, whom it reached, and who has errors of other kinds. */
export interface Origin {
  readonly group: string;
  /** The groups that it passed on to, by shared ids, most ids first. */
  readonly reached: readonly { readonly to: string; readonly ids: number; readonly lagMs: number }[];
  /** Groups with errors that no strong path touches. */
  readonly apart: readonly string[];
  /** Groups that write whole seconds, where that leaves their place in the order open. */
  readonly unordered: readonly string[];
  readonly byIds: boolean;
}

/** A path with less than this share of the ids of the strongest one is chance: requests that failed anyway. */
const WEAK = 0.1;
const LEAST_IDS = 3;
/** What writes whole seconds tells no order within one, ms. */
const COARSE = 1000;

/** The analyses of all contexts, one per group that has errors. */
export function analysesOf(talk: Conversation): Analysed[] {
  return talk
    .results("analyze_error_pattern")
    .flatMap(({ groups, result, analysed }) => groups.map((group) => ({ ...group, ref: result, analysed })))
    .filter(({ errors }) => errors > 0);
}

/**
 * The group that sends out more failing ids than it receives, summed over all paths; where no ids are shared, the
 * group whose errors began first. Steady noise has neither, however loud it is.
 */
export function findOrigin(talk: Conversation): Origin | undefined {
  const correlated = talk.results("correlate_events").at(-1);
  const analyses = analysesOf(talk);
  if (!correlated) {
    const [loudest] = analyses.toSorted((a, b) => b.errors - a.errors);
    return loudest && { group: loudest.log_group, reached: [], apart: [], unordered: [], byIds: false };
  }
  const { propagations, groups_by_onset: groups } = correlated;
  const most = Math.max(0, ...propagations.map(({ ids }) => ids));
  const strong = propagations.filter(({ ids }) => ids >= Math.max(LEAST_IDS, most * WEAK));
  const ordered = strong.filter((path) => !isWithinCoarseness(path, talk));
  const read = new Set(groups.map(({ log_group }) => log_group));
  const left = analyses.filter(({ log_group }) => !read.has(log_group));
  const namesOf = (some: readonly Analysed[]) => some.map(({ log_group }) => log_group);
  const group = (ordered.length > 0 ? strongestSender(ordered) : undefined) ?? earliest(groups, talk);
  if (!group) return undefined;
  const reached = strong
    .filter(({ from }) => from === group)
    .map(({ to, ids, median_lag_ms }) => ({ to, ids, lagMs: median_lag_ms }));
  const involved = new Set([group, ...strong.flatMap(({ from, to }) => [from, to])]);
  const uninvolved = groups.filter(({ log_group, errors }) => errors > 0 && !involved.has(log_group));
  const apart = [
    ...uninvolved.map(({ log_group }) => log_group),
    ...namesOf(left.filter(({ onset }) => onset === null)),
  ];
  const unordered = namesOf(left.filter(({ onset }) => onset !== null));
  return { group, reached, apart, unordered, byIds: reached.length > 0 };
}

/**
 * The groups to relate once more, where what writes whole seconds has hidden the order of the others; undefined
 * where the first relation tells it, or where too few would be left.
 */
export function findFinerGroups(talk: Conversation): readonly string[] | undefined {
  const relations = talk.results("correlate_events");
  const [first] = relations;
  if (!first || relations.length > 1) return undefined;
  const isOrdered = first.propagations.some(
    (path) => path.ids >= LEAST_IDS && !isWithinCoarseness(path, talk),
  );
  const troubled = first.groups_by_onset.filter(({ errors }) => errors > 0).map(({ log_group }) => log_group);
  const fine = troubled.filter((group) => !writesWholeSeconds(group, talk));
  return !isOrdered && fine.length > 1 && fine.length < troubled.length ? fine : undefined;
}

function strongestSender(propagations: Correlated["propagations"]): string | undefined {
  const balance = new Map<string, number>();
  for (const { from, to, ids } of propagations) {
    balance.set(from, (balance.get(from) ?? 0) + ids);
    balance.set(to, (balance.get(to) ?? 0) - ids);
  }
  const [best] = [...balance].sort((a, b) => b[1] - a[1]);
  return best && best[1] > 0 ? best[0] : undefined;
}

/** A lag of up to a second says nothing where one of the two logs writes whole seconds. */
function isWithinCoarseness(
  { from, to, median_lag_ms }: Correlated["propagations"][number],
  talk: Conversation,
): boolean {
  return median_lag_ms <= COARSE && [from, to].some((group) => writesWholeSeconds(group, talk));
}

function writesWholeSeconds(group: string, talk: Conversation): boolean {
  const fetched = talk.results("fetch_logs").filter(({ ledger }) => ledger.groups.includes(group));
  const times = fetched
    .flatMap(({ templates, events }) => [...templates.flatMap(({ examples }) => examples), ...events])
    .map((line) => readEvidence(line)?.time)
    .filter((time) => time !== undefined);
  return times.length > 1 && times.every((time) => /:\d{2}(?:\.000)?(?:Z|[+-])/.test(time));
}

function earliest(groups: Correlated["groups_by_onset"], talk: Conversation): string | undefined {
  const begun = groups.find(({ onset, errors }) => onset !== null && errors > 0);
  if (begun) return begun.log_group;
  const loud = talk.results("fetch_logs").filter(hasErrors);
  return loud.toSorted((a, b) => (b.levels.error ?? 0) - (a.levels.error ?? 0))[0]?.ledger.groups[0];
}

/** When the errors of a group began: the onset, or the first of the kind that rose then, if that came shortly before. */
export function beganAt({ onset, templates, first_error }: Analysed): string | undefined {
  if (!onset) return first_error ? readEvidence(first_error)?.time : undefined;
  const firsts = templates
    .map(({ first }) => first)
    .filter((first) => first !== null)
    .filter((first) => {
      const lead = Date.parse(onset.at) - Date.parse(first);
      return lead >= 0 && lead <= FOOT;
    });
  return firsts.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? onset.at;
}

/**
 * The kind of error that set in within the window while another one, at least as common, was there all the time: the
 * loud kind hides it, and a change explains this one and not the other.
 */
export function risenKind({ onset, templates, errors }: Analysed): Analysed["templates"][number] | undefined {
  if (onset !== null || !templates.some((one) => one.onset === null)) return undefined;
  const risen = templates.filter(
    (one) => one.onset !== null && one.first !== null && one.count >= Math.max(RISEN, errors * RISEN_SHARE),
  );
  return risen.toSorted((a, b) => b.count - a.count)[0];
}

/** Before when a change may explain the errors. */
export function changedBefore(one: Analysed): string | undefined {
  return risenKind(one)?.first ?? beganAt(one);
}

const RISEN = 5;
const RISEN_SHARE = 0.05;
/** The first few errors may come so long before their rate rises, ms. */
const FOOT = 600_000;
