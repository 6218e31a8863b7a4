import { Failure } from "../failure.ts";
import { parseDuration } from "../log/time-duration.ts";
import { findSession } from "../sessions/find-session.ts";
import type { SessionSummary } from "../sessions/read-session.ts";
import type { Session } from "../sessions/session.ts";
import { isoInZone } from "../tools/render.ts";
import { describePlace, viewSessions } from "../ui/session-view.ts";
import { formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, ExitCode, RunCommand } from "./command.ts";
import { withSessions } from "./session-store.ts";
import { showSession } from "./show-session.ts";
import { listOf, textOf, wantsJson } from "./sources.ts";

type Options = Readonly<Record<string, unknown>>;

export const runSessions: RunCommand = async (context, [action = "list", words], options) => {
  const [id, ...more] = listOf(words);
  switch (action) {
    case "list":
      return list(context);
    case "show":
      return showSession(context, oneOf(action, id, more));
    case "resume":
      return resume(context, id, more);
    case "export": {
      const [file, ...rest] = more;
      const session = await readOne(context, oneOf(action, id, rest));
      const { exportSession } = await import("./export-session.ts");
      const { redact, force } = options;
      return exportSession(context, session, file, {
        as: textOf(options, "as"),
        redact: redact !== false,
        force: force === true,
      });
    }
    case "replay": {
      const session = await readOne(context, oneOf(action, id, more));
      const { replayOf } = await import("./replay-session.ts");
      return replayOf(context, session, { isFresh: options.fresh === true });
    }
    case "delete":
      return remove(context, listOf(words), options);
    default:
      throw new Failure("usage", `There is no 'sessions ${String(action)}'.`, {
        hint: "Use list, show, resume, export, replay or delete.",
      });
  }
};

/** @throws Failure "usage" where there is none, or several begin so */
async function readOne(context: CommandContext, word: string): Promise<Session> {
  return withSessions(context, (store) => {
    const found = store.read(findSession(store.list(), word).id);
    // Another process may have deleted it a moment ago.
    if (!found) throw new Failure("usage", `There is no session '${word}'.`);
    return found;
  });
}

/** @throws Failure "usage" */
function oneOf(action: string, id: string | undefined, more: readonly string[]): string {
  if (id !== undefined && more.length === 0) return id;
  throw new Failure("usage", `'sessions ${action}' takes the id of one session.`, {
    hint: "logai sessions lists them.",
  });
}

async function list(context: CommandContext): Promise<ExitCode> {
  const app = await context.openApp();
  const { screen } = context;
  const asJson = wantsJson(context);
  const sessions = await withSessions(context, (store) => store.list());
  if (asJson) {
    await screen.jsonLines(sessions.map((session) => toJson(session, (ms) => isoInZone(ms, app.zone))));
    return 0;
  }
  if (sessions.length === 0) {
    screen.note('No session is kept yet. Ask something: logai ask "what is wrong?" ./logs');
    return 0;
  }
  const { columns, rows } = viewSessions(
    sessions,
    app.zone,
    screen.isTerminal ? screen.columns : Number.POSITIVE_INFINITY,
  );
  await screen.table(columns, rows);
  return 0;
}

function toJson(session: SessionSummary, iso: (ms: number) => string) {
  const { id, createdAt, updatedAt, question, questions, place, sources, model, cost } = session;
  return {
    id,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    question,
    questions,
    logs: describePlace(place, sources),
    place,
    sources,
    model,
    cost: cost ?? null,
  };
}

/** With a question it is asked; else it is said how to. */
async function resume(
  context: CommandContext,
  id: string | undefined,
  [question, ...paths]: readonly string[],
): Promise<ExitCode> {
  const wanted = oneOf("resume", id, []);
  if (question !== undefined) {
    const { runAsk } = await import("./ask.ts");
    return runAsk({ ...context, shared: { ...context.shared, resume: wanted } }, [question, paths], {});
  }
  const found = await withSessions(context, (store) => findSession(store.list(), wanted));
  await context.screen.line(`logai ask --resume ${found.id} "..."`);
  return 0;
}

async function remove(
  context: CommandContext,
  words: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const { screen } = context;
  const asJson = wantsJson(context);
  return withSessions(context, async (store) => {
    const chosen = chooseSessions(store.list(), words, options);
    if (chosen.length > 1 && !(await mayDelete(chosen, context))) {
      screen.note("Nothing was deleted.");
      return 1;
    }
    store.delete(chosen.map(({ id }) => id));
    if (asJson) await screen.json({ deleted: chosen.map(({ id }) => id) });
    else if (chosen.length === 0) screen.note("There is none to delete.");
    else await screen.line(`Deleted ${formatNoun(chosen.length, "session")}: ${nameSome(chosen)}`);
    return 0;
  });
}

/** @throws Failure "usage" */
function chooseSessions(
  all: readonly SessionSummary[],
  words: readonly string[],
  options: Options,
): readonly SessionSummary[] {
  const olderThan = textOf(options, "olderThan");
  const ways = [words.length > 0, options.all === true, olderThan !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    throw new Failure(
      "usage",
      "'sessions delete' takes ids, --all, or --older-than with a time such as 30d.",
      {
        hint: "logai sessions lists the ids.",
      },
    );
  }
  if (options.all === true) return all;
  if (olderThan === undefined) return [...new Set(words.map((word) => findSession(all, word)))];
  const span = parseDuration(olderThan);
  if (span === undefined) {
    throw new Failure("usage", `--older-than takes a time such as 30d or 12h, not '${olderThan}'.`);
  }
  return all.filter(({ updatedAt }) => updatedAt < Date.now() - span);
}

/** Without a terminal there is nobody to ask. */
async function mayDelete(
  chosen: readonly SessionSummary[],
  { shared, confirm }: CommandContext,
): Promise<boolean> {
  if (shared.yes || !confirm) return true;
  return confirm(`Delete ${formatNoun(chosen.length, "session")} (${nameSome(chosen)})?`);
}

const MOST_NAMED = 10;

function nameSome(sessions: readonly SessionSummary[]): string {
  const ids = sessions.slice(0, MOST_NAMED).map(({ id }) => id);
  const rest = sessions.length - ids.length;
  return `${ids.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
