import type { CheckReport, Citation } from "../agent/check.ts";
import type { Outcome } from "../agent/events.ts";
import type { DigestSummary, NumericSummary, TemplateSummary } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger, Notice } from "../log/ledger.ts";
import { sanitizeDeep } from "../sanitize/deep.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { Session, SessionCall, SessionQuestion, SessionReading } from "../sessions/session.ts";
import { type JsonObject, toJson } from "../tools/json.ts";

/**
 * The session with every text through the sanitiser: questions, answers, tool inputs and results, digests, ledgers,
 * events and names. References, numbers and times stay. An address of a vendor's console that spells out what was
 * replaced is left out.
 */
export function redactSession(session: Session, sanitizer: Sanitizer): Session {
  const redactor = createRedactor(sanitizer);
  const { text, texts } = redactor;
  const { place } = session;
  const events = redactEvents([...session.events.values()], redactor);
  return {
    ...session,
    place: {
      ...place,
      paths: texts(place.paths),
      source: optional(place.source, text),
      profile: optional(place.profile, text),
      region: optional(place.region, text),
    },
    questions: session.questions.map((question) => redactQuestion(question, redactor)),
    events: new Map([...session.events.keys()].flatMap((ref, at) => pair(ref, events[at]))),
  };
}

interface Redactor {
  readonly text: (text: string) => string;
  readonly texts: (texts: readonly string[]) => readonly string[];
  readonly json: (object: JsonObject) => JsonObject;
  /** Texts that follow one another: what is spread over several of them, such as a private key, is found too. */
  readonly sequence: (texts: readonly string[]) => readonly string[];
}

function createRedactor(sanitizer: Sanitizer): Redactor {
  // Names and lines stand in many places of a session.
  const known = new Map<string, string>();
  const text = (raw: string): string => {
    const before = known.get(raw);
    if (before !== undefined) return before;
    const redacted = sanitizer.sanitize(raw).text;
    known.set(raw, redacted);
    return redacted;
  };
  return {
    text,
    texts: (raw) => raw.map(text),
    json: (object) => toJson(sanitizeDeep(object, sanitizer).value),
    sequence(raw) {
      const { value } = sanitizeDeep(raw, sanitizer);
      const isWhole = Array.isArray(value) && value.length === raw.length;
      return raw.map((one, at) => (isWhole && typeof value[at] === "string" ? value[at] : text(one)));
    },
  };
}

function pair<Key, Member>(key: Key, member: Member | undefined): [Key, Member][] {
  return member === undefined ? [] : [[key, member]];
}

function redactQuestion(question: SessionQuestion, redactor: Redactor): SessionQuestion {
  const { text, texts } = redactor;
  const { scope, model, report, outcome } = question;
  return {
    ...question,
    text: text(question.text),
    scope: { ...scope, words: optional(scope.words, text) },
    model: { provider: text(model.provider), id: text(model.id) },
    calls: question.calls.map((call) => redactCall(call, redactor)),
    answer: text(question.answer),
    report: optional(report, (one) => redactReport(one, redactor)),
    ledgers: question.ledgers.map((ledger) => redactLedger(ledger, redactor)),
    notices: texts(question.notices),
    outcome: optional(outcome, (one) => redactOutcome(one, redactor)),
  };
}

function redactCall(call: SessionCall, redactor: Redactor): SessionCall {
  const { text, json } = redactor;
  const { result } = call;
  const redacted = { ...call, id: text(call.id), tool: text(call.tool), input: json(call.input) };
  if ("message" in result) {
    return {
      ...redacted,
      result: { ...result, message: text(result.message), hint: optional(result.hint, text) },
    };
  }
  return {
    ...redacted,
    result: {
      ...result,
      summary: text(result.summary),
      data: json(result.data),
      ledger: optional(result.ledger, (ledger) => redactLedger(ledger, redactor)),
      readings: result.readings.map((reading) => redactReading(reading, redactor)),
    },
  };
}

function redactReading(reading: SessionReading, redactor: Redactor): SessionReading {
  const { text } = redactor;
  const { request } = reading;
  return {
    ...reading,
    source: text(reading.source),
    request: {
      ...request,
      group: text(request.group),
      filter: optional(request.filter, text),
      streamPrefix: optional(request.streamPrefix, text),
    },
    digest: redactDigest(reading.digest, redactor),
    newest: redactEvents(reading.newest, redactor),
    ledger: redactLedger(reading.ledger, redactor),
    samples: optional(
      reading.samples,
      (samples) => new Map([...samples].map(([template, sample]) => [text(template), text(sample)])),
    ),
  };
}

function redactDigest(digest: DigestSummary, redactor: Redactor): DigestSummary {
  return {
    ...digest,
    streams: addUp(digest.streams, redactor),
    templates: digest.templates.map((template) => redactTemplate(template, redactor)),
    numbers: digest.numbers.map((number) => redactNumber(number, redactor)),
  };
}

function redactTemplate(template: TemplateSummary, redactor: Redactor): TemplateSummary {
  return {
    ...template,
    text: redactor.text(template.text),
    examples: template.examples.map((event) => redactEvent(event, redactor)),
    parameters: template.parameters.map((parameter) => ({
      ...parameter,
      top: parameter.top.map(({ value, count }) => ({ value: redactor.text(value), count })),
    })),
    groups: addUp(template.groups, redactor),
  };
}

function redactNumber(number: NumericSummary, redactor: Redactor): NumericSummary {
  return {
    ...number,
    name: redactor.text(number.name),
    largest: redactEvent(number.largest, redactor),
    firstLarge: redactEvent(number.firstLarge, redactor),
  };
}

function redactEvents(events: readonly LogEvent[], redactor: Redactor): readonly LogEvent[] {
  const messages = redactor.sequence(events.map(({ message }) => message));
  return events.map((event, at) => redactEvent(event, redactor, messages[at]));
}

function redactEvent(event: LogEvent, { text }: Redactor, message: string = text(event.message)): LogEvent {
  const head = event.bodyStart === 0 ? "" : text(event.message.slice(0, event.bodyStart));
  return {
    ...event,
    id: text(event.id),
    group: text(event.group),
    stream: text(event.stream),
    message,
    bodyStart: message.startsWith(head) ? head.length : 0,
  };
}

function redactLedger(ledger: Ledger, redactor: Redactor): Ledger {
  const { text, texts } = redactor;
  const { link, filter, streamPrefix, ...rest } = ledger;
  const named = {
    ...rest,
    source: text(ledger.source),
    groups: texts(ledger.groups),
    ...(filter === undefined ? {} : { filter: text(filter) }),
    ...(streamPrefix === undefined ? {} : { streamPrefix: text(streamPrefix) }),
    notices: ledger.notices.map((notice) => redactNotice(notice, redactor)),
  };
  const isSame =
    named.filter === filter &&
    named.streamPrefix === streamPrefix &&
    ledger.groups.every((group, at) => group === named.groups[at]);
  return { ...named, ...keepLink(link, isSame, redactor) };
}

function redactNotice(notice: Notice, { text }: Redactor): Notice {
  const { group, refused } = notice;
  return {
    ...notice,
    text: text(notice.text),
    ...(group === undefined ? {} : { group: text(group) }),
    ...(refused === undefined ? {} : { refused: { ...refused, service: text(refused.service) } }),
  };
}

function redactReport(report: CheckReport, redactor: Redactor): CheckReport {
  const { text } = redactor;
  const { mainGroup, ...rest } = report;
  return {
    ...rest,
    citations: report.citations.map((citation) => redactCitation(citation, redactor)),
    unverified: report.unverified.map((claim) => ({ ...claim, text: text(claim.text) })),
    ...(mainGroup !== undefined &&
    text(mainGroup.name) === mainGroup.name &&
    isClean(mainGroup.link, redactor)
      ? { mainGroup }
      : {}),
  };
}

function redactCitation(citation: Citation, redactor: Redactor): Citation {
  const { text, json } = redactor;
  if (citation.kind === "event") {
    const { link, ...rest } = citation;
    const [group, stream] = [text(citation.group), text(citation.stream)];
    const isSame = group === citation.group && stream === citation.stream;
    return { ...rest, group, stream, text: text(citation.text), ...keepLink(link, isSame, redactor) };
  }
  const { link, ...rest } = citation;
  const before = toJson(citation.input);
  const input = json(before);
  const isSame = JSON.stringify(input) === JSON.stringify(before);
  return { ...rest, tool: text(citation.tool), input, ...keepLink(link, isSame, redactor) };
}

function redactOutcome(outcome: Outcome, { text }: Redactor): Outcome {
  const { failure } = outcome;
  if (!failure) return outcome;
  const { message, hint } = failure;
  return { ...outcome, failure: { ...failure, message: text(message), hint: optional(hint, text) } };
}

/** Names that became the same are counted together. */
function addUp(counts: ReadonlyMap<string, number>, { text }: Redactor): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(text(name), (sums.get(text(name)) ?? 0) + count);
  return sums;
}

/** An address holds the names again, in an encoding that the rules cannot read. */
function keepLink(link: string | undefined, isSame: boolean, redactor: Redactor): { readonly link?: string } {
  return link !== undefined && isSame && isClean(link, redactor) ? { link } : {};
}

function isClean(link: string, { text }: Redactor): boolean {
  return text(link) === link;
}

function optional<From, To>(value: From | undefined, change: (value: From) => To): To | undefined {
  return value === undefined ? undefined : change(value);
}
