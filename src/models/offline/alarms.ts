import type { Conversation } from "./conversation.ts";
import { type Intent, isIdentifier } from "./intent.ts";
import type { ListedAlarm, ListedChange, ListedGroup } from "./results.ts";
import { type Selection, selectGroups } from "./select-groups.ts";

/** An alarm with all that the tool told of it. */
export interface KnownAlarm extends ListedAlarm {
  readonly ref: string;
  /** When its state was looked at. */
  readonly asOf: string;
  /** Around the window of the question, in the order of time. */
  readonly changes: readonly ListedChange[];
}

/** A time in which an alarm rang. */
export interface Ring {
  /** undefined where it began before all that is known. */
  readonly from: string | undefined;
  /** undefined where it goes on, or its end is not known. */
  readonly to: string | undefined;
}

/** An alarm that has to do with the question. */
export interface Lead {
  readonly alarm: KnownAlarm;
  /** The last ring in the window; undefined for an alarm that did not ring then, and is named. */
  readonly ring: Ring | undefined;
}

/** An alarm rings some periods after its cause, ms. */
const LAG = 900_000;
/** Groups that are read because of alarms alone. */
const MOST_LED = 4;

/** Whether alarms are looked at for such a question: where they may tell what broke, and where that was logged. */
export function looksAtAlarms({ kind }: Pick<Intent, "kind">, talk: Conversation): boolean {
  const mayLead = kind === "investigate" || kind === "errors" || kind === "slow";
  return mayLead && talk.offers("list_alarms");
}

/** All alarms that were listed, and those that only the history knows; what a later call tells of one counts. */
function knownAlarms(talk: Conversation): KnownAlarm[] {
  const known = new Map<string, KnownAlarm>();
  for (const { result, as_of: asOf, alarms, changes } of talk.results("list_alarms")) {
    const changesOf = Map.groupBy(changes, ({ source, alarm }) => keyOf(source, alarm));
    for (const alarm of alarms) {
      const key = keyOf(alarm.source, alarm.name);
      const own = known.get(key)?.changes ?? changesOf.get(key) ?? [];
      known.set(key, { ...alarm, ref: result, asOf, changes: own });
    }
    for (const [key, own] of changesOf)
      if (!known.has(key)) known.set(key, rememberedAlarm(own, result, asOf));
  }
  return [...known.values()];
}

function keyOf(source: string | undefined, name: string): string {
  return JSON.stringify([source ?? "", name]);
}

/** What its changes tell of an alarm that is not listed: one of very many, or gone since. */
function rememberedAlarm(changes: readonly ListedChange[], ref: string, asOf: string): KnownAlarm {
  const last = changes.at(-1);
  const { source, alarm = "" } = last ?? {};
  return {
    ...(source === undefined ? {} : { source }),
    name: alarm,
    state: last?.to ?? "unknown",
    since: last?.at ?? null,
    metrics: [],
    logs: [],
    ref,
    asOf,
    changes,
  };
}

/**
 * The alarms that rang in the question's window, or that it names: those before others that lead to logs, and of these
 * those that began to ring in the window.
 */
export function findLeads(talk: Conversation, intent: Intent): Lead[] {
  const leads = knownAlarms(talk).flatMap((alarm) => {
    const ring = lastRing(alarm, talk);
    return ring || isNamed(alarm, talk.question, intent) ? [{ alarm, ring }] : [];
  });
  const weigh = ({ alarm, ring }: Lead) =>
    4 * Number(isNamed(alarm, talk.question, intent)) +
    2 * Number(alarm.logs.length > 0) +
    Number(Date.parse(ring?.from ?? "") >= Date.parse(talk.start));
  return leads.sort((a, b) => weigh(b) - weigh(a));
}

/** The last time that the alarm rang in the window, or shortly after, as alarms do. */
export function lastRing(
  alarm: KnownAlarm,
  { start, end }: Pick<Conversation, "start" | "end">,
): Ring | undefined {
  const until = Date.parse(end) + LAG;
  return ringsOf(alarm).findLast(({ from, to }) => {
    // One without a beginning began before the window where it ended; else all that is known is that it rings now.
    const hasBegun = from === undefined && to !== undefined ? true : Date.parse(from ?? alarm.asOf) <= until;
    return hasBegun && (to === undefined || Date.parse(to) > Date.parse(start));
  });
}

function ringsOf({ state, since, changes }: KnownAlarm): Ring[] {
  const rings = changes.flatMap(({ at, from, to }, index): Ring[] => {
    if (to === "alarm") return [{ from: at, to: changes[index + 1]?.at }];
    return from === "alarm" && index === 0 ? [{ from: undefined, to: at }] : [];
  });
  const last = rings.at(-1);
  const goesOn = last !== undefined && last.to === undefined;
  if (state === "alarm") return goesOn ? rings : [...rings, { from: since ?? undefined, to: undefined }];
  return goesOn ? [...rings.slice(0, -1), { from: last.from, to: since ?? undefined }] : rings;
}

/** By its whole name; where the question speaks of alarms, a part of it that is no everyday word will do. */
function isNamed({ name }: KnownAlarm, question: string, { mentionsAlarms, names }: Intent): boolean {
  const own = name.toLowerCase();
  const isTelling = mentionsAlarms || isIdentifier(name) || /\s/.test(name.trim());
  if (own !== "" && isTelling && holdsWhole(question.toLowerCase(), own)) return true;
  return mentionsAlarms && names.some((word) => isIdentifier(word) && own.includes(word.toLowerCase()));
}

function holdsWhole(text: string, name: string): boolean {
  const isInside = (character = " ") => /[\p{L}\d_-]/u.test(character);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!isInside(text[at - 1]) && !isInside(text[at + name.length])) return true;
  return false;
}

/** The selection where alarms are known: what names one of them is no missing group, and leads to what feeds it. */
export function selectWithAlarms(
  selection: Selection,
  talk: Conversation,
  intent: Intent,
  all: readonly ListedGroup[],
): Selection {
  const named = knownAlarms(talk).filter((alarm) => isNamed(alarm, talk.question, intent));
  if (named.length === 0) return selection;
  const isAlarm = (word: string) => named.some(({ name }) => name.toLowerCase().includes(word.toLowerCase()));
  const fed = new Set(named.flatMap(groupsOf));
  const led = all.filter(({ name }) => fed.has(name));
  return {
    ...selection,
    named: selection.isExact || led.length === 0 ? selection.named : led,
    isExact: selection.isExact || led.length > 0,
    unknown: selection.unknown.filter(({ name }) => !isAlarm(name)),
  };
}

/** The groups that are to be read, and behind them those that only an alarm makes worth reading. */
export function withLedGroups(
  groups: readonly string[],
  talk: Conversation,
  intent: Intent,
  canRead: (group: string) => boolean,
): string[] {
  if (groups.length === 0) return [];
  const led = findLeads(talk, intent).flatMap(({ alarm }) => groupsOf(alarm));
  const more = [...new Set(led)].filter((name) => !groups.includes(name) && canRead(name));
  return [...groups, ...more.slice(0, MOST_LED)];
}

function groupsOf({ logs }: KnownAlarm): string[] {
  return logs.map(({ log_group }) => log_group);
}

/** Words of questions for alarms that name none. */
const STATES =
  /^(?:alarms?|alerts?|firing|fired?|ringing|rang|rings?|rung|triggered|trigger|active|going|gone|went|raised|open|state|meaning|mean|watch(?:es)?|counts?|monitors?|still|currently|right)$/i;

/** The alarms that a question for alarms is about: by their own names, or by those of the groups that feed them. */
export function alarmsAsked(talk: Conversation, intent: Intent): KnownAlarm[] {
  const alarms = knownAlarms(talk);
  const whole = alarms.filter((alarm) => isNamed(alarm, talk.question, intent));
  if (whole.length > 0) return whole;
  const names = intent.names.filter((word) => !STATES.test(word));
  const asked = { ...intent, names, namespace: undefined };
  const select = (all: readonly string[]) =>
    new Set(selectGroups(asked, [...new Set(all)].map(asGroup)).named.map(({ name }) => name));
  const byName = select(alarms.map(({ name }) => name));
  const byGroup = select(alarms.flatMap(groupsOf));
  return alarms.filter(
    (alarm) => byName.has(alarm.name) || groupsOf(alarm).some((group) => byGroup.has(group)),
  );
}

function asGroup(name: string): ListedGroup {
  return { name, bytes: null, oldest_event: null, newest_event: null };
}

/** True where the listing tells more of an alarm than its name and state. */
export function isTold({ reason }: KnownAlarm): boolean {
  return reason !== undefined;
}
