import { z } from "zod";
import { Failure, messageOf } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import { spanOf } from "../log/time-range.ts";
import { endTime, parseToolFilter, parseToolWindow, startTime } from "./arguments.ts";
import type { Reading } from "./evidence.ts";
import { readGroup } from "./read.ts";
import { countErrors, renderEvents, renderLedger, renderTemplate, renderTime } from "./render.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  log_group_prefixes: z
    .array(z.string())
    .min(1)
    .describe('Prefixes (or full names) of the groups to search; [""] for all'),
  search_pattern: z.string().min(1).describe("CloudWatch filter pattern, case-sensitive"),
  start_time: startTime,
  end_time: endTime,
});

/** Groups searched by one call; more would make a result that nobody can judge. */
const MAX_GROUPS = 200;
const EXAMPLES_PER_GROUP = 5;
const SIDE_BY_SIDE = 4;

export const searchLogs: LogTool<z.infer<typeof input>> = {
  name: "search_logs",
  description:
    "Search many log groups at once for a pattern. Counts every match per group, with the newest matching events and their templates. Returns a context_id.",
  input,
  async run(args, environment, ref) {
    const filter = parseToolFilter(args.search_pattern);
    if (!filter)
      throw new Failure("invalid-filter", "The search pattern is empty.", { hint: "Give a word or phrase." });
    const window = parseToolWindow(args, environment);
    const chosen = await chooseGroups(args.log_group_prefixes, environment);
    const failed: { log_group: string; error: string }[] = [];
    const readings = await mapSideBySide(chosen.groups, async ({ source, name }) => {
      try {
        return await readGroup(source, { group: name, window, filter }, environment);
      } catch (error) {
        if (environment.signal.aborted) throw error;
        failed.push({ log_group: name, error: messageOf(error) });
        return undefined;
      }
    });
    const read = readings.filter((reading) => reading !== undefined);
    const ledger = joinLedgers(read.map((reading) => reading.ledger));
    const withHits = read.filter(({ digest }) => digest.events > 0);
    const room = environment.resultTokens / Math.max(1, withHits.length);
    const groups = withHits.map((reading) => renderHits(reading, room, environment));
    const returned = groups.reduce((sum, { events }) => sum + events.length, 0);
    const data = {
      context_id: ref,
      ledger: renderLedger({ ...ledger, returned }, environment.zone),
      groups_searched: read.length,
      groups_with_matches: withHits.length,
      ...(failed.length > 0 ? { failed } : {}),
      ...(chosen.left > 0
        ? { truncated: `${chosen.left} more groups fit the prefixes and were not searched` }
        : {}),
      groups,
    };
    const summary = `${ledger.matched} matches in ${withHits.length} of ${read.length} groups`;
    return { data, summary, ledger: { ...ledger, returned }, readings: read };
  },
};

async function chooseGroups(prefixes: readonly string[], { directory, signal }: ToolEnvironment) {
  const all = await directory.list(signal);
  const found = all.filter(({ fullName, name }) =>
    prefixes.some((prefix) => fullName.startsWith(prefix) || name.startsWith(prefix)),
  );
  // A name that a person would use is worth a lookup, which also suggests near names.
  if (found.length === 0) {
    for (const prefix of prefixes) {
      const { group } = await directory.locate(prefix, signal);
      found.push(...all.filter(({ name }) => name === group));
    }
  }
  return { groups: found.slice(0, MAX_GROUPS), left: Math.max(0, found.length - MAX_GROUPS) };
}

function renderHits(reading: Reading, roomTokens: number, environment: ToolEnvironment) {
  const { digest, newest, request } = reading;
  const { evidence, zone } = environment;
  const events = renderEvents(newest.slice(-EXAMPLES_PER_GROUP), roomTokens, environment);
  return {
    log_group: request.group,
    matched: digest.events,
    errors: countErrors(digest),
    first: renderTime(digest.first, zone),
    last: renderTime(digest.last, zone),
    templates: digest.templates.slice(0, 5).map((template) => renderTemplate(template, evidence, zone)),
    events,
  };
}

/** One ledger for several groups read over the same window with the same filter. */
export function joinLedgers(ledgers: readonly Ledger[]): Ledger {
  const sum = (pick: (ledger: Ledger) => number) =>
    ledgers.reduce((total, ledger) => total + pick(ledger), 0);
  const matched = sum((ledger) => ledger.matched);
  const [first] = ledgers;
  const reasons = new Set(ledgers.map(({ empty }) => empty));
  const [reason] = reasons;
  const inWindow = ledgers.every((ledger) => ledger.inWindow !== undefined)
    ? { inWindow: sum((ledger) => ledger.inWindow ?? 0) }
    : {};
  return {
    source: [...new Set(ledgers.map(({ source }) => source))].join(", "),
    groups: ledgers.flatMap(({ groups }) => groups),
    window: ledgers.map(({ window }) => window).reduce(spanOf, undefined),
    ...(first?.filter === undefined ? {} : { filter: first.filter }),
    ...inWindow,
    matched,
    returned: sum((ledger) => ledger.returned),
    analysed: sum((ledger) => ledger.analysed),
    scannedBytes: sum((ledger) => ledger.scannedBytes),
    ...(matched > 0
      ? {}
      : ledgers.length === 0
        ? { empty: "no-such-group" as const }
        : { empty: reasons.size === 1 && reason ? reason : ("filter-matches-nothing" as const) }),
    notices: ledgers.flatMap(({ notices }) => notices),
  };
}

async function mapSideBySide<In, Out>(items: readonly In[], run: (item: In) => Promise<Out>): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  const pending = items.entries();
  const work = async () => {
    for (const [index, item] of pending) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return results;
}
