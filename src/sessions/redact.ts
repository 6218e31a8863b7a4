import type { CheckReport, Citation } from "../agent/check.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import { sanitizeDeep } from "../sanitize/deep.ts";
import type { BuiltInRuleName } from "../sanitize/rules.ts";
import { RULES } from "../sanitize/rules.ts";
import { createSanitizer, type Sanitizer, UNREADABLE } from "../sanitize/sanitizer.ts";
import { type JsonObject, type JsonValue, toJson } from "../tools/json.ts";
import { createKnownSecrets, type KnownSecrets } from "./known-secrets.ts";

/** Rules for what a person is known by: that stays, as it stands in the user's own logs. */
const PERSONAL: readonly BuiltInRuleName[] = ["email", "ipv4", "ipv6", "credit_card", "ssn", "phone_us"];
const TAGS = [
  UNREADABLE,
  ...RULES.filter(({ name }) => !PERSONAL.includes(name)).map(({ replacement }) => replacement),
];

/** Only a private key is spread over events. */
const KEY_WORDS = /PRIVATE|PuTTY/i;

/**
 * Takes credentials out of what is kept of a session, whatever the settings say about what goes to a model. Names of
 * groups and streams, ids of events and references stay as they are unless a credential stands in them: then the name no
 * longer finds its group, which is better than a password in a file. What was a credential once, because something said
 * so, is taken out wherever it stands from then on.
 */
export interface Redactor {
  text(text: string): string;
  /** Each member is looked at with its key; addresses are looked at decoded, and go as a whole. */
  json(value: JsonObject): JsonObject;
  /** The same event gives the same; of several the neighbours are looked at too, for a key may be spread over them. */
  events(events: readonly LogEvent[]): readonly LogEvent[];
  /** An address without credentials; undefined where there is one in it. */
  link(url: string | undefined): string | undefined;
}

/** @param sanitizer takes credentials only unless told; an export has personal data taken out too */
export function createRedactor(sanitizer: Sanitizer = createSanitizer({ disabled: PERSONAL })): Redactor {
  const secrets = createKnownSecrets(TAGS);
  const text = (dirty: string): string => {
    const clean = sanitizer.sanitize(dirty).text;
    secrets.learn(dirty, clean);
    return secrets.hide(clean);
  };
  const known = new WeakMap<LogEvent, LogEvent>();
  const names = new Map<string, string>();
  /** Of a group or a stream, which many events have. */
  const name = (dirty: string): string => {
    const clean = names.get(dirty) ?? text(dirty);
    names.set(dirty, clean);
    return secrets.hide(clean);
  };

  const messagesOf = (events: readonly LogEvent[]): readonly string[] => {
    const messages = events.map(({ message }) => message);
    if (!messages.some((message) => KEY_WORDS.test(message))) return messages.map(text);
    const { value } = sanitizeDeep(messages, sanitizer);
    const clean = Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
    if (clean.length !== messages.length) return messages.map(text);
    for (const [index, message] of messages.entries()) secrets.learn(message, clean[index] ?? message);
    return clean.map(secrets.hide);
  };
  const link = (url: string | undefined): string | undefined => {
    if (url === undefined || text(url) !== url) return undefined;
    return decodings(url).every((one) => text(one) === one) ? url : undefined;
  };

  return {
    text,
    json(value) {
      const dirty = withoutLinks(value, link);
      const clean = sanitizeDeep(dirty, sanitizer).value;
      learnAll(dirty, clean, secrets);
      return toJson(JSON.parse(secrets.hide(JSON.stringify(clean))));
    },
    link,
    events(events) {
      const fresh = events.filter((event) => !known.has(event));
      for (const [index, message] of messagesOf(fresh).entries()) {
        const event = fresh[index];
        if (event) known.set(event, cleanEvent(event, message, { text, name }));
      }
      return events.map((event) => known.get(event) ?? event);
    },
  };
}

/** True for a text of which something was taken out: it no longer says what it said. */
export function wasRedacted(text: string): boolean {
  return TAGS.some((tag) => text.includes(tag));
}

/** True where a kept text is what is left of another: equal, but for what a tag stands for. */
export function isKeptOf(kept: string, text: string): boolean {
  if (kept === text) return true;
  const pieces = TAGS.reduce((parts, tag) => parts.flatMap((part) => part.split(tag)), [kept]);
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined || !text.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

interface Cleaners {
  readonly text: (dirty: string) => string;
  readonly name: (dirty: string) => string;
}

/** A place in a stream, or a number: no id in which a credential could stand. */
const PLAIN_ID = /^@?[0-9a-f]{1,16}$|^\d{1,64}$/;

function cleanEvent(event: LogEvent, message: string, { text, name }: Cleaners): LogEvent {
  const [group, stream] = [name(event.group), name(event.stream)];
  const rest = event.id.startsWith(event.stream) ? event.id.slice(event.stream.length) : event.id;
  const id = stream === event.stream && PLAIN_ID.test(rest) ? event.id : text(event.id);
  const isSame =
    message === event.message && id === event.id && group === event.group && stream === event.stream;
  if (isSame) return event;
  return { ...event, id, group, stream, message, bodyStart: bodyStartIn(message, event, text) };
}

/** Where the text begins now that a part of the event, its header perhaps, was replaced. */
function bodyStartIn(
  message: string,
  { message: before, bodyStart }: LogEvent,
  text: (dirty: string) => string,
): number {
  const [head, body] = [before.slice(0, bodyStart), before.slice(bodyStart)];
  if (message.startsWith(head)) return bodyStart;
  if (message.endsWith(body)) return message.length - body.length;
  const cleanHead = text(head);
  if (message.startsWith(cleanHead)) return cleanHead.length;
  // What was replaced stands across the border: the text begins with its tag.
  let same = 0;
  while (same < message.length && message[same] === before[same]) same += 1;
  return Math.min(same, bodyStart);
}

/** Vendors' consoles write a text of an address as `%3D`, `$253D` or `*3d`, and that once or twice. */
function decodings(url: string): string[] {
  const decoded: string[] = [];
  let current = url;
  for (let round = 0; round < 3; round += 1) {
    const next = current.replaceAll(/(?:%|\$(?:25)?|\*)([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === current) break;
    decoded.push(next);
    current = next;
  }
  return decoded;
}

/** Of two values that differ in their strings only. */
function learnAll(dirty: JsonValue | undefined, clean: JsonValue | undefined, secrets: KnownSecrets): void {
  if (typeof dirty === "string" && typeof clean === "string") secrets.learn(dirty, clean);
  if (typeof dirty !== "object" || typeof clean !== "object" || !dirty || !clean) return;
  const after = Object.values(clean);
  for (const [index, member] of Object.values(dirty).entries()) learnAll(member, after[index], secrets);
}

type Link = Redactor["link"];

function withoutLinks(value: JsonObject, link: Link): JsonObject {
  const text = JSON.stringify(value, (_, member: unknown) =>
    typeof member === "string" && /^https?:\/\//.test(member) ? link(member) : member,
  );
  return toJson(JSON.parse(text));
}

export function redactLedger(ledger: Ledger, redactor: Redactor): Ledger {
  const { link: url, filter, streamPrefix, ...rest } = ledger;
  const { text } = redactor;
  const link = redactor.link(url);
  return {
    ...rest,
    groups: ledger.groups.map(text),
    ...(filter === undefined ? {} : { filter: text(filter) }),
    ...(streamPrefix === undefined ? {} : { streamPrefix: text(streamPrefix) }),
    ...(link === undefined ? {} : { link }),
    notices: ledger.notices.map((notice) => ({
      ...notice,
      text: text(notice.text),
      ...(notice.group === undefined ? {} : { group: text(notice.group) }),
    })),
  };
}

export function redactReport(report: CheckReport, redactor: Redactor): CheckReport {
  const { mainGroup, ...rest } = report;
  const link = redactor.link(mainGroup?.link);
  return {
    ...rest,
    citations: report.citations.map((citation) => redactCitation(citation, redactor)),
    unverified: report.unverified.map((claim) => ({ ...claim, text: redactor.text(claim.text) })),
    ...(mainGroup && link !== undefined ? { mainGroup: { name: redactor.text(mainGroup.name), link } } : {}),
  };
}

function redactCitation(citation: Citation, redactor: Redactor): Citation {
  const { link: url, ...rest } = citation;
  const found = redactor.link(url);
  const link = found === undefined ? {} : { link: found };
  if (rest.kind === "result") return { ...rest, input: redactor.json(toJson(rest.input)), ...link };
  const { text } = redactor;
  return {
    ...rest,
    group: text(rest.group),
    stream: text(rest.stream),
    text: text(rest.text),
    ...link,
  };
}
