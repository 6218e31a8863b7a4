import { z } from "zod";
import { Failure } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import type { ListedGroup } from "../sources/directory.ts";
import { endTime, parseToolFilter, parseToolWindow, startTime } from "./arguments.ts";
import { fitTokens } from "./budget.ts";
import type { Reading } from "./evidence.ts";
import { joinLedgers } from "./join-ledgers.ts";
import type { JsonObject } from "./json.ts";
import { countErrors, renderEvents, renderLedger, renderPart, renderTemplate, renderTime } from "./render.ts";
import { renderSpan } from "./render-span.ts";
import { type Found, joinFound, type SourceSearch } from "./search-found.ts";
import { createSearchProgress } from "./search-progress.ts";
import { searchSource } from "./search-source.ts";
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
    const { readings, ledgers, failed } = await searchAll({ ...chosen, window, filter }, environment);
    const ledger = joinLedgers(ledgers);
    const withHits = readings.filter(({ digest }) => digest.events > 0);
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
      groups_searched: ledger.groups.length,
      groups_with_matches: withHits.length,
      ...(failed.length > 0 ? { failed: failed.slice(0, MAX_FAILED), failed_total: failed.length } : {}),
      ...(chosen.left > 0
        ? { truncated: `${chosen.left} more groups fit the prefixes and were not searched` }
        : {}),
      ...(unlisted > 0
        ? { not_shown: `${unlisted} groups with fewer matches; they are in the context` }
        : {}),
      ...(withHits.length > 0 ? {} : { spans: await renderSpans(chosen.groups, ledgers, environment) }),
      groups,
    };
    const summary = `${ledger.matched} matches in ${withHits.length} of ${ledger.groups.length} groups`;
    return { data, summary, ledger: { ...ledger, ...linkOf(ledgers), returned }, readings };
  },
};

/** Each source in its own way. Of several, one that fails is told with its groups; where all of them do, it is thrown. */
async function searchAll(
  { groups, window, filter }: Omit<SourceSearch, "source">,
  environment: ToolEnvironment,
): Promise<Found> {
  const progress = createSearchProgress(groups.length, environment);
  const failures: unknown[] = [];
  const bySource = [...Map.groupBy(groups, ({ source }) => source)];
  const found = await Promise.all(
    bySource.map(async ([source, some]): Promise<Found> => {
      try {
        return await searchSource({ source, groups: some, window, filter }, environment, progress);
      } catch (error) {
        if (environment.signal.aborted || !(error instanceof Failure)) throw error;
        failures.push(error);
        const failed = some.map(({ name }) => ({ log_group: name, error: error.message }));
        return { readings: [], ledgers: [], failed };
      }
    }),
  );
  if (bySource.length > 0 && failures.length === bySource.length) throw failures[0];
  return joinFound(found);
}

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
    ...renderPart(reading),
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
async function renderSpans(
  groups: readonly ListedGroup[],
  ledgers: readonly Ledger[],
  environment: ToolEnvironment,
) {
  const sources = new Map(groups.map(({ name, source }) => [name, source]));
  const searched = ledgers.flatMap(({ groups: names, empty }) => names.map((name) => ({ name, empty })));
  return Promise.all(
    searched.slice(0, MAX_FAILED).map(async ({ name, empty }) => {
      const source = sources.get(name);
      return {
        log_group: name,
        ...(empty === undefined ? {} : { empty }),
        ...(source ? await renderSpan(source, name, environment) : {}),
      };
    }),
  );
}

/** Of a search by queries, the one that matched most. */
function linkOf(ledgers: readonly Ledger[]): Pick<Ledger, "link"> {
  const [most] = ledgers.toSorted((a, b) => b.matched - a.matched);
  return most?.link === undefined ? {} : { link: most.link };
}
