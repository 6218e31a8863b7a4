import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import { findSession } from "../sessions/find-session.ts";
import type { Session, SessionQuestion } from "../sessions/session.ts";
import { isoInZone } from "../tools/render.ts";
import { describeKeptCall, describePlace } from "../ui/session-view.ts";
import { describeFooter } from "./answer-writer.ts";
import type { CommandContext, ExitCode } from "./command.ts";
import { withSessions } from "./session-store.ts";
import { wantsJson } from "./sources.ts";

/** The questions of a session, how they were answered and what of. */
export async function showSession(context: CommandContext, word: string): Promise<ExitCode> {
  const app = await context.openApp();
  const { screen } = context;
  const asJson = wantsJson(context);
  const session = await withSessions(context, (store) => store.read(findSession(store.list(), word).id));
  if (!session) throw new Failure("usage", `There is no session '${word}'.`);
  if (asJson) {
    await screen.json(toJson(session, (ms) => isoInZone(ms, app.zone)));
    return 0;
  }
  await screen.heading(`Session ${session.id}`);
  await screen.footer([
    `Logs: ${describePlace(session.place, sourcesOf(session))}`,
    `Begun ${formatInstant(inSeconds(session.createdAt), app.zone)}, last asked ${formatInstant(inSeconds(session.updatedAt), app.zone)}`,
  ]);
  for (const question of session.questions) await showQuestion(question, app, context);
  screen.aside(`Go on with it: logai ask --resume ${session.id} "..."`);
  return 0;
}

async function showQuestion(question: SessionQuestion, app: App, { screen }: CommandContext): Promise<void> {
  const { number, text, askedAt, scope, calls, answer, model } = question;
  await screen.line();
  await screen.heading(`${number}. ${text}`);
  await screen.footer([
    `Asked at ${formatInstant(inSeconds(askedAt), app.zone)} about ${formatWindow(scope.window, app.zone)}`,
    ...calls.map(describeKeptCall),
  ]);
  await screen.line();
  const missing = whyNoAnswer(question);
  if (answer) await screen.markdown(answer);
  if (missing) await screen.markdown(`*${missing}*`);
  await screen.footer(describeFooter(question, question, app, model));
}

/** Undefined for a whole answer. */
function whyNoAnswer({ outcome, answer }: SessionQuestion): string | undefined {
  if (outcome?.reason === "answered") return undefined;
  const what = answer ? "Not complete: the answer was broken off here." : "There is no answer.";
  return `${what} ${outcome?.failure?.message ?? "The program ended before it."}`;
}

function sourcesOf({ questions }: Session): readonly string[] {
  return [...new Set(questions.flatMap(({ ledgers }) => ledgers.map(({ source }) => source)))];
}

function inSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function toJson(
  { id, createdAt, updatedAt, zone, place, questions, events }: Session,
  iso: (ms: number) => string,
) {
  return {
    id,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    zone,
    place,
    questions: questions.map(({ number, text, askedAt, scope, model, calls, answer, ...rest }) => {
      const { report, ledgers, notices, redacted, outcome } = rest;
      return {
        number,
        question: text,
        askedAt: iso(askedAt),
        window: {
          start: iso(scope.window.start),
          end: iso(scope.window.end),
          zone: scope.zone,
          from: scope.from,
        },
        model,
        answer,
        answered: outcome?.reason === "answered",
        citations: report?.citations ?? [],
        check: report
          ? { checked: report.checked, unverified: report.unverified, uncited: report.uncited }
          : null,
        tools: calls.map(({ tool, input, ms, result }) => ({
          tool,
          input,
          ms: Math.round(ms),
          ...("ref" in result ? { ref: result.ref, summary: result.summary } : { error: result.message }),
        })),
        ledger: ledgers.map(({ window, ...more }) => ({
          ...more,
          window: window && { start: iso(window.start), end: iso(window.end) },
        })),
        notices,
        redacted,
        cost: outcome?.cost ?? null,
        error: outcome
          ? (outcome.failure ?? null)
          : { code: "interrupted", message: "The program ended before the answer." },
      };
    }),
    events: [...events].map(([ref, event]) => ({
      ref,
      group: event.group,
      stream: event.stream,
      timestamp: event.timestamp === undefined ? null : iso(event.timestamp),
      level: event.level ?? null,
      text: event.message,
    })),
  };
}
