import type { LogEvent } from "../log/event.ts";
import type { Propagation } from "./summary.ts";

/** The first error or warning with an id in a group. */
export interface Trouble {
  /** ms since the epoch. */
  at: number;
  event: LogEvent;
  /** Errors in this group that are counted under this id. */
  errors: number;
}

interface Path {
  readonly from: string;
  readonly to: string;
  readonly lags: number[];
  readonly ids: string[];
  /** When the first trouble that passed on began. */
  since: number;
}

type Troubles = ReadonlyMap<string, ReadonlyMap<string, Trouble>>;

/**
 * From where to where trouble passed. The group whose trouble with an id is the earliest is the origin of that id;
 * of equal times (many logs write whole seconds) that group is, to which the other ids point. An equality that
 * nothing decides gives no path.
 * @returns the paths; for each group the errors whose id had trouble in another group before; and for each group since
 *   when (ms since the epoch) trouble has passed on from it, with more than one id along one path
 */
export function findPropagations(troubles: Troubles): {
  readonly propagations: readonly Propagation[];
  readonly caused: ReadonlyMap<string, number>;
  readonly since: ReadonlyMap<string, number>;
} {
  const precedence = countPrecedence(troubles);
  const paths = new Map<string, Path>();
  const caused = new Map<string, number>();
  for (const [id, byGroup] of troubles) {
    if (byGroup.size < 2) continue;
    const origin = originOf(byGroup, precedence);
    if (origin === undefined) continue;
    const [from, first] = origin;
    for (const [to, trouble] of byGroup) {
      if (to === from) continue;
      caused.set(to, (caused.get(to) ?? 0) + trouble.errors);
      const path = pathOf(paths, from, to);
      path.lags.push(trouble.at - first.at);
      path.ids.push(id);
      path.since = Math.min(path.since, first.at);
    }
  }
  const propagations = [...paths.values()]
    .sort((a, b) => b.ids.length - a.ids.length || (a.from + a.to < b.from + b.to ? -1 : 1))
    .map((path) => describePath(path, troubles));
  return { propagations, caused, since: beginnings(paths) };
}

function beginnings(paths: ReadonlyMap<string, Path>): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  for (const path of paths.values()) {
    if (path.ids.length > 1) since.set(path.from, Math.min(since.get(path.from) ?? path.since, path.since));
  }
  return since;
}

const pairKey = (from: string, to: string) => JSON.stringify([from, to]);

/** For each ordered pair of groups, the ids with which the one was in trouble strictly before the other. */
function countPrecedence(troubles: Troubles): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const byGroup of troubles.values()) {
    if (byGroup.size < 2) continue;
    for (const [from, one] of byGroup) {
      for (const [to, other] of byGroup) {
        if (one.at < other.at) counts.set(pairKey(from, to), (counts.get(pairKey(from, to)) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function originOf(
  byGroup: ReadonlyMap<string, Trouble>,
  precedence: ReadonlyMap<string, number>,
): [string, Trouble] | undefined {
  const earliest = Math.min(...[...byGroup.values()].map(({ at }) => at));
  const candidates = [...byGroup].filter(([, { at }]) => at === earliest);
  const [only] = candidates;
  if (candidates.length === 1) return only;
  return candidates.find(([group]) =>
    candidates.every(
      ([other]) =>
        other === group ||
        (precedence.get(pairKey(group, other)) ?? 0) > (precedence.get(pairKey(other, group)) ?? 0),
    ),
  );
}

function pathOf(paths: Map<string, Path>, from: string, to: string): Path {
  const key = pairKey(from, to);
  let path = paths.get(key);
  if (!path) {
    path = { from, to, lags: [], ids: [], since: Number.POSITIVE_INFINITY };
    paths.set(key, path);
  }
  return path;
}

/** The example is the id that reached the most groups, of these the one whose lag is nearest to the median. */
function describePath({ from, to, lags, ids }: Path, troubles: Troubles): Propagation {
  const medianLagMs = medianOf(lags);
  const ranked = ids
    .map((id, index) => ({
      id,
      reach: troubles.get(id)?.size ?? 0,
      distance: Math.abs((lags[index] ?? 0) - medianLagMs),
    }))
    .sort((a, b) => b.reach - a.reach || a.distance - b.distance || (a.id < b.id ? -1 : 1));
  const example = ranked[0]?.id ?? "";
  const chain = [...(troubles.get(example)?.values() ?? [])].sort(
    (a, b) => a.at - b.at || (a.event.group === from ? -1 : 1),
  );
  return {
    from,
    to,
    ids: ids.length,
    medianLagMs,
    example: { id: example, events: chain.map(({ event }) => event) },
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
