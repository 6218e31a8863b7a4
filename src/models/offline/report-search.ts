import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import { quoteBlock } from "./quote.ts";
import { whereData, whyEmpty } from "./report-empty.ts";
import { listFields, sayTook } from "./report-fields.ts";
import type { ResultOf, Spread } from "./results.ts";
import { linesAround } from "./surroundings.ts";
import { count, joinWords, listNames, nameTemplate, plural, timespan } from "./wording.ts";

type Search = ResultOf<"search_logs">;
type Hits = Search["groups"][number];

const GROUPS = 5;
const KINDS = 6;
/** Lines of one group that are quoted. */
const SHOWN = 8;

/** What a search found: where, how many, which kinds, and the lines; of a status, at which endpoint and how slow. */
export function writeFinds(talk: Conversation, intent: Intent): string {
  const search = talk.results("search_logs").at(-1);
  const wanted = intent.term ?? `status ${intent.status ?? ""}`;
  if (!search) return `**The search for \`${wanted}\` failed.** ${talk.failures()[0]?.message ?? ""}`;
  if (intent.kind === "count" && intent.term === undefined && intent.statuses.length > 1)
    return writeStatuses(talk.results("search_logs"), intent.statuses);
  if (search.ledger.matched === 0) return sayNothing(search, wanted, talk, intent);
  if (intent.kind === "count") return writeFound(search, wanted);
  const shown = search.groups.slice(0, GROUPS);
  const parts = shown.map((hits) => sayHits(hits, search, talk));
  const lines = shown.flatMap((hits) => linesOf(hits, shown.length));
  const rest = search.groups.slice(GROUPS).map(({ log_group }) => log_group);
  const others = rest.length > 0 ? `Matches too: ${listNames(rest)} [${search.result}].` : "";
  const near = shown.length === 1 ? linesAround(talk, lines) : [];
  return [headline(search, wanted, talk, intent), ...parts, others, quoteBlock([...lines, ...near])]
    .filter(Boolean)
    .join("\n\n");
}

function sayNothing(search: Search, wanted: string, talk: Conversation, intent: Intent): string {
  const [only] = search.spans;
  const where =
    search.spans.length === 1 && only ? whereData(only.group_span, only.empty, search.result) : "";
  const groups =
    search.groups_searched === 1
      ? listNames(search.ledger.groups)
      : plural(search.groups_searched, "log group");
  // The search in any case may have failed.
  const isAnyCase = intent.term === undefined || talk.results("search_logs").length > 1;
  const spelling = isAnyCase ? "in upper or lower case" : "as it is written";
  return `**${intent.asksWhether ? "No: nothing" : "Nothing"} matches \`${wanted}\`** in ${groups} [${search.result}], ${spelling}: ${whyEmpty(search.ledger.empty, talk)}${where}`;
}

function headline(search: Search, wanted: string, talk: Conversation, { asksWhether }: Intent): string {
  const [only] = search.groups;
  const isOne = search.groups.length === 1 && only !== undefined;
  const spread = spreadOf(talk, only);
  const requests = spread && isOne ? sayRequests(spread, talk) : "";
  const places = isOne
    ? `in \`${only.log_group}\`${only.first && only.last ? `, ${timespan(only.first, only.last)}` : ", without any time"}`
    : `in ${plural(search.groups.length, "log group")}`;
  const [asWritten] = talk.results("search_logs");
  const spelling =
    asWritten && asWritten.result !== search.result
      ? ` in other upper and lower case; as it is written it occurs nowhere [${asWritten.result}]`
      : "";
  const found = `**${asksWhether ? "Yes: " : ""}\`${wanted}\` occurs ${plural(search.ledger.matched, "time")}** ${places}${spelling} [${search.result}]`;
  return requests ? `${found}: ${requests}` : `${found}.`;
}

/** `6 requests, all POST /api/reports, which took 30,000 to 30,003 ms`. */
function sayRequests(spread: Spread, talk: Conversation): string {
  const ref = talk.results("analyze_error_pattern").at(-1)?.result ?? "";
  const requests =
    spread.fields.find(({ name }) => name === "request") ??
    spread.fields.find(({ name }) => name === "endpoint");
  const [top] = requests?.top ?? [];
  if (!requests || !top) return "";
  const which =
    requests.distinct === 1
      ? `${plural(requests.count, "request")}, all \`${top.value}\``
      : `most at \`${top.value}\` (${count(top.count)} of ${plural(requests.count, "request")})`;
  return `${which}${sayTook(spread)} [${ref}].`;
}

function spreadOf(talk: Conversation, hits: Hits | undefined): Spread | undefined {
  return talk
    .results("analyze_error_pattern")
    .at(-1)
    ?.groups.find(({ log_group }) => log_group === hits?.log_group)?.spread;
}

function sayHits(hits: Hits, search: Search, talk: Conversation): string {
  const { result } = search;
  const analysis = talk.results("analyze_error_pattern").at(-1);
  const analysed = analysis?.groups.find(({ log_group }) => log_group === hits.log_group);
  const isOne = search.groups.length === 1;
  const span = hits.first && hits.last ? `, ${timespan(hits.first, hits.last)}` : "";
  const head = isOne
    ? ""
    : `\`${hits.log_group}\`: ${plural(hits.matched, "match", "matches")}${span} [${result}]`;
  const requests = analysed?.spread.fields.find(({ name }) => name === "request");
  const fields =
    analysed && analysis
      ? listFields(analysed.spread, {
          of: analysed.errors || hits.matched,
          ref: analysis.result,
          told: isOne && requests?.distinct === 1 ? "request" : "",
        })
      : [];
  // The lines below show few of them anyway, and requests differ in agents and sizes, which says little.
  const isShown = hits.matched <= (isOne ? SHOWN : 4);
  const isAccess = (requests?.count ?? 0) >= hits.matched * 0.8;
  const items =
    isShown || isAccess ? fields : [...kindsOf(hits, result, analysed, analysis?.result), ...fields];
  return [head + (head ? (items.length > 0 ? ":" : ".") : ""), items.join("\n")].filter(Boolean).join("\n\n");
}

function kindsOf(
  { templates, templates_total, templates_from }: Hits,
  result: string,
  analysed: ResultOf<"analyze_error_pattern">["groups"][number] | undefined,
  analysis = result,
): string[] {
  // The analysis of errors knows only those; where other lines matched too, the search's own templates are whole.
  const isWhole =
    templates_from === undefined && analysed !== undefined && analysed.templates.length >= templates_total;
  const shown = (isWhole ? analysed.templates : templates).slice(0, KINDS);
  const ref = isWhole ? analysis : result;
  const kinds = shown.map((one) => `- ${count(one.count)} x \`${nameTemplate(one.template)}\` [${ref}]`);
  if (templates_from !== undefined)
    return kinds.length === 0 ? [] : [...kinds, `- counted in ${templates_from} [${result}]`];
  return templates_total > kinds.length
    ? [...kinds, `- of ${templates_total} kinds in all [${result}]`]
    : kinds;
}

/** One line of each kind, then the newest. */
function linesOf({ templates, events }: Hits, groups: number): string[] {
  const examples = templates.slice(0, KINDS).flatMap(({ examples }) => examples.slice(0, 1));
  const most = groups > 1 ? 4 : SHOWN;
  return [...new Set([...examples, ...events.toReversed()])].slice(0, most);
}

function writeFound(search: Search, wanted: string): string {
  const rows = search.groups.map(
    (group) =>
      `| \`${group.log_group}\` | ${count(group.matched)} | ${count(group.errors)} | [${search.result}] |`,
  );
  const total = `**\`${wanted}\` occurs ${plural(search.ledger.matched, "time")}** in ${plural(search.groups.length, "log group")} of ${count(search.groups_searched)} searched [${search.result}].`;
  return `${total}\n\n| group | events | of them errors | |\n|---|---:|---:|---|\n${rows.join("\n")}`;
}

/** How often each of several statuses occurs, in which group. */
function writeStatuses(searches: readonly Search[], statuses: readonly string[]): string {
  const found = searches.map((search, index) => ({ search, status: statuses[index] ?? "" }));
  const parts = found.map(
    ({ search, status }) =>
      `\`${status}\` occurs ${plural(search.ledger.matched, "time")} [${search.result}]`,
  );
  const rows = found.flatMap(({ search: { groups, result }, status }) =>
    groups.map(
      ({ log_group, matched }) => `| ${status} | \`${log_group}\` | ${count(matched)} | [${result}] |`,
    ),
  );
  const table =
    rows.length > 0 ? `\n\n| status | group | events | |\n|---|---|---:|---|\n${rows.join("\n")}` : "";
  return `**${joinWords(parts)}.**${table}`;
}
