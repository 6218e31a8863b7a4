import { z } from "zod";
import { Failure, messageOf } from "../failure.ts";
import type { BilledScan, Ledger } from "../log/ledger.ts";
import { spanOf } from "../log/time-range.ts";
import { endTime, parseToolFilter, parseToolWindow, startTime } from "./arguments.ts";
import { fitTokens } from "./budget.ts";
import type { Reading } from "./evidence.ts";
import type { JsonObject } from "./json.ts";
import { readGroup } from "./read.ts";
import { countErrors, renderEvents, renderLedger, renderTemplate, renderTime } from "./render.ts";
import { renderSpan } from "./render-span.ts";
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
/** Groups whose names are written out in the ledger, and those whose failure or span is. */
const MAX_NAMED = 40;
const MAX_FAILED = 10;
const FRAME_TOKENS = 1200;
const SIDE_BY_SIDE = 4;

interface Detail {
  readonly groups: number;
  readonly templates: number;
  readonly events: number;
}

const DETAILS: readonly [Detail, ...Detail[]] = [
  { groups: MAX_GROUPS, templates: 8, events: 5 },
  { groups: MAX_GROUPS, templates: 5, events: 3 },
  { groups: MAX_GROUPS, templates: 3, events: 1 },
  { groups: MAX_GROUPS, templates: 1, events: 0 },
  { groups: 20, templates: 1, events: 1 },
  { groups: 8, templates: 1, events: 1 },
  { groups: 2, templates: 1, events: 1 },
];

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
    await environment.evidence.ready();
    const groups = fitTokens(environment.resultTokens - FRAME_TOKENS, DETAILS, (detail) =>
      withHits
        .toSorted((a, b) => (detail.groups < withHits.length ? b.digest.events - a.digest.events : 0))
        .slice(0, detail.groups)
        .map((reading) => renderHits(reading, detail, environment)),
    );
    const returned = groups.reduce((sum, { events }) => sum + events.length, 0);
    const unlisted = withHits.length - groups.length;
    const data = {
      context_id: ref,
      ledger: renderSearchLedger({ ...ledger, returned }, environment),
      groups_searched: read.length,
      groups_with_matches: withHits.length,
      ...(failed.length > 0 ? { failed: failed.slice(0, MAX_FAILED), failed_total: failed.length } : {}),
      ...(chosen.left > 0
        ? { truncated: `${chosen.left} more groups fit the prefixes and were not searched` }
        : {}),
      ...(unlisted > 0
        ? { not_shown: `${unlisted} groups with fewer matches; they are in the context` }
        : {}),
      ...(withHits.length > 0 ? {} : { spans: await renderSpans(read, environment) }),
      groups,
    };
    const summary = `${ledger.matched} matches in ${withHits.length} of ${read.length} groups`;
    return { data, summary, ledger: { ...ledger, returned }, readings: read };
  },
};

async function chooseGroups(prefixes: readonly string[], { directory, signal }: ToolEnvironment) {
  const all = await directory.list(signal);
  const found = all.filter(({ name, shortName }) =>
    prefixes.some((prefix) => name.startsWith(prefix) || shortName.startsWith(prefix)),
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

function renderHits(reading: Reading, detail: Detail, environment: ToolEnvironment) {
  const { digest, newest, request } = reading;
  const { evidence, zone } = environment;
  const templates = digest.templates.slice(0, detail.templates);
  return {
    log_group: request.group,
    matched: digest.events,
    errors: countErrors(digest),
    first: renderTime(digest.first, zone),
    last: renderTime(digest.last, zone),
    templates_total: digest.templates.length,
    templates: templates.map((template) => renderTemplate(template, evidence, zone)),
    events: renderEvents(newest.slice(newest.length - detail.events), detail.events * 300, environment),
  };
}

/** Names of groups can be many; which were searched is in the ledger that the user sees. */
function renderSearchLedger(ledger: Ledger, { zone }: ToolEnvironment): JsonObject {
  const rendered = renderLedger({ ...ledger, groups: ledger.groups.slice(0, MAX_NAMED) }, zone);
  const hidden = ledger.groups.length - MAX_NAMED;
  return hidden > 0 ? { ...rendered, groups_not_named: hidden } : rendered;
}

/** Where the data of the first few searched groups lies, when nothing was found. */
async function renderSpans(readings: readonly Reading[], environment: ToolEnvironment) {
  return Promise.all(
    readings.slice(0, MAX_FAILED).map(async ({ source, request, ledger }) => ({
      log_group: request.group,
      empty: ledger.empty,
      ...(await renderSpan(source, request.group, environment)),
    })),
  );
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
    ...addScans(ledgers.flatMap(({ scan }) => scan ?? [])),
    ...(matched > 0
      ? {}
      : ledgers.length === 0
        ? { empty: "no-such-group" as const }
        : { empty: reasons.size === 1 && reason ? reason : ("filter-matches-nothing" as const) }),
    notices: ledgers.flatMap(({ notices }) => notices),
  };
}

function addScans(scans: readonly BilledScan[]): Pick<Ledger, "scan"> {
  if (scans.length === 0) return {};
  const add = (pick: (scan: BilledScan) => number | undefined) =>
    scans.reduce<number | undefined>((sum, scan) => {
      const value = pick(scan);
      return sum === undefined || value === undefined ? undefined : sum + value;
    }, 0);
  return {
    scan: {
      estimatedBytes: add(({ estimatedBytes }) => estimatedBytes) ?? 0,
      bytes: add(({ bytes }) => bytes) ?? 0,
      estimatedDollars: add(({ estimatedDollars }) => estimatedDollars),
      dollars: add(({ dollars }) => dollars),
    },
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
