import type { CheckReport } from "../agent/check.ts";
import type { Outcome } from "../agent/events.ts";
import type { Ledger } from "../log/ledger.ts";
import type { SanitizeResult, Sanitizer } from "../sanitize/sanitizer.ts";
import { createRedactor, type Redactor, redactLedger, redactReport } from "../sessions/redact.ts";
import { keepDigest } from "../sessions/redact-reading.ts";
import type {
  Session,
  SessionCall,
  SessionPlace,
  SessionQuestion,
  SessionReading,
} from "../sessions/session.ts";

/**
 * The session with every text through the sanitiser: questions, answers, tool inputs and results, digests, ledgers,
 * events and names. References, numbers, times and the session's own id stay. An address of a vendor's console in
 * which something was found is left out.
 */
export function redactSession(session: Session, sanitizer: Sanitizer): Session {
  const redactor = createRedactor(remember(sanitizer));
  // Readings first: there an event is looked at among its neighbours.
  const questions = session.questions.map((question) => redactQuestion(question, redactor));
  const events = redactor.events([...session.events.values()]);
  return {
    ...session,
    place: redactPlace(session.place, redactor),
    questions,
    events: new Map([...session.events].map(([ref, event], at) => [ref, events[at] ?? event])),
  };
}

/** Texts up to this length, and so many of them, are looked at once. */
const SHORT = 4000;
const MOST_KNOWN = 100_000;

/** Names, lines and templates stand in many places of a session. */
function remember(sanitizer: Sanitizer): Sanitizer {
  const known = new Map<string, SanitizeResult>();
  return {
    sanitize(text) {
      const result = known.get(text) ?? sanitizer.sanitize(text);
      if (text.length <= SHORT && known.size < MOST_KNOWN) known.set(text, result);
      return result;
    },
  };
}

function redactPlace(place: SessionPlace, { text }: Redactor): SessionPlace {
  return {
    ...place,
    paths: place.paths.map(text),
    source: optional(place.source, text),
    profile: optional(place.profile, text),
    region: optional(place.region, text),
  };
}

function redactQuestion(question: SessionQuestion, redactor: Redactor): SessionQuestion {
  const { text } = redactor;
  const { place, scope, model, report, outcome } = question;
  return {
    ...question,
    text: text(question.text),
    // An account's name and number, which only the cache needs.
    owners: [],
    ...(place ? { place: redactPlace(place, redactor) } : {}),
    scope: { ...scope, words: optional(scope.words, text) },
    model: { provider: text(model.provider), id: text(model.id) },
    calls: question.calls.map((call) => redactCall(call, redactor)),
    answer: text(question.answer),
    report: optional(report, (one) => redactCheck(one, redactor)),
    ledgers: question.ledgers.map((ledger) => redactWhole(ledger, redactor)),
    notices: question.notices.map(text),
    outcome: optional(outcome, (one) => redactOutcome(one, redactor)),
  };
}

function redactCall(call: SessionCall, redactor: Redactor): SessionCall {
  const { text, json } = redactor;
  const { result } = call;
  const redacted = { ...call, id: text(call.id), tool: text(call.tool), input: json(call.input) };
  if ("message" in result) {
    const { message, hint } = result;
    return { ...redacted, result: { ...result, message: text(message), hint: optional(hint, text) } };
  }
  return {
    ...redacted,
    result: {
      ...result,
      summary: text(result.summary),
      data: json(result.data),
      ledger: optional(result.ledger, (ledger) => redactWhole(ledger, redactor)),
      readings: result.readings.map((reading) => redactReading(reading, redactor)),
    },
  };
}

function redactReading(reading: SessionReading, redactor: Redactor): SessionReading {
  const { text } = redactor;
  const { request } = reading;
  const newest = redactor.events(reading.newest);
  return {
    ...reading,
    source: text(reading.source),
    request: {
      ...request,
      group: text(request.group),
      filter: optional(request.filter, text),
      streamPrefix: optional(request.streamPrefix, text),
    },
    digest: keepDigest(reading.digest, redactor),
    newest,
    ledger: redactWhole(reading.ledger, redactor),
    samples: optional(
      reading.samples,
      (samples) => new Map([...samples].map(([template, sample]) => [text(template), text(sample)])),
    ),
  };
}

function redactCheck(report: CheckReport, redactor: Redactor): CheckReport {
  const redacted = redactReport(report, redactor);
  const citations = redacted.citations.map((citation) =>
    citation.kind === "result" ? { ...citation, tool: redactor.text(citation.tool) } : citation,
  );
  return { ...redacted, citations };
}

function redactWhole(ledger: Ledger, redactor: Redactor): Ledger {
  return { ...redactLedger(ledger, redactor), source: redactor.text(ledger.source) };
}

function redactOutcome(outcome: Outcome, { text }: Redactor): Outcome {
  const { failure } = outcome;
  if (!failure) return outcome;
  const { message, hint } = failure;
  return { ...outcome, failure: { ...failure, message: text(message), hint: optional(hint, text) } };
}

function optional<From, To>(value: From | undefined, change: (value: From) => To): To | undefined {
  return value === undefined ? undefined : change(value);
}
