import type { CheckReport } from "../agent/check.ts";
import type { AgentEvent, Outcome, QuestionScope } from "../agent/events.ts";
import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import type { Model } from "../models/model.ts";
import { type Counts, describeCounts } from "../sanitize/sanitizer.ts";
import { isoInZone } from "../tools/render.ts";
import { describeCheck, describeCost, describeLedgers } from "../ui/answer-view.ts";
import { describeAddresses, listAddresses } from "../ui/console-view.ts";
import { escapeStarts, escapeText } from "../ui/markdown-parts.ts";
import { safeLines } from "../ui/styled.ts";
import { describeCall, describeProgress, describeReading } from "../ui/tool-view.ts";
import type { CommandContext } from "./command.ts";

/** Takes the events of one question and writes it in the format that was asked for. */
export interface AnswerWriter {
  take(event: AgentEvent): Promise<void>;
  /** Once it is known where the question is kept, if it is. */
  tellSession(session: string | undefined): Promise<void>;
  finish(end: QuestionEnd): Promise<void>;
}

/** What the events of a question do not tell. */
export interface QuestionEnd {
  readonly scope: QuestionScope;
  readonly redacted: Counts;
  /** The session that it is kept in; undefined where it is not. */
  readonly session: string | undefined;
}

/** What a question came to. */
export interface Finished {
  readonly answer: string;
  readonly report: CheckReport | undefined;
  /** Of every reading, also where no answer came of it. */
  readonly ledgers: readonly Ledger[];
  readonly outcome: Outcome | undefined;
  readonly notices: readonly string[];
}

/** The same while it is gathered from the events. */
interface Gathered extends Finished {
  question: string;
  answer: string;
  report: CheckReport | undefined;
  readonly ledgers: Ledger[];
  outcome: Outcome | undefined;
  readonly notices: string[];
  readonly tools: {
    call: string;
    tool: string;
    input: unknown;
    ref?: string;
    summary?: string;
    error?: string;
    ms: number;
  }[];
}

export function createAnswerWriter(app: App, context: CommandContext, model: Model): AnswerWriter {
  const { screen, shared } = context;
  const gathered: Gathered = {
    question: "",
    answer: "",
    report: undefined,
    ledgers: [],
    outcome: undefined,
    notices: [],
    tools: [],
  };
  return {
    async take(event) {
      gather(gathered, event);
      if (shared.format === "stream-json") return screen.json(event);
      if (shared.format !== "json") tell(screen, event);
    },
    async tellSession(session) {
      if (shared.format === "stream-json") await screen.json({ type: "session", session: session ?? null });
    },
    async finish(end) {
      screen.endProgress();
      const { session } = end;
      if (shared.format === "json") await screen.json(toJson(gathered, end, app, model));
      else if (shared.format !== "stream-json") await writeText(gathered, end, app, context, model);
      await tellFailure(gathered.outcome, screen);
      const found = gathered.answer !== "" || gathered.ledgers.length > 0;
      if (session !== undefined && found && !shared.format.endsWith("json"))
        screen.aside(`Session ${session}: go on with logai ask -c "..."`);
    },
  };
}

function gather(gathered: Gathered, event: AgentEvent): void {
  if (event.type === "question-start") gathered.question = event.question;
  else if (event.type === "notice") gathered.notices.push(event.text);
  else if (event.type === "tool-start") {
    gathered.tools.push({ call: event.call, tool: event.tool, input: event.input, ms: 0 });
  } else if (event.type === "answer-checked")
    Object.assign(gathered, { answer: event.answer, report: event.report });
  else if (event.type === "finish") gathered.outcome = event.outcome;
  else if (event.type === "tool-end" || event.type === "tool-failed") {
    if (event.type === "tool-end" && event.ledger && !event.repeated) gathered.ledgers.push(event.ledger);
    const call = gathered.tools.findLast((one) => one.call === event.call);
    if (call)
      Object.assign(
        call,
        event.type === "tool-end"
          ? { ref: event.ref, summary: event.summary, ms: event.ms }
          : { error: event.message, ms: event.ms },
      );
  }
}

/** What is going on, on stderr: a line for each reading of logs, and one that is redrawn. */
function tell(screen: CommandContext["screen"], event: AgentEvent): void {
  switch (event.type) {
    case "round-start":
      screen.progress("thinking");
      break;
    case "tool-start":
      screen.progress(describeCall(event.tool, event.input));
      break;
    case "tool-progress":
      screen.progress(describeProgress(event.progress));
      break;
    case "tool-end": {
      const line = describeReading(event);
      if (line) screen.aside(line);
      break;
    }
    case "tool-failed":
      // An interrupt fails them all, and is told once.
      if (event.code !== "interrupted") screen.aside(event.message);
      break;
    case "retry-wait":
      screen.note(
        `${event.reason} Trying again in ${(event.ms / 1000).toFixed(1)} s (try ${event.attempt + 1}); --offline needs no model.`,
      );
      break;
    case "text-delta":
      screen.progress("writing the answer");
      break;
    case "notice":
      screen.note(event.text);
      break;
    case "question-start":
    case "answer-checked":
    case "finish":
      break;
    default:
      event satisfies never;
  }
}

/** The answer with its ledger on stdout. Without an answer nothing is there to print, only what was read until then. */
async function writeText(
  gathered: Gathered,
  end: QuestionEnd,
  app: App,
  { screen, shared }: CommandContext,
  model: Model,
): Promise<void> {
  const { answer, report, ledgers, outcome } = gathered;
  const addresses = report ? listAddresses(report) : [];
  const footer = describeFooter(gathered, end, app, model);
  if (!answer) {
    if (ledgers.length > 0) for (const line of footer) screen.note(line);
    return;
  }
  const partial =
    outcome && outcome.reason !== "answered" ? "\n\n*Not complete: the answer was broken off here.*" : "";
  if (shared.format === "markdown") {
    const { rewriteMarkdown } = await import("../ui/rewrite-markdown.ts");
    const items = [...footer.map(escapeText).map(escapeStarts), ...describeAddresses(addresses)];
    const list = items.map((line) => `- ${line}`).join("\n");
    // Whole lines: what is cut out of one may be the end of its code or of an address.
    const whole = `${rewriteMarkdown(answer)}${partial}\n\n---\n\n${list}\n`;
    await screen.text(safeLines(whole, Number.POSITIVE_INFINITY));
  } else {
    await screen.markdown(answer + partial);
    await screen.footer(footer);
    await screen.addresses("Console:", addresses);
  }
}

/** The small print below an answer: what was looked at, whether it held, what it cost. */
export function describeFooter(
  { report, ledgers, outcome, notices }: Omit<Finished, "answer">,
  { scope, redacted }: Pick<QuestionEnd, "scope" | "redacted">,
  { loaded, zone }: Pick<App, "loaded" | "zone">,
  model: Pick<Model, "id">,
): string[] {
  const redactions = loaded.settings.sanitization.showSummary ? describeCounts(redacted) : "";
  return [
    ...describeLedgers(ledgers, scope, zone),
    ...notices,
    ...(report ? [describeCheck(report)] : []),
    ...(outcome ? [describeCost(outcome, model.id)] : []),
    ...(redactions ? [`🔒 PII Sanitization: ${redactions}`] : []),
  ];
}

/** Why there is no whole answer, on stderr in every format. */
async function tellFailure(outcome: Outcome | undefined, screen: CommandContext["screen"]): Promise<void> {
  if (!outcome?.failure) return;
  if (outcome.reason === "interrupted") return screen.note("Interrupted.");
  const { code, message, hint } = outcome.failure;
  await screen.failure(new Failure(code, message, hint === undefined ? {} : { hint }), undefined);
}

function toJson(gathered: Gathered, { scope, redacted, session }: QuestionEnd, app: App, model: Model) {
  const { question, answer, report, ledgers, outcome, notices, tools } = gathered;
  const iso = (ms: number) => isoInZone(ms, app.zone);
  return {
    question,
    session: session ?? null,
    answer,
    answered: outcome?.reason === "answered",
    model: { provider: model.provider, id: model.id },
    window: {
      start: iso(scope.window.start),
      end: iso(scope.window.end),
      zone: scope.zone,
      from: scope.from,
      words: scope.words ?? null,
    },
    citations: report?.citations ?? [],
    check: report
      ? { checked: report.checked, unverified: report.unverified, uncited: report.uncited }
      : null,
    ledger: ledgers.map(({ window, ...rest }) => ({
      ...rest,
      window: window && { start: iso(window.start), end: iso(window.end) },
    })),
    notices,
    tools: tools.map(({ call: _, ms, ...tool }) => ({ ...tool, ms: Math.round(ms) })),
    redacted,
    usage: outcome?.usage ?? null,
    cost: outcome?.cost ?? null,
    rounds: outcome?.rounds ?? 0,
    ms: Math.round(outcome?.ms ?? 0),
    error: outcome?.failure ?? null,
  };
}
