import { findPaths } from "../config/paths.ts";
import { DatabaseFault } from "../database.ts";
import { Failure } from "../failure.ts";
import { formatDuration } from "../log/time-duration.ts";
import type { Session } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/store.ts";
import { styled } from "../ui/styled.ts";
import { cutEnd } from "../ui/text-layout.ts";
import type { CommandContext } from "./command.ts";

/** @throws Failure where the file of sessions cannot be used */
export async function openSessionStore({
  env,
  home,
  screen,
}: Pick<CommandContext, "env" | "home" | "screen">): Promise<SessionStore> {
  const [{ openSessions }, { pid, kill }] = await Promise.all([
    import("../sessions/open-sessions.ts"),
    import("node:process"),
  ]);
  return openSessions({
    path: findPaths(env, home).sessionsFile,
    onWarning: (text) => screen.note(text),
    process: pid,
    isRunning: (other) => isRunning(other, kill),
  });
}

/** Signal 0 is sent to nobody; who may not send it is told so, of a process that is there. */
function isRunning(process: number, kill: (pid: number, signal: number) => unknown): boolean {
  try {
    kill(process, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Opens the store for a piece of work; what is wrong with its file is told as a Failure. */
export async function withSessions<T>(
  context: Pick<CommandContext, "env" | "home" | "screen">,
  work: (store: SessionStore) => T | Promise<T>,
): Promise<T> {
  const store = await openSessionStore(context);
  try {
    return await work(store);
  } catch (error) {
    if (!(error instanceof DatabaseFault)) throw error;
    const { failureOf } = await import("../sessions/open-sessions.ts");
    throw failureOf(error);
  } finally {
    store.close();
  }
}

const QUESTION_COLUMNS = 60;

/**
 * The session that a question is to go on with, where the command line says so: the newest, or the one of `--resume`.
 * @throws Failure "usage" where there is none
 */
export async function findEarlier(
  context: CommandContext,
  { isDemo }: { readonly isDemo: boolean },
): Promise<Session | undefined> {
  const { resume, continue: goesOn } = context.shared;
  if (resume === undefined && !goesOn) return undefined;
  if (resume !== undefined && goesOn) {
    throw new Failure("usage", "--continue and --resume name two sessions.", { hint: "Give one of them." });
  }
  const { findSession } = await import("../sessions/find-session.ts");
  const session = await withSessions(context, (store) => {
    const all = store.list();
    const newest = isDemo ? all.find(({ place }) => place.isDemo) : all[0];
    const found = resume === undefined ? newest : findSession(all, resume);
    if (!found) throw noSession(isDemo);
    if (isDemo && !found.place.isDemo) throw notTheDemo(found.id);
    return store.read(found.id);
  });
  if (!session) throw noSession(isDemo);
  tell(session, context);
  return session;
}

function tell({ id, updatedAt, questions }: Session, { screen }: CommandContext): void {
  const age = formatDuration(Math.max(1000, Math.floor((Date.now() - updatedAt) / 1000) * 1000));
  const question = cutEnd(questions[0]?.text ?? "", QUESTION_COLUMNS);
  screen.note(styled`Going on with session ${id} (${age} ago): ${question}`);
}

function noSession(isDemo: boolean): Failure {
  return new Failure("usage", `There is no session ${isDemo ? "of the demo " : ""}to go on with.`, {
    hint: isDemo ? "Ask first: logai demo" : 'Ask first: logai ask "what is wrong?" ./logs',
  });
}

function notTheDemo(id: string): Failure {
  return new Failure("usage", `Session ${id} is not about the demo.`, {
    hint: `Go on with it: logai ask --resume ${id} "..."`,
  });
}
