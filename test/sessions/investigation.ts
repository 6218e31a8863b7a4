import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { zstdDecompressSync } from "node:zlib";
import type { AgentEvent } from "../../src/agent/events.ts";
import { openSessions } from "../../src/sessions/open-sessions.ts";
import { createRecorder, type Recorder } from "../../src/sessions/recorder.ts";
import { createRedactor } from "../../src/sessions/redact.ts";
import type { Session, SessionPlace } from "../../src/sessions/session.ts";
import type { SessionStore, StoreOptions } from "../../src/sessions/store.ts";
import { createEvidence, type Evidence } from "../../src/tools/evidence.ts";
import { ask, openTestModel, questionOf } from "../agent/ask.ts";
import { NOW, openShop, WINDOW } from "../agent/shop.ts";

export const PLACE: SessionPlace = {
  paths: ["/var/log/shop"],
  hadInput: false,
  isDemo: false,
  source: undefined,
  profile: undefined,
  region: undefined,
};

const SCOPE = {
  window: WINDOW,
  zone: "UTC",
  from: "flags",
  words: undefined,
  baseline: undefined,
} as const;

export interface KeptSessions {
  readonly path: string;
  readonly store: SessionStore;
  readonly warnings: string[];
  /** A store on the same file, as another process has it. */
  open(options?: Partial<StoreOptions>): SessionStore;
  [Symbol.dispose](): void;
}

/** A file of sessions in a folder of its own; gone when it goes out of scope. */
export function keepSessions(options: Partial<StoreOptions> = {}): KeptSessions {
  const folder = mkdtempSync(join(tmpdir(), "logai-sessions-"));
  const path = join(folder, "sessions.db");
  const warnings: string[] = [];
  const opened: SessionStore[] = [];
  const open = (more: Partial<StoreOptions> = {}) => {
    const store = openSessions({ path, onWarning: (text) => warnings.push(text), ...options, ...more });
    opened.push(store);
    return store;
  };
  return {
    path,
    store: open(),
    warnings,
    open,
    [Symbol.dispose]() {
      for (const store of opened) store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface RecordOptions {
  readonly store: SessionStore;
  readonly evidence?: Evidence;
  readonly earlier?: Session;
  readonly place?: SessionPlace;
  readonly onWarning?: (text: string) => void;
}

/** A recorder as the program makes it. */
export function record({ store, earlier, onWarning, ...rest }: RecordOptions): Recorder {
  return createRecorder({
    store,
    evidence: createEvidence(),
    place: PLACE,
    ...rest,
    earlier: earlier && { id: earlier.id, questions: earlier.questions.length },
    redactor: createRedactor(),
    zone: "UTC",
    now: () => NOW,
    redacted: () => ({ email: 2 }),
    onWarning: onWarning ?? (() => {}),
    onBug: (error) => {
      throw error;
    },
  });
}

/** Lets the offline analyst answer a question about groups of lines, and keeps it. */
export async function investigate(
  options: RecordOptions & { readonly groups: Readonly<Record<string, readonly string[]>> },
  question = "What is wrong?",
): Promise<string> {
  const evidence = options.evidence ?? createEvidence();
  const recorder = record({ ...options, evidence });
  const { directory } = openShop({ groups: options.groups });
  const model = await openTestModel(undefined, { provider: "offline" });
  await ask(questionOf(model, { question, directory, evidence }), (event) => recorder.take(event));
  if (!recorder.key) throw new Error("The question was not kept.");
  return recorder.key.session;
}

export const OUTCOME = {
  reason: "answered",
  failure: undefined,
  rounds: 1,
  usage: { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 },
  cost: 0.0125,
  ms: 1200,
} as const;

export function questionStart(question: string): AgentEvent {
  return { type: "question-start", question, scope: SCOPE, model: "claude-test", provider: "anthropic" };
}

/** Everything that is in a database file: its bytes, its log's, and its payloads as text. */
export function allTextOf(path: string): string {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const texts = [readFileSync(path, "latin1")];
  for (const table of ["questions", "calls", "readings", "events"]) {
    for (const { payload } of database.prepare(`SELECT payload FROM ${table}`).all())
      if (payload instanceof Uint8Array) texts.push(zstdDecompressSync(payload).toString("utf8"));
  }
  database.close();
  return texts.join("\n");
}
