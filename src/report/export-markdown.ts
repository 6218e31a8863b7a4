import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import { createZone, type Zone } from "../log/zone.ts";
import type { Session, SessionCall } from "../sessions/session.ts";
import { codeBlock, codeSpan, escapeText, table } from "../ui/markdown-parts.ts";
import { rewriteMarkdown } from "../ui/rewrite-markdown.ts";
import { formatCount, formatNoun } from "../ui/text-layout.ts";
import { isoTime, shortTime } from "./clock.ts";
import {
  type Contents,
  chooseContents,
  cutTo,
  type GroupTemplates,
  type QuestionContents,
} from "./contents.ts";
import { redactSession } from "./redact-session.ts";
import { cleanerOf, type ReportOptions } from "./report-options.ts";
import { describeQuestion, titleOf } from "./words.ts";

const TEXT_CHARACTERS = 300;
/** Of the headings that an answer stands below. */
const HEADING_DEPTH = 2;

/** The session as Markdown for a ticket or a wiki: the same as the page says, with tables where that has charts. */
export function exportMarkdown(session: Session, options: ReportOptions): string {
  const shown = options.sanitizer ? redactSession(session, options.sanitizer) : session;
  const zone = createZone(shown.zone);
  const contents = chooseContents(shown, zone, cleanerOf(options));
  const parts = [
    `# ${escapeText(titleOf(shown))}`,
    `LogAI investigation ${codeSpan(shown.id)}`,
    writeFacts(shown, options, zone),
    ...contents.questions.flatMap((one) => writeQuestion(one, shown, zone)),
    ...writeEvidence(contents, zone),
    "---",
    ...(contents.left.length > 0 ? [`Left out for its length: ${escapeText(contents.left.join(" "))}`] : []),
    describeMaker(options, zone),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function writeFacts(session: Session, { sanitizer }: ReportOptions, zone: Zone): string {
  const [first] = session.questions;
  return list([
    ...(first ? [`Asked: ${formatInstant(Math.floor(first.askedAt / 1000) * 1000, zone)}`] : []),
    sanitizer
      ? "Privacy: personal data is redacted"
      : "Privacy: **personal data is NOT redacted**: keep this among those who may read the logs",
  ]);
}

function describeMaker({ sanitizer, now, version }: ReportOptions, zone: Zone): string {
  const made = formatInstant(Math.floor(now / 1000) * 1000, zone);
  const privacy = sanitizer ? "Personal data in it was redacted." : "Personal data in it was NOT redacted.";
  return `Made by LogAI ${escapeText(version)} on ${made}. ${privacy}`;
}

function writeQuestion(one: QuestionContents, session: Session, zone: Zone): string[] {
  const { question, footer, left } = one;
  const heading =
    session.questions.length === 1 ? "Answer" : `${question.number}. ${escapeText(question.text.trim())}`;
  return [
    `## ${heading}`,
    list(describeQuestion(question, session, zone).map(({ name, value }) => `${name}: ${escapeText(value)}`)),
    ...writeOutcome(one),
    ...writeTimeline(one, zone),
    ...writeTemplates(one, zone),
    "### What was looked at",
    list(footer.map(escapeText)),
    ...writeCalls(one),
    ...(left.length > 0 ? [`Left out here: ${escapeText(left.join(" "))}`] : []),
  ];
}

function writeOutcome({ question }: QuestionContents): string[] {
  const { answer, outcome } = question;
  const body = answer.trim() ? rewriteMarkdown(answer, HEADING_DEPTH) : "There is no answer.";
  if (outcome?.reason === "answered") return [body];
  const { message, hint } = outcome?.failure ?? {};
  const why = [message ?? "LogAI ended before the question did.", hint ?? ""].join(" ").trim();
  return [body, `**Not complete.** ${escapeText(why)}`];
}

function writeTimeline({ timeline, sameAs }: QuestionContents, zone: Zone): string[] {
  if (sameAs !== undefined)
    return [`Of the same logs as question ${sameAs}: its timeline and templates are there.`];
  if (!timeline) return [];
  const rows = timeline.charts.map(({ group, events, errors, warnings, onset }) => [
    onset ? `${shortTime(onset.at, timeline.axis, zone)}${onset.isNew ? "" : " (rise)"}` : "-",
    codeSpan(group),
    formatCount(events),
    formatCount(errors),
    formatCount(warnings),
  ]);
  return [
    "### Timeline",
    `${escapeText(formatWindow(timeline.axis, zone))}, in the order in which errors began.`,
    table(["Errors begin", "Group", "Events", "Errors", "Warnings"], rows, [2, 3, 4]),
  ];
}

function writeTemplates({ templates }: QuestionContents, zone: Zone): string[] {
  if (templates.length === 0) return [];
  return [
    "### What the logs say",
    "Events that say the same are counted together; `<*>` stands for what varied.",
    ...templates.flatMap((group) => writeGroup(group, zone)),
  ];
}

function writeGroup({ reading, templates, left }: GroupTemplates, zone: Zone): string[] {
  const { digest, request } = reading;
  const span = { start: digest.first ?? 0, end: (digest.last ?? 0) + 1 };
  const rows = templates.map(({ template, text }) => [
    formatCount(template.count),
    template.level ?? "-",
    timeOf(template.first, span, zone),
    timeOf(template.last, span, zone),
    codeSpan(cutTo(text, TEXT_CHARACTERS)),
  ]);
  const part =
    request.filter === undefined ? "" : `, only what matches ${codeSpan(cutTo(request.filter, 300))}`;
  const hidden = `${formatNoun(left.templates, "more template")}, with ${formatNoun(left.events, "event")}`;
  return [
    `#### ${codeSpan(request.group)}${part}`,
    table(["Events", "Level", "First", "Last", "Template"], rows, [0]),
    ...(left.templates > 0 || left.events > 0 ? [`Not shown: ${hidden}.`] : []),
  ];
}

function timeOf(ms: number | undefined, span: TimeRange, zone: Zone): string {
  return ms === undefined ? "-" : shortTime(ms, span, zone);
}

function writeCalls({ calls }: QuestionContents): string[] {
  if (calls.length === 0) return [];
  const rows = calls.map(({ tool, input, ms, result }) => [
    "ref" in result ? escapeText(result.ref) : "-",
    codeSpan(tool),
    codeSpan(cutTo(JSON.stringify(input), TEXT_CHARACTERS)),
    describeResult(result),
    `${formatCount(Math.round(ms))} ms`,
  ]);
  return ["### Tool calls", table(["Result", "Tool", "Asked", "Told", "Took"], rows, [4])];
}

function describeResult(result: SessionCall["result"]): string {
  return "ref" in result ? escapeText(result.summary) : `failed: ${escapeText(result.message)}`;
}

function writeEvidence({ cited }: Contents, zone: Zone): string[] {
  if (cited.length === 0) return [];
  const lines = cited.map(({ ref, event, text }) => {
    const { group, stream, level, timestamp } = event;
    const place = stream === group ? group : `${group} (${stream})`;
    return `[${ref}] ${isoTime(timestamp, zone) ?? "(no time)"} ${level ?? "-"} ${place} | ${text}`;
  });
  return [
    "## Evidence",
    "The lines that the answers rest on, in the order of time.",
    codeBlock(lines.join("\n")),
  ];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}
