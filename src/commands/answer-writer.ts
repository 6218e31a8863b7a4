import type { CheckReport } from "../agent/check.ts";
import type { AgentEvent, Outcome, QuestionScope } from "../agent/events.ts";
import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import type { Model } from "../models/model.ts";
import { type Counts, describeCounts } from "../sanitize/sanitizer.ts";
import { isoInZone } from "../tools/render.ts";
import { describeCheck, describeCost, describeLedgers } from "../ui/answer-view.ts";
import type { CommandContext } from "./command.ts";

/** Takes the events of one question and writes it in the format that was asked for. */
export interface AnswerWriter {
  take(event: AgentEvent): Promise<void>;
  finish(scope: QuestionScope, redacted: Counts): Promise<void>;
}

/** What a question came to, gathered from its events. */
interface Gathered {
  question: string;
  answer: string;
  report: CheckReport | undefined;
  ledgers: readonly Ledger[];
  outcome: Outcome | undefined;
  readonly notices: string[];
  readonly tools: {
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
    async finish(scope, redacted) {
      screen.endProgress();
      if (shared.format === "json") return screen.json(toJson(gathered, scope, redacted, app, model));
      if (shared.format === "stream-json") return;
      await writeText(gathered, scope, redacted, app, context, model);
    },
  };
}

function gather(gathered: Gathered, event: AgentEvent): void {
  if (event.type === "question-start") gathered.question = event.question;
  else if (event.type === "notice") gathered.notices.push(event.text);
  else if (event.type === "tool-start") gathered.tools.push({ tool: event.tool, input: event.input, ms: 0 });
  else if (event.type === "answer-checked")
    Object.assign(gathered, { answer: event.answer, report: event.report, ledgers: event.ledgers });
  else if (event.type === "finish") gathered.outcome = event.outcome;
  else if (event.type === "tool-end" || event.type === "tool-failed") {
    const call = gathered.tools.find((one) => one.tool === event.tool && one.ms === 0);
    if (call)
      Object.assign(
        call,
        event.type === "tool-end"
          ? { ref: event.ref, summary: event.summary, ms: event.ms }
          : { error: event.message, ms: event.ms },
      );
  }
}

/** What is going on, on stderr: a line for each tool call, and one that is redrawn. */
function tell(screen: CommandContext["screen"], event: AgentEvent): void {
  switch (event.type) {
    case "round-start":
      screen.progress("thinking");
      break;
    case "tool-start":
      screen.progress(`${event.tool} ${describeInput(event.input)}`);
      break;
    case "tool-progress":
      screen.progress(
        `${event.tool} ${event.progress.group}: ${event.progress.events.toLocaleString("en-US")} events`,
      );
      break;
    case "tool-end":
      screen.note(
        `${event.tool}: ${event.summary}${event.repeated ? " (as before)" : ""} [${event.ref}] ${Math.round(event.ms)} ms`,
      );
      break;
    case "tool-failed":
      screen.note(`${event.tool}: ${event.message}`);
      break;
    case "retry-wait":
      screen.note(
        `${event.reason} Retrying in ${(event.ms / 1000).toFixed(1)} s (try ${event.attempt + 1}).`,
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

function describeInput(
  input: AgentEvent & { type: "tool-start" } extends { input: infer Input } ? Input : never,
): string {
  return Object.values(input)
    .filter((value) => typeof value === "string")
    .slice(0, 1)
    .join(" ");
}

async function writeText(
  { answer, report, ledgers, outcome, notices }: Gathered,
  scope: QuestionScope,
  redacted: Counts,
  app: App,
  { screen, shared }: CommandContext,
  model: Model,
): Promise<void> {
  const partial =
    outcome && outcome.reason !== "answered" && answer
      ? "\n\n*Not complete: the answer was broken off here.*"
      : "";
  const ledger = describeLedgers(ledgers, scope, app.zone);
  const footer = [
    ...ledger,
    ...notices,
    ...(report ? [describeCheck(report)] : []),
    ...(outcome ? [describeCost(outcome, model.id)] : []),
  ];
  const redactions = describeCounts(redacted);
  if (redactions && app.loaded.settings.sanitization.showSummary)
    footer.push(`🔒 PII Sanitization: ${redactions}`);
  if (shared.format === "markdown") {
    await screen.text(`${answer}${partial}\n\n---\n\n${footer.map((line) => `- ${line}`).join("\n")}\n`);
  } else {
    if (answer) await screen.markdown(answer + partial);
    await screen.footer(footer);
  }
  if (outcome?.failure && outcome.reason !== "interrupted") {
    const { code, message, hint } = outcome.failure;
    await screen.failure(new Failure(code, message, hint === undefined ? {} : { hint }), undefined);
  }
}

function toJson(gathered: Gathered, scope: QuestionScope, redacted: Counts, app: App, model: Model) {
  const { question, answer, report, ledgers, outcome, notices, tools } = gathered;
  const iso = (ms: number) => isoInZone(ms, app.zone);
  return {
    question,
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
    tools,
    redacted,
    usage: outcome?.usage ?? null,
    cost: outcome?.cost ?? null,
    rounds: outcome?.rounds ?? 0,
    ms: Math.round(outcome?.ms ?? 0),
    error: outcome?.failure ?? null,
  };
}
