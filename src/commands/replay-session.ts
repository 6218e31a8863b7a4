import type { App } from "../app.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { ReplayEvent } from "../sessions/replay.ts";
import type { Session } from "../sessions/session.ts";
import {
  describeReplay,
  describeReplayedCall,
  describeStanding,
  type ReplayTally,
} from "../ui/replay-view.ts";
import { describeProgress } from "../ui/tool-view.ts";
import type { CommandContext, ExitCode } from "./command.ts";
import { openPlace } from "./place.ts";
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
  const tally: ReplayTally = { same: 0, different: 0, notRun: 0 };
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

async function openReplay(context: CommandContext, session: Session, isFresh: boolean) {
  const { screen, signal } = context;
  const owners = session.questions.flatMap((question) => question.owners);
  const known = [...new Map(owners.map((owner) => [JSON.stringify(owner), owner])).values()];
  const { app, directory, place } = await openPlace(context, session.place, isFresh ? undefined : known);
  const [{ replaySession }, { createRedactor }, { RESULT_TOKENS }, { TOOLS }] = await Promise.all([
    import("../sessions/replay.ts"),
    import("../sessions/redact.ts"),
    import("../agent/loop.ts"),
    import("../tools/toolbox.ts"),
  ]);
  const events = replaySession({
    session,
    directory,
    place,
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

function count(event: ReplayEvent, tally: ReplayTally): void {
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
      for (const line of describeReplayedCall(event.call, event.outcome)) await screen.line(line);
      break;
    case "answer":
      await screen.footer(describeStanding(event.question.report, event.report));
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
      const { checked, unverified, uncited } = event.report;
      last.check = { checked, unverified, uncited };
    }
  }
  return { session: session.id, fresh: isFresh, ...tally, questions };
}
