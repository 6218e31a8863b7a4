import type { AgentEvent, Outcome } from "../agent/events.ts";
import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { Model } from "../models/model.ts";
import { type Counts, maxCounts } from "../sanitize/sanitizer.ts";
import type { Session, SessionPlace } from "../sessions/session.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import { safeLines } from "../ui/styled.ts";
import { createAnswerWriter } from "./answer-writer.ts";
import type { CommandContext, ExitCode } from "./command.ts";
import { exitCodeOf, isUnreadable } from "./exit-code.ts";
import { keepQuestion } from "./keep-question.ts";
import { scanBudgetOf } from "./scan-budget.ts";

export interface Question {
  readonly text: string;
  readonly directory: SourceDirectory;
  readonly place: SessionPlace;
  /** The session that it goes on with. */
  readonly earlier: Session | undefined;
  readonly showEgress: boolean;
}

/** Answers one question and writes what the format asks for; the exit code says whether it was answered. */
export async function answer(app: App, context: CommandContext, question: Question): Promise<ExitCode> {
  const redacted: { counts: Counts } = { counts: {} };
  const model = await chooseModel(app, context, question, redacted);
  const [{ answerQuestion }, { resolveScope }, { toolsFor }] = await Promise.all([
    import("../agent/loop.ts"),
    import("../agent/scope.ts"),
    import("../tools/toolbox.ts"),
  ]);
  const { zone, now } = app;
  const { since, until } = context.shared;
  const { directory, text } = question;
  const { signal } = context;
  const earlier = question.earlier?.questions.at(-1)?.scope;
  const asked = { question: text, since, until, earlier, directory };
  const scope = await resolveScope({ ...asked, now: now(), zone, signal });
  const scans = scanBudgetOf(app, context);
  const writer = createAnswerWriter(app, context, model);
  const kept = await keepQuestion(app, context, { ...question, redacted: () => redacted.counts });
  const { maxRounds, maxTokens, maxCost, maxSeconds } = app.loaded.settings.budget;
  const events = answerQuestion({
    question: text,
    scope,
    model,
    tools: toolsFor(directory.sources),
    directory,
    evidence: kept.evidence,
    history: kept.history,
    sanitizer: await app.sanitizer(),
    zone,
    now,
    clock: context.clock,
    budget: { rounds: maxRounds, tokens: maxTokens, cost: maxCost, seconds: maxSeconds },
    scans,
    signal,
  });
  let outcome: Outcome | undefined;
  const seen: Seen = { logs: 0, beside: 0, refusedLogs: 0, refusedBeside: 0, unpaid: 0 };
  try {
    for await (const event of events) {
      logEvent(app, event);
      if (event.type === "finish") outcome = event.outcome;
      countSeen(event, seen);
      kept.take(event);
      await writer.take(event);
      if (event.type === "question-start") await writer.tellSession(kept.session);
    }
    await writer.finish({ scope, redacted: redacted.counts, session: kept.session });
    // Nobody is to wait for it: who reads may have to be asked.
    await kept.end();
  } finally {
    kept.close();
  }
  if (app.loaded.settings.sanitization.logRedactions) app.log.info("redacted", { ...redacted.counts });
  if (outcome?.failure) return exitCodeOf(outcome.failure.code);
  // The answer had to do without what a scan would have told.
  if (seen.unpaid > 0) return 4;
  return outcome?.reason === "answered" && !isBlind(seen) ? 0 : 1;
}

/** What an answer could rest on, and what was refused to it: logs, and alarms and metrics beside them. */
interface Seen {
  logs: number;
  beside: number;
  refusedLogs: number;
  refusedBeside: number;
  /** Calls that failed because their budget refused a scan. */
  unpaid: number;
}

/** Their results have no ledger, for they read no log. */
const BESIDE_LOGS = new Set(["list_alarms", "get_metric"]);

function countSeen(event: AgentEvent, seen: Seen): void {
  if (event.type === "tool-end") {
    if (event.ledger) seen.logs += 1;
    else if (BESIDE_LOGS.has(event.tool)) seen.beside += 1;
  } else if (event.type === "tool-failed" && event.code === "budget") {
    seen.unpaid += 1;
  } else if (event.type === "tool-failed" && isUnreadable(event.code)) {
    // To list groups reads none of them: an answer from alarms can do without.
    if (BESIDE_LOGS.has(event.tool) || event.tool === "list_log_groups") seen.refusedBeside += 1;
    else seen.refusedLogs += 1;
  }
}

/** Words about logs of which none could be read are no answer, but an answer from alarms alone is one. */
function isBlind({ logs, beside, refusedLogs, refusedBeside }: Seen): boolean {
  if (logs > 0) return false;
  return refusedLogs > 0 || (refusedBeside > 0 && beside === 0);
}

/** @throws Failure "usage" */
export function refuseEmpty(text: string): void {
  if (text.trim() !== "") return;
  throw new Failure("usage", "The question is empty.", {
    hint: 'Ask something: logai ask "what is wrong?" ./logs',
  });
}

async function chooseModel(
  app: App,
  { screen }: CommandContext,
  question: Question,
  redacted: { counts: Counts },
): Promise<Model> {
  const { llm, anthropic } = app.loaded.settings;
  const noKey = llm.provider === "anthropic" && !anthropic.apiKey;
  if (noKey) screen.note("No ANTHROPIC_API_KEY is set: the built-in offline analyst answers.");
  return app.openModel({
    offline: noKey,
    onRedacted: (counts) => {
      // Each call of the model carries the whole conversation: the fullest one counts, not their sum.
      redacted.counts = maxCounts(redacted.counts, counts);
    },
    ...(question.showEgress
      ? {
          onEgress: ({ transport, target, body, sent }) =>
            screen.error(
              safeLines(
                `--- egress (${transport}${sent ? "" : ", STOPPED"}) to ${target}, ${Buffer.byteLength(body)} bytes\n${body}`,
                Number.POSITIVE_INFINITY,
              ),
            ),
        }
      : {}),
  });
}

/** Calls and counts only: never a question's or an event's text. */
function logEvent({ log }: App, event: AgentEvent): void {
  if (event.type === "tool-end")
    log.debug("tool", { tool: event.tool, ms: Math.round(event.ms), summary: event.summary });
  if (event.type === "tool-failed") log.warn("tool failed", { tool: event.tool, code: event.code });
  if (event.type === "finish")
    log.info("question", {
      reason: event.outcome.reason,
      rounds: event.outcome.rounds,
      ms: Math.round(event.outcome.ms),
    });
}
