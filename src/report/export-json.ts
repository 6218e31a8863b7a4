import { findErrorOnset } from "../analysis/onset.ts";
import type { Histogram, NumericSummary, TemplateSummary } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";
import { createZone, type Zone } from "../log/zone.ts";
import type {
  Session,
  SessionCall,
  SessionPlace,
  SessionQuestion,
  SessionReading,
} from "../sessions/session.ts";
import { toSafeJson } from "../ui/printer.ts";
import { isoTime } from "./clock.ts";
import { redactSession } from "./redact-session.ts";
import type { ReportOptions } from "./report-options.ts";

/** Grows when a member is renamed, removed or means something else; new members do not change it. */
const VERSION = 1;

/**
 * The session as JSON for programs, as docs/report.md describes it: everything that was asked, read, told and answered,
 * not cut. Times are ISO 8601 in the session's zone, durations milliseconds; what is not known is null. The raw events
 * that no tool showed are not in it.
 */
export function exportJson(session: Session, options: ReportOptions): string {
  const shown = options.sanitizer ? redactSession(session, options.sanitizer) : session;
  const zone = createZone(shown.zone);
  const document = {
    format: "logai-session",
    version: VERSION,
    made: {
      by: `LogAI ${options.version}`,
      at: isoTime(options.now, zone),
      redacted: options.sanitizer !== undefined,
    },
    id: shown.id,
    created: isoTime(shown.createdAt, zone),
    updated: isoTime(shown.updatedAt, zone),
    zone: shown.zone,
    questions: shown.questions.map((question) => ({
      ...writeQuestion(question, zone),
      place: writePlace(question.place ?? shown.place),
    })),
    events: [...shown.events].map(([ref, event]) => ({ ref, ...writeEvent(event, zone) })),
  };
  return `${toSafeJson(document, 2)}\n`;
}

function writeQuestion(question: SessionQuestion, zone: Zone) {
  const { scope, report, outcome } = question;
  const { citations = [], checked = 0, unverified = [], uncited = 0 } = report ?? {};
  return {
    number: question.number,
    text: question.text,
    asked: isoTime(question.askedAt, zone),
    window: {
      ...writeWindow(scope.window, zone),
      zone: scope.zone,
      from: scope.from,
      words: scope.words ?? null,
    },
    model: question.model,
    answered: outcome?.reason === "answered",
    answer: question.answer,
    check: report ? { checked, unverified, uncited } : null,
    citations,
    calls: question.calls.map((call) => writeCall(call, zone)),
    ledger: question.ledgers.map((ledger) => writeLedger(ledger, zone)),
    notices: question.notices,
    redacted: question.redacted,
    outcome: outcome
      ? {
          reason: outcome.reason,
          rounds: outcome.rounds,
          usage: outcome.usage,
          cost: outcome.cost ?? null,
          ms: Math.round(outcome.ms),
          error: outcome.failure ?? null,
        }
      : null,
  };
}

function writePlace({ paths, hadInput, isDemo, source, profile, region }: SessionPlace) {
  return {
    paths,
    input: hadInput,
    demo: isDemo,
    source: source ?? null,
    profile: profile ?? null,
    region: region ?? null,
  };
}

function writeCall({ round, tool, input, ms, result }: SessionCall, zone: Zone) {
  const call = { round, tool, input, ms: Math.round(ms) };
  if ("message" in result) {
    const { message, code = null, hint = null } = result;
    return { ...call, error: { message, code, hint } };
  }
  return {
    ...call,
    ref: result.ref,
    summary: result.summary,
    repeated: result.isRepeated,
    result: result.data,
    ledger: result.ledger ? writeLedger(result.ledger, zone) : null,
    readings: result.isRepeated ? [] : result.readings.map((reading) => writeReading(reading, zone)),
  };
}

function writeReading({ source, request, digest, ledger, templatesFrom }: SessionReading, zone: Zone) {
  const onset = findErrorOnset(digest);
  return {
    source,
    group: request.group,
    window: request.window ? writeWindow(request.window, zone) : null,
    filter: request.filter ?? null,
    streamPrefix: request.streamPrefix ?? null,
    events: digest.events,
    untimed: digest.untimed,
    first: isoTime(digest.first, zone),
    last: isoTime(digest.last, zone),
    levels: Object.fromEntries(digest.levels),
    streams: [...digest.streams].map(([stream, events]) => ({ stream, events })),
    histogram: digest.histogram ? writeHistogram(digest.histogram, zone) : null,
    errorOnset: onset ? { at: isoTime(onset.at, zone), new: onset.isNew } : null,
    templates: digest.templates.map((template) => writeTemplate(template, zone)),
    eventsOutsideTemplates: digest.eventsOutsideTemplates,
    templatesFrom: templatesFrom ?? null,
    numbers: digest.numbers.map((number) => writeNumber(number)),
    ledger: writeLedger(ledger, zone),
  };
}

function writeHistogram({ start, binMs, bins }: Histogram, zone: Zone) {
  return {
    start: isoTime(start, zone),
    binMs,
    total: bins.map(({ total }) => total),
    warnings: bins.map(({ warnings }) => warnings),
    errors: bins.map(({ errors }) => errors),
  };
}

function writeTemplate(
  { id, text, count, level, first, last, examples, parameters }: TemplateSummary,
  zone: Zone,
) {
  return {
    id,
    text,
    count,
    level: level ?? null,
    first: isoTime(first, zone),
    last: isoTime(last, zone),
    parameters,
    examples: examples.map((event) => writeEvent(event, zone)),
  };
}

function writeNumber({ name, count, min, max, mean, p50, p95, unit }: NumericSummary) {
  return { name, count, min, max, mean, p50, p95, unit: unit ?? null };
}

function writeEvent({ group, stream, timestamp, level, levelInferred, message }: LogEvent, zone: Zone) {
  return { group, stream, time: isoTime(timestamp, zone), level: level ?? null, levelInferred, message };
}

function writeLedger(ledger: Ledger, zone: Zone) {
  return { ...ledger, window: ledger.window ? writeWindow(ledger.window, zone) : null };
}

function writeWindow({ start, end }: TimeRange, zone: Zone) {
  return { start: isoTime(start, zone), end: isoTime(end, zone) };
}
