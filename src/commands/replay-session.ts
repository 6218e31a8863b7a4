import type { App } from "../app.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { ReplayEvent } from "../sessions/replay.ts";
import type { Session, SessionQuestion } from "../sessions/session.ts";
import {
  describeReplay,
  describeReplayedCall,
  describeStanding,
  type ReplayTally,
} from "../ui/replay-view.ts";
import { describeProgress } from "../ui/tool-view.ts";
import type { CommandContext, ExitCode } from "./command.ts";
import { type Logs, openPlace } from "./place.ts";
import { scanBudgetOf } from "./scan-budget.ts";
import { wantsJson } from "./sources.ts";

/**
 * Runs the tool calls of a session again and tells where their results differ: over local logs and what the cache holds, or
 * with `isFresh` over the sources themselves. Exit code 1 where nothing could be run again.
 */
export async function replayOf(
  context: CommandContext,
  session: Session,
  { isFresh }: { readonly isFresh: boolean },
): Promise<ExitCode> {
  const asJson = wantsJson(context);
  const { app, events } = await openReplay(context, session, isFresh);
  const { screen } = context;
  const tally: ReplayTally = { same: 0, different: 0, notRun: 0, lostAnswers: 0 };
  const all: ReplayEvent[] = [];
  if (!asJson) await screen.heading(`Session ${session.id}, ${isFresh ? "run again" : "replayed offline"}`);
  for await (const event of events) {
    count(event, tally);
    if (asJson) all.push(event);
    else await tell(event, app, context);
  }
  screen.endProgress();
  if (asJson) await screen.json(toJson(session, isFresh, all, tally));
  else await screen.footer(describeReplay(tally, isFresh));
  return tally.same + tally.different === 0 && tally.notRun > 0 ? 1 : 0;
}

async function openReplay(asked: CommandContext, session: Session, isFresh: boolean) {
  // What was read of the sources then would answer for them.
  const context = isFresh ? withoutCache(asked) : asked;
  const { screen, signal } = context;
  const [{ replaySession }, { createRedactor }, { RESULT_TOKENS }, { TOOLS }] = await Promise.all([
    import("../sessions/replay.ts"),
    import("../sessions/redact.ts"),
    import("../agent/loop.ts"),
    import("../tools/toolbox.ts"),
  ]);
  const open = openOnce(context, session, isFresh);
  const [first] = session.questions;
  const app = first ? (await open(first)).app : await context.openApp();
  const events = replaySession({
    session,
    open: async (question) => (await open(question)).directory,
    tools: TOOLS,
    redactor: createRedactor(),
    sanitizer: await app.sanitizer(),
    zone: app.zone,
    resultTokens: RESULT_TOKENS,
    ...(isFresh ? { scans: scanBudgetOf(app, context) } : {}),
    signal,
    report: (progress) => screen.progress(describeProgress(progress)),
  });
  return { app, events };
}

function withoutCache(context: CommandContext): CommandContext {
  return { ...context, openApp: (flags) => context.openApp({ ...flags, cache: false }) };
}

/** The logs of each question, those of one place once. */
function openOnce(context: CommandContext, session: Session, isFresh: boolean) {
  const opened = new Map<string, Promise<Logs>>();
  // Of a question that was broken off it is not known as whom its sources were read: as for the others.
  const all = new Map(
    session.questions.flatMap(({ owners }) => owners.map((owner) => [owner.source, owner] as const)),
  );
  return (question: SessionQuestion): Promise<Logs> => {
    const place = question.place ?? session.place;
    const owners = question.owners.length > 0 ? question.owners : [...all.values()];
    const key = JSON.stringify([place, isFresh ? [] : owners]);
    const logs = opened.get(key) ?? openPlace(context, place, isFresh ? undefined : owners);
    opened.set(key, logs);
    return logs;
  };
}

function count(event: ReplayEvent, tally: ReplayTally): void {
  if (event.type === "answer" && event.standing.lost.length > 0) tally.lostAnswers += 1;
  if (event.type !== "call") return;
  if (event.outcome.kind === "same") tally.same += 1;
  else if (event.outcome.kind === "different") tally.different += 1;
  else tally.notRun += 1;
}

async function tell(event: ReplayEvent, { zone }: App, { screen }: CommandContext): Promise<void> {
  screen.endProgress();
  switch (event.type) {
    case "question": {
      const { number, text, askedAt, scope } = event.question;
      await screen.line();
      await screen.heading(`${number}. ${text}`);
      const at = formatInstant(Math.floor(askedAt / 1000) * 1000, zone);
      await screen.footer([`Asked at ${at} about ${formatWindow(scope.window, zone)}`]);
      break;
    }
    case "call":
      await screen.lines(
        describeReplayedCall(
          event.call,
          event.outcome,
          screen.isTerminal ? screen.columns : Number.POSITIVE_INFINITY,
        ),
      );
      break;
    case "answer":
      await screen.footer(describeStanding(event.standing));
      break;
    default:
      event satisfies never;
  }
}

function toJson(session: Session, isFresh: boolean, events: readonly ReplayEvent[], tally: ReplayTally) {
  const questions: { number: number; question: string; tools: object[]; check: object | null }[] = [];
  for (const event of events) {
    const last = questions.at(-1);
    if (event.type === "question") {
      const { number, text } = event.question;
      questions.push({ number, question: text, tools: [], check: null });
    } else if (event.type === "call") {
      const { tool, input, result } = event.call;
      const { kind: outcome, ...rest } = event.outcome;
      last?.tools.push({ ...("ref" in result ? { ref: result.ref } : {}), tool, input, outcome, ...rest });
    } else if (last) {
      const { report, lost, changed, asKept } = event.standing;
      const { checked, unverified, uncited } = report;
      last.check = { holds: lost.length === 0, checked, lost, unverified, uncited, changed, asKept };
    }
  }
  return { session: session.id, fresh: isFresh, ...tally, questions };
}
