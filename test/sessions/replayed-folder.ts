import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkAnswer } from "../../src/agent/check.ts";
import { createToolRunner, type ToolCall } from "../../src/agent/run-tools.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { createRedactor } from "../../src/sessions/redact.ts";
import { type ReplayOutcome, replaySession, type Standing } from "../../src/sessions/replay.ts";
import { restoreEvidence } from "../../src/sessions/restore.ts";
import type { Session } from "../../src/sessions/session.ts";
import { createDirectory, type SourceDirectory } from "../../src/sources/directory.ts";
import { createLocalSource } from "../../src/sources/local/source.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import type { JsonObject } from "../../src/tools/json.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";
import { NOW, WINDOW, ZONE } from "../agent/shop.ts";
import { keepSessions, OUTCOME, PLACE, questionStart, record } from "./investigation.ts";

const RESULT_TOKENS = 6000;

/** A question as a model might have gone about it. */
export interface Script {
  readonly text?: string;
  /** Tools and their arguments, round by round. */
  readonly rounds: readonly (readonly (readonly [tool: string, input: JsonObject])[])[];
  readonly answer?: string;
}

export interface Replayed {
  /** By its reference, or by its tool where it had failed; in the order of the calls. */
  readonly outcomes: ReadonlyMap<string, ReplayOutcome>;
  /** `same`, `different` or `not-run`. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Of the differences of a call. */
  readonly pathsOf: (ref: string) => string[];
  readonly standings: readonly Standing[];
}

/** Asks questions of a directory, one script each, in one session that is gone on with each time; time goes on meanwhile. */
export async function keepScripts(directory: SourceDirectory, scripts: readonly Script[]): Promise<Session> {
  using kept = keepSessions();
  let session: Session | undefined;
  let ticks = 0;
  const now = () => NOW + 7 * ticks++;
  for (const { text = "What is wrong?", rounds, answer } of scripts) {
    const evidence = createEvidence(session && restoreEvidence(session, { directory, place: PLACE }));
    const recorder = record({ store: kept.store, evidence, ...(session ? { earlier: session } : {}) });
    recorder.take(questionStart(text));
    const { signal } = new AbortController();
    const environment = { directory, evidence, zone: ZONE, now, window: WINDOW, signal };
    const runner = createToolRunner(TOOLS, { ...environment, resultTokens: RESULT_TOKENS }, () => 0);
    for (const [index, round] of rounds.entries()) {
      recorder.take({ type: "round-start", round: index + 1 });
      const calls = round.map(
        ([tool, input], at): ToolCall => ({ id: `${index}.${at}`, tool, input, invalid: undefined }),
      );
      for await (const event of runner.run(calls)) recorder.take(event);
    }
    if (answer !== undefined) {
      const checked = checkAnswer(answer, { evidence, sanitizer: createSanitizer(), zone: ZONE });
      recorder.take({ type: "answer-checked", ...checked, ledgers: [] });
    }
    recorder.take({ type: "finish", outcome: OUTCOME });
    session = kept.store.read(recorder.key?.session ?? "");
  }
  if (!session) throw new Error("Nothing was kept.");
  return session;
}

export async function replayOver(session: Session, directory: SourceDirectory): Promise<Replayed> {
  const outcomes = new Map<string, ReplayOutcome>();
  const standings: Standing[] = [];
  const events = replaySession({
    session,
    open: async () => directory,
    tools: TOOLS,
    redactor: createRedactor(),
    sanitizer: createSanitizer(),
    zone: ZONE,
    resultTokens: RESULT_TOKENS,
    signal: new AbortController().signal,
    report: () => {},
  });
  for await (const event of events) {
    if (event.type === "answer") standings.push(event.standing);
    if (event.type !== "call") continue;
    const { tool, result } = event.call;
    outcomes.set("ref" in result ? result.ref : tool, event.outcome);
  }
  return {
    outcomes,
    kinds: Object.fromEntries([...outcomes].map(([ref, { kind }]) => [ref, kind])),
    pathsOf: (ref) => {
      const outcome = outcomes.get(ref);
      return outcome?.kind === "different" ? outcome.differences.map(({ path }) => path) : [];
    },
    standings,
  };
}

export interface LogFolder {
  write(name: string, lines: readonly string[]): void;
  remove(name: string): void;
  /** As it is now. */
  open(): SourceDirectory;
  [Symbol.dispose](): void;
}

/** A folder of log files; gone when it goes out of scope. */
export function openLogFolder(files: Readonly<Record<string, readonly string[]>>): LogFolder {
  const path = mkdtempSync(join(tmpdir(), "logai-replay-"));
  const folder: LogFolder = {
    write(name, lines) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), lines.map((line) => `${line}\n`).join(""));
    },
    remove: (name) => rmSync(join(path, name)),
    open: () => createDirectory([createLocalSource({ paths: [path], zone: ZONE, now: () => NOW })]),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
  for (const [name, lines] of Object.entries(files)) folder.write(name, lines);
  return folder;
}
