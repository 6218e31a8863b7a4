import type { ModelMessage } from "ai";
import type { AgentEvent } from "../agent/events.ts";
import type { App } from "../app.ts";
import type { CacheOwner } from "../cache/cache.ts";
import { DatabaseFault } from "../database.ts";
import { Failure, messageOf } from "../failure.ts";
import type { Counts } from "../sanitize/sanitizer.ts";
import type { Recorder } from "../sessions/recorder.ts";
import type { Session, SessionPlace } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/store.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { Evidence } from "../tools/evidence.ts";
import type { CommandContext } from "./command.ts";
import { openSessionStore } from "./session-store.ts";

export interface KeptQuestionOptions {
  readonly directory: SourceDirectory;
  readonly place: SessionPlace;
  readonly earlier: Session | undefined;
  /** What was replaced in what went to the model, so far. */
  readonly redacted: () => Counts;
}

/** A question with what it goes on from, and its place among the kept sessions. */
export interface KeptQuestion {
  readonly evidence: Evidence;
  readonly history: readonly ModelMessage[];
  /** The session that it is kept in; undefined where it is not kept. */
  readonly session: string | undefined;
  take(event: AgentEvent): void;
  /** Once all is told. */
  end(): Promise<void>;
  close(): void;
}

/** Whatever is wrong with the file of sessions is told once, and the question is answered all the same. */
export async function keepQuestion(
  app: App,
  context: CommandContext,
  options: KeptQuestionOptions,
): Promise<KeptQuestion> {
  const { earlier, directory, place } = options;
  const { createEvidence } = await import("../tools/evidence.ts");
  const past = earlier && (await recall(earlier, directory, place));
  const evidence = createEvidence(past?.evidence);
  const store = app.loaded.settings.sessions.enabled ? await openStore(app, context, !earlier) : undefined;
  const recorder = store && (await openRecorder(store, evidence, app, context, options));
  return {
    evidence,
    history: past?.history ?? [],
    get session() {
      return recorder?.key?.session;
    },
    take(event) {
      recorder?.take(event);
      if (event.type === "question-start" && recorder?.key?.isCopy && earlier)
        context.screen.note(
          `Session ${earlier.id} is being gone on with elsewhere: this question goes into a copy of it, ${recorder.key.session}.`,
        );
    },
    end: async () => recorder?.identify(await ownersOf(directory, context.signal)),
    close: () => store?.close(),
  };
}

/** Of the sources that can be told apart so; by now they know it themselves. */
async function ownersOf({ sources }: SourceDirectory, signal: AbortSignal): Promise<readonly CacheOwner[]> {
  const owners = await Promise.all(
    sources.map(async (source) => {
      try {
        const identity = await source.identify?.(signal);
        return identity ? [{ source: source.name, ...identity }] : [];
      } catch (error) {
        if (error instanceof Failure) return [];
        throw error;
      }
    }),
  );
  return owners.flat();
}

async function recall(earlier: Session, directory: SourceDirectory, place: SessionPlace) {
  const [{ restoreEvidence }, { historyOf }] = await Promise.all([
    import("../sessions/restore.ts"),
    import("../sessions/history.ts"),
  ]);
  return {
    evidence: restoreEvidence(earlier, { directory, place }),
    history: historyOf(earlier),
  };
}

async function openStore(
  app: App,
  context: CommandContext,
  isNew: boolean,
): Promise<SessionStore | undefined> {
  let store: SessionStore | undefined;
  try {
    store = await openSessionStore(context);
    const { deleteOld } = await import("../sessions/store.ts");
    if (isNew) deleteOld(store, app.loaded.settings.sessions.keepDays, Date.now());
    return store;
  } catch (error) {
    store?.close();
    if (!(error instanceof Failure || error instanceof DatabaseFault)) throw error;
    context.screen.note(`${messageOf(error).replace(/\.$/, "")}. This question is not kept.`);
    return undefined;
  }
}

async function openRecorder(
  store: SessionStore,
  evidence: Evidence,
  { zone, now, log }: App,
  { screen }: CommandContext,
  { earlier, place, redacted }: KeptQuestionOptions,
): Promise<Recorder> {
  const [{ createRecorder }, { createRedactor }] = await Promise.all([
    import("../sessions/recorder.ts"),
    import("../sessions/redact.ts"),
  ]);
  return createRecorder({
    store,
    redactor: createRedactor(),
    evidence,
    earlier: earlier && { id: earlier.id, questions: earlier.questions.length },
    zone: zone.name,
    place,
    now,
    redacted,
    onWarning: (text) => screen.note(text),
    onBug: (error) =>
      log.error("session", {
        error: messageOf(error),
        stack: error instanceof Error ? error.stack : undefined,
      }),
  });
}
