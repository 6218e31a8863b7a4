import { alarmsAsked, findLeads, type KnownAlarm, type Lead, lastRing, type Ring } from "./alarms.ts";
import type { Conversation } from "./conversation.ts";
import { type Intent, isIdentifier } from "./intent.ts";
import type { ListedAlarm, ListedChange, Measured, ResultOf } from "./results.ts";
import { clock, count, joinWords, listNames, nameTemplate, plural, timespan } from "./wording.ts";

/** Alarms beside an answer from logs. */
const IN_SECTION = 5;
/** Alarms of an answer about alarms, changes of it, and groups of one alarm. */
const LISTED = 12;
const CHANGES = 12;
const FED_BY = 3;

const NAME_CHARACTERS = 100;
const TEXT_CHARACTERS = 220;

/** The alarms that rang in the window, or are named, each with the group that it leads to; empty where none did. */
export function writeAlarms(talk: Conversation, intent: Intent): string {
  const leads = findLeads(talk, intent);
  if (leads.length === 0) return "";
  const items = leads.slice(0, IN_SECTION).map(sayLead);
  const [listing] = talk.results("list_alarms");
  if (leads.length > IN_SECTION && listing)
    items.push(`- and others; ${count(listing.in_alarm)} are in ALARM now [${listing.result}]`);
  return `**Alarms**\n\n${items.join("\n")}`;
}

function sayLead({ alarm, ring }: Lead): string {
  const condition = alarm.condition ? `, by \`${nameTemplate(alarm.condition, TEXT_CHARACTERS)}\`` : "";
  return `- ${nameAlarm(alarm)} ${sayRing(alarm, ring)}${condition}${sayLogs(alarm)} [${alarm.ref}]`;
}

function nameAlarm({ name, source }: Pick<KnownAlarm, "name" | "source">): string {
  const of = source === undefined ? "" : ` of ${source}`;
  return `\`${nameTemplate(name, NAME_CHARACTERS)}\`${of}`;
}

function sayRing({ state, since }: KnownAlarm, ring: Ring | undefined): string {
  if (!ring) return `${sayState(state)}${since === null ? "" : ` since ${clock(since)}`}`;
  const { from, to } = ring;
  if (to !== undefined)
    return from === undefined ? `was in ALARM until ${clock(to)}` : `was in ALARM from ${timespan(from, to)}`;
  if (state !== "alarm") return `went into ALARM${from === undefined ? "" : ` at ${clock(from)}`}`;
  return from === undefined ? "is in ALARM" : `has been in ALARM since ${clock(from)}`;
}

function sayState(state: string): string {
  const words: Record<string, string> = {
    alarm: "is in ALARM",
    ok: "is OK",
    "insufficient-data": "has not enough data",
  };
  return words[state] ?? "is in a state that is not known";
}

function sayLogs({ logs }: KnownAlarm): string {
  if (logs.length === 0) return "";
  return `; it counts ${joinWords(logs.slice(0, FED_BY).map(sayFeed))}${logs.length > FED_BY ? " and others" : ""}`;
}

function sayFeed({ log_group, filter_pattern, query }: ListedAlarm["logs"][number]): string {
  const group = `\`${log_group}\``;
  if (query !== undefined) return `what a query finds in ${group}`;
  if (!filter_pattern?.trim()) return `all events of ${group}`;
  return `events of ${group} that match \`${nameTemplate(filter_pattern, TEXT_CHARACTERS)}\``;
}

/** What of the alarms is not known, as limits of an answer. */
export function alarmLimits(talk: Conversation): string[] {
  const notes = talk
    .results("list_alarms")
    .flatMap(({ notices, result }) => notices.map((text) => `${text} [${result}]`));
  return [...new Set(notes)];
}

/** The answer to a question about alarms themselves. */
export function writeAlarmsAnswer(talk: Conversation, intent: Intent): string {
  const [listing] = talk.results("list_alarms");
  if (!listing) {
    const [failure] = talk.failures();
    return `**The alarms could not be listed.** ${failure?.message ?? "No reason was given."}`;
  }
  if (listing.returned === 0 && listing.changes.length === 0)
    return `**There are no alarms** [${listing.result}].`;
  const about = alarmsAsked(talk, intent);
  return about.length > 0 ? writeAsked(talk, about) : writeAll(intent, listing);
}

/** Those that ring now, and what changed around the window. */
function writeAll({ names }: Intent, listing: ResultOf<"list_alarms">): string {
  const { in_alarm, returned, result, as_of, alarms, truncated } = listing;
  const unknown = names.filter(isIdentifier).slice(0, 3);
  const missing =
    unknown.length > 0
      ? `**No alarm is named like ${listNames(unknown)}, and none counts events of such a group** [${result}].`
      : "";
  const of = `of ${count(returned)}${truncated ? " that were listed" : ""}`;
  const head =
    in_alarm === 0
      ? `**No alarm is in ALARM** at ${clock(as_of)}, ${of} [${result}].`
      : `**${plural(in_alarm, "alarm is", "alarms are")} in ALARM** at ${clock(as_of)}, ${of} [${result}].`;
  const ringing = alarms.filter(({ state }) => state === "alarm").slice(0, LISTED);
  const leads = ringing.map((alarm) => {
    const ring = { from: alarm.since ?? undefined, to: undefined };
    return sayLead({ alarm: { ...alarm, ref: result, asOf: as_of, changes: [] }, ring });
  });
  if (in_alarm > ringing.length) leads.push(`- and others, ${count(in_alarm)} in all [${result}]`);
  const changes = writeChanges(listing.changes, result);
  return [missing, head, leads.join("\n"), changes, sayNext(ringing, result)].filter(Boolean).join("\n\n");
}

/** Each of the alarms that are asked about, with what it is for, why it is in its state, and its metric. */
function writeAsked(talk: Conversation, about: readonly KnownAlarm[]): string {
  const full = about.length <= FED_BY;
  const parts = about.slice(0, LISTED).map((alarm) => {
    const ring = lastRing(alarm, talk);
    const said = sayLead({ alarm, ring: alarm.state === "alarm" || !ring ? nowOf(alarm, ring) : ring });
    return full ? [said, ...detailsOf(alarm)].join("\n") : said;
  });
  const more = about.length > LISTED ? ["- and others"] : [];
  const [ref = ""] = about.map((alarm) => alarm.ref);
  const changes = about.flatMap((alarm) => alarm.changes);
  const sorted = changes.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [[...parts, ...more].join("\n"), writeMetric(talk), writeChanges(sorted, ref), sayNext(about, ref)]
    .filter(Boolean)
    .join("\n\n");
}

/** Whatever it did in the window, one that rings now has rung since it began. */
function nowOf({ state, since }: KnownAlarm, ring: Ring | undefined): Ring | undefined {
  return state === "alarm" ? { from: since ?? undefined, to: undefined } : ring;
}

function detailsOf({ description, reason, metrics, ref, state }: KnownAlarm): string[] {
  const quote = (text: string) => `\`${nameTemplate(text, TEXT_CHARACTERS)}\``;
  const watched = metrics.slice(0, FED_BY).map(({ namespace, name, dimensions }) => {
    const of = Object.entries(dimensions).map(([key, value]) => `${quote(key)} ${quote(value)}`);
    return `${quote(name)} of ${quote(namespace)}${of.length > 0 ? ` with ${joinWords(of)}` : ""}`;
  });
  return [
    ...(description ? [`- It is described as ${quote(description)} [${ref}]`] : []),
    ...(watched.length > 0 ? [`- It watches ${joinWords(watched)} [${ref}]`] : []),
    ...(reason ? [`- Why it ${sayState(state)}: ${quote(reason)} [${ref}]`] : []),
  ];
}

function writeMetric(talk: Conversation): string {
  const [measured] = talk.results("get_metric");
  if (!measured) return "";
  const { series, result, statistic, metric } = measured;
  const items = series.map((one) => {
    const what = `\`${nameTemplate(metric.name, NAME_CHARACTERS)}\` (${statistic})`;
    return "note" in one ? `- ${what}: ${one.note} [${result}]` : `- ${what}${sayMeasured(one)} [${result}]`;
  });
  return `**Its metric in the window**\n\n${items.join("\n")}`;
}

function sayMeasured({ max, max_at, latest, latest_at }: Measured): string {
  const most = max === null || !max_at ? "" : `: at most ${count(max)}, at ${clock(max_at)}`;
  return latest === null || !latest_at ? most : `${most}; last ${count(latest)}, at ${clock(latest_at)}`;
}

function writeChanges(changes: readonly ListedChange[], ref: string): string {
  if (changes.length === 0) return "";
  const items = changes
    .slice(-CHANGES)
    .map(
      ({ at, alarm, source, from, to }) =>
        `- ${clock(at)} ${nameAlarm({ name: alarm, ...(source === undefined ? {} : { source }) })}: ${from ?? "?"} to ${to ?? "?"} [${ref}]`,
    );
  const some = changes.length > CHANGES ? ", the latest of them" : "";
  return `**Changes around the window**${some}\n\n${items.join("\n")}`;
}

/** Where to look next: an alarm tells that something is wrong, its logs what. */
function sayNext(alarms: readonly Pick<KnownAlarm, "logs">[], ref: string): string {
  const groups = [...new Set(alarms.flatMap(({ logs }) => logs.map(({ log_group }) => log_group)))];
  if (groups.length === 0) return "";
  return `**Next**: ask what is wrong in ${listNames(groups.slice(0, FED_BY))} [${ref}].`;
}
