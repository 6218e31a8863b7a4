import type { TemplateSummary } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import type { Zone } from "../log/zone.ts";
import { describeCounts } from "../sanitize/sanitizer.ts";
import type { Session, SessionCall, SessionQuestion, SessionReading } from "../sessions/session.ts";
import { chooseTemplates, isSevere, writeOutConstants } from "../tools/render.ts";
import { describeCheck, describeCost, describeLedgers } from "../ui/answer-view.ts";
import { formatNoun } from "../ui/text-layout.ts";
import { chooseReadings, keyOfReading } from "./choose-readings.ts";
import { citedIn } from "./references.ts";
import { layOutTimeline, type Timeline } from "./timeline.ts";

/** What a document for people holds at most; it says what it leaves out, and JSON has all of it. */
const MOST = {
  questions: 50,
  charts: 12,
  templates: 200,
  templatesOfGroup: 8,
  lines: 500,
  calls: 100,
};
/** Characters of a line, cited or not, of a result and of a template. */
const CITED_CHARACTERS = 4000;
const LINE_CHARACTERS = 600;
const RESULT_CHARACTERS = 6000;
const TEMPLATE_CHARACTERS = 1000;

export interface Contents {
  readonly questions: readonly QuestionContents[];
  /** Lines that answers cite, and others that tools showed; each in the order of time. */
  readonly cited: readonly EvidenceLine[];
  readonly others: readonly EvidenceLine[];
  /** The references that have a place in the document. */
  readonly anchors: ReadonlySet<string>;
  /** The calls that are such a place. */
  readonly places: ReadonlyMap<SessionCall, string>;
  /** What is left out of all, a sentence each. */
  readonly left: readonly string[];
}

export interface QuestionContents {
  readonly question: SessionQuestion;
  readonly timeline: Timeline | undefined;
  readonly templates: readonly GroupTemplates[];
  /** The number of the question that has the timeline and the templates of the same logs. */
  readonly sameAs: number | undefined;
  readonly calls: readonly SessionCall[];
  /** As below an answer: the completeness ledger, notices, the check, the cost. */
  readonly footer: readonly string[];
  readonly left: readonly string[];
}

export interface GroupTemplates {
  readonly reading: SessionReading;
  /** Errors first, then warnings; the most frequent first. */
  readonly templates: readonly ShownTemplate[];
  /** Templates that are not shown, and the events of these. */
  readonly left: { readonly templates: number; readonly events: number };
}

export interface ShownTemplate {
  readonly template: TemplateSummary;
  /** With what a wildcard always stood for written out. */
  readonly text: string;
}

export interface EvidenceLine {
  readonly ref: string;
  readonly event: LogEvent;
  /** Its message, cut to what is bearable. */
  readonly text: string;
}

/**
 * Chooses what of a session is put into a document, so that its size is bounded whatever the session's.
 * @param clean is for texts that are only made here, of parts that were redacted one by one
 */
export function chooseContents(session: Session, zone: Zone, clean: (text: string) => string): Contents {
  const room = {
    clean,
    charts: MOST.charts,
    templates: MOST.templates,
    calls: MOST.calls,
  };
  const shown = new Map<string, number>();
  const questions = session.questions
    .slice(-MOST.questions)
    .map((question) => fillQuestion(question, room, shown, zone));
  const refs = new Set(questions.flatMap(({ question }) => [...citedIn(question)]));
  const { cited, others, left } = chooseLines(session, refs);
  const places = placeCalls(questions.flatMap(({ calls }) => calls));
  const hidden = session.questions.length - questions.length;
  return {
    questions,
    cited,
    others,
    anchors: new Set([...cited.map(({ ref }) => ref), ...places.values()]),
    places,
    left: [...(hidden > 0 ? [`The first ${formatNoun(hidden, "question")} of the session.`] : []), ...left],
  };
}

/** The first call of each result; those that were answered from it are no place of their own. */
function placeCalls(calls: readonly SessionCall[]): ReadonlyMap<SessionCall, string> {
  const places = new Map<SessionCall, string>();
  const taken = new Set<string>();
  for (const call of calls) {
    const ref = "ref" in call.result ? call.result.ref : "";
    if (!/^q\d{1,7}$/.test(ref) || taken.has(ref)) continue;
    taken.add(ref);
    places.set(call, ref);
  }
  return places;
}

interface Room {
  readonly clean: (text: string) => string;
  charts: number;
  templates: number;
  calls: number;
}

function fillQuestion(
  question: SessionQuestion,
  room: Room,
  shown: Map<string, number>,
  zone: Zone,
): QuestionContents {
  const chosen = chooseReadings(question);
  const fresh = chosen.filter((reading) => !shown.has(keyOfReading(reading)));
  const [known] = chosen.flatMap((reading) => shown.get(keyOfReading(reading)) ?? []);
  for (const reading of fresh) shown.set(keyOfReading(reading), question.number);
  const timeline = layOutTimeline(fresh, question.scope.window, room.charts);
  room.charts -= timeline?.charts.length ?? 0;
  const templates = chooseTemplatesOf(inOrder(fresh, timeline), room);
  const calls = question.calls.slice(0, room.calls);
  room.calls -= calls.length;
  const hidden = question.calls.length - calls.length;
  const noChart = timeline?.left ?? [];
  return {
    question,
    timeline: timeline?.charts.length === 0 ? undefined : timeline,
    templates,
    sameAs: fresh.length === 0 ? known : undefined,
    calls,
    footer: describeFooter(question, zone),
    left: [
      ...(noChart.length > 0 ? [`The charts of ${formatNoun(noChart.length, "more group")}.`] : []),
      ...(hidden > 0 ? [`${formatNoun(hidden, "more tool call")}.`] : []),
    ],
  };
}

/** As the charts are ordered; groups without one come last. */
function inOrder(
  readings: readonly SessionReading[],
  timeline: Timeline | undefined,
): readonly SessionReading[] {
  const order = timeline?.charts.map(({ source, group }) => JSON.stringify([source, group])) ?? [];
  const place = ({ source, request }: SessionReading) => {
    const at = order.indexOf(JSON.stringify([source, request.group]));
    return at < 0 ? order.length : at;
  };
  return readings.toSorted((a, b) => place(a) - place(b));
}

function chooseTemplatesOf(readings: readonly SessionReading[], room: Room): GroupTemplates[] {
  return readings.flatMap((reading) => {
    const { digest } = reading;
    const most = Math.min(MOST.templatesOfGroup, room.templates);
    const templates = chooseTemplates(digest, most).slice(0, most).sort(bySeverity);
    room.templates -= templates.length;
    if (templates.length === 0) return [];
    const shown = templates.map((template) => ({
      template,
      text: cutTo(room.clean(writeOutConstants(template)), TEMPLATE_CHARACTERS),
    }));
    const events = templates.reduce((sum, { count }) => sum + count, 0);
    const all = digest.templates.reduce((sum, { count }) => sum + count, digest.eventsOutsideTemplates);
    const left = { templates: digest.templates.length - templates.length, events: all - events };
    return [{ reading, templates: shown, left }];
  });
}

function bySeverity(a: TemplateSummary, b: TemplateSummary): number {
  const rank = (template: TemplateSummary) => (isSevere(template) ? 0 : template.level === "warn" ? 1 : 2);
  return rank(a) - rank(b) || b.count - a.count;
}

function describeFooter(question: SessionQuestion, zone: Zone): string[] {
  const { ledgers, scope, notices, report, outcome, model, redacted } = question;
  const redactions = describeCounts(redacted);
  return [
    ...describeLedgers(ledgers, scope, zone),
    ...notices,
    ...(report ? [describeCheck(report)] : []),
    ...(outcome ? [describeCost(outcome, model.id)] : []),
    ...(redactions ? [`Before anything went to the model: ${redactions}`] : []),
  ];
}

function chooseLines(
  session: Session,
  refs: ReadonlySet<string>,
): Pick<Contents, "cited" | "others" | "left"> {
  const all = [...session.events].map(([ref, event]) => ({
    ref,
    event,
    isCited: refs.has(ref) && /^e\d{1,7}$/.test(ref),
  }));
  const cited = all.filter(({ isCited }) => isCited).slice(0, MOST.lines);
  const others = all.filter(({ isCited }) => !isCited).slice(0, MOST.lines - cited.length);
  const hidden = all.length - cited.length - others.length;
  const cut = (most: number) => (line: (typeof all)[number]) => ({
    ...line,
    text: cutTo(line.event.message, most),
  });
  return {
    cited: cited.sort(byTime).map(cut(CITED_CHARACTERS)),
    others: others.sort(byTime).map(cut(LINE_CHARACTERS)),
    left: hidden > 0 ? [`${formatNoun(hidden, "more line")} that tools showed.`] : [],
  };
}

function byTime(a: { readonly event: LogEvent }, b: { readonly event: LogEvent }): number {
  const time = ({ event }: { readonly event: LogEvent }) => event.timestamp ?? Number.MAX_SAFE_INTEGER;
  return time(a) - time(b);
}

/** A result as the model was told it, cut to what is bearable. */
export function writeResult(data: unknown): string {
  return cutTo(writeJson(data), RESULT_CHARACTERS);
}

/** JSON for people: a list of numbers is one line. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2) ?? "";
  return text.replace(
    /\[\s+(?:-?[\d.e+-]{1,30}|null|true|false)(?:,\s+(?:-?[\d.e+-]{1,30}|null|true|false))*\s+\]/g,
    (list) => list.replace(/\s+/g, " "),
  );
}

/** At most so many characters, no half of a pair, and how many more there are. */
export function cutTo(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = (text.codePointAt(most - 1) ?? 0) > 0xffff ? most - 1 : most;
  return `${text.slice(0, end)}… (+${(text.length - end).toLocaleString("en-US")} characters)`;
}
