import { type CheckReport, checkAnswer } from "../agent/check.ts";
import { locateSanitizedNames } from "../agent/sanitized-names.ts";
import { Failure } from "../failure.ts";
import type { Ledger, Notice } from "../log/ledger.ts";
import type { Zone } from "../log/zone.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import { createEvidence, type Evidence, type StoredResult } from "../tools/evidence.ts";
import { type JsonObject, type JsonValue, toJson } from "../tools/json.ts";
import type { ToolEnvironment, ToolProgress } from "../tools/tool.ts";
import type { SealedTool } from "../tools/toolbox.ts";
import { type Difference, findDifferences } from "./differences.ts";
import { type Redactor, redactLedger } from "./redact.ts";
import { keepReading } from "./redact-reading.ts";
import { restoreEvidence } from "./restore.ts";
import type { Session, SessionCall, SessionPlace, SessionQuestion } from "./session.ts";

export interface ReplayOptions {
  readonly session: Session;
  /** The logs that the calls are run over again. */
  readonly directory: SourceDirectory;
  readonly place: SessionPlace;
  readonly tools: readonly SealedTool[];
  readonly redactor: Redactor;
  readonly sanitizer: Sanitizer;
  readonly zone: Zone;
  /** Room for one result, tokens: the same as then, or results are cut elsewhere. */
  readonly resultTokens: number;
  readonly scans?: ToolEnvironment["scans"];
  readonly signal: AbortSignal;
  readonly report: (progress: ToolProgress) => void;
}

/** What came of a tool call that was run again, beside what came of it then. */
export type ReplayOutcome =
  | { readonly kind: "same" }
  | {
      readonly kind: "different";
      /** One line, as of now. */
      readonly summary: string;
      readonly differences: readonly Difference[];
    }
  /** What it needs is not to be had: its kept result stands in for it. */
  | { readonly kind: "not-run"; readonly reason: string };

/** What happens in a replay, in the order of the session. */
export type ReplayEvent =
  | { readonly type: "question"; readonly question: SessionQuestion }
  | { readonly type: "call"; readonly call: SessionCall; readonly outcome: ReplayOutcome }
  /** Its answer, held against the results as they are now. */
  | { readonly type: "answer"; readonly question: SessionQuestion; readonly report: CheckReport };

/**
 * Runs the tool calls of a session again, in their order and as of their time, over the logs of a directory, and tells
 * where the results are not what was kept. A call whose logs are out of reach keeps its result for those that build on
 * it; one that failed then and fails alike now is the same.
 */
export async function* replaySession(options: ReplayOptions): AsyncGenerator<ReplayEvent> {
  const { session } = options;
  const kept = createEvidence(restoreEvidence(session, options));
  const results: Results = { kept, fresh: new Map() };
  for (const question of session.questions) {
    yield { type: "question", question };
    for (const call of question.calls) {
      if ("ref" in call.result && call.result.isRepeated) continue;
      const outcome = await replayCall(call, question, results, options);
      yield { type: "call", call, outcome };
    }
    if (question.answer) yield { type: "answer", question, report: checkAgain(question, results, options) };
  }
}

function checkAgain(
  { answer }: SessionQuestion,
  results: Results,
  { sanitizer, zone }: ReplayOptions,
): CheckReport {
  return checkAnswer(answer, { evidence: joinEvidence(results), sanitizer, zone }).report;
}

interface Results {
  readonly kept: Evidence;
  readonly fresh: Map<string, StoredResult>;
}

async function replayCall(
  call: SessionCall,
  question: SessionQuestion,
  results: Results,
  options: ReplayOptions,
): Promise<ReplayOutcome> {
  const { tools, directory, signal } = options;
  const tool = tools.find(({ name }) => name === call.tool);
  const parsed = tool?.input.safeParse(call.input);
  if (!tool || !parsed?.success) return withoutTool(call);
  const { needs } = tool;
  if (needs && directory.sources.every((source) => source[needs] === undefined))
    return { kind: "not-run", reason: "Alarms and metrics are not kept: only their source can tell them." };
  try {
    const { data, summary } = await runAgain(tool, parsed.data, { call, question, results }, options);
    if (!("ref" in call.result)) {
      const before = { error: call.result.message };
      return { kind: "different", summary, differences: findDifferences(before, data) };
    }
    const before = comparable(call.result.data, call.result.ledger);
    const differences = findDifferences(before, data);
    return differences.length === 0 ? { kind: "same" } : { kind: "different", summary, differences };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return afterFailure(call, error);
  }
}

/** A call that could never be run has nothing to be run again. */
function withoutTool({ tool, result }: SessionCall): ReplayOutcome {
  return "ref" in result
    ? { kind: "not-run", reason: `There is no tool '${tool}' that takes these arguments any more.` }
    : { kind: "same" };
}

function afterFailure({ result }: SessionCall, error: Failure): ReplayOutcome {
  if (!("ref" in result) && result.code === error.code) return { kind: "same" };
  return { kind: "not-run", reason: error.message };
}

interface Replayed {
  readonly call: SessionCall;
  readonly question: SessionQuestion;
  readonly results: Results;
}

async function runAgain(
  tool: SealedTool,
  input: unknown,
  { call, question, results }: Replayed,
  options: ReplayOptions,
): Promise<{ data: JsonObject; summary: string }> {
  const { directory, sanitizer, redactor, zone, resultTokens, signal, report, scans } = options;
  const ref = "ref" in call.result ? call.result.ref : "";
  const environment: ToolEnvironment = {
    directory: locateSanitizedNames(directory, sanitizer),
    evidence: joinEvidence(results),
    zone,
    now: () => question.askedAt,
    window: question.scope.window,
    resultTokens,
    signal,
    report,
    ...(scans ? { scans } : {}),
  };
  const { data, ledger, readings = [], summary } = await tool.run(input, environment, ref);
  const whole = ref === "" ? data : { result: ref, ...data };
  if (ref !== "")
    results.fresh.set(ref, { ref, tool: tool.name, input: toJson(input), data: whole, ledger, readings });
  // Events are looked at among their neighbours, then as now.
  for (const reading of readings) keepReading(reading, redactor);
  return {
    data: comparable(redactor.json(whole), ledger && redactLedger(ledger, redactor)),
    summary: redactor.text(summary),
  };
}

/** What came of a call now goes before what came of it then; events keep their references. */
function joinEvidence({ kept, fresh }: Results): Evidence {
  const evidence: Evidence = {
    ...kept,
    findResult: (ref) => fresh.get(ref) ?? kept.findResult(ref),
    results: () => kept.results().map((result) => fresh.get(result.ref) ?? result),
    takeTurn: () => ({ evidence, end: () => {} }),
  };
  return evidence;
}

/** Said of how a result came about, not of what it is. */
const OF_THE_READING: ReadonlySet<Notice["kind"]> = new Set(["from-cache", "throttled"]);

/** What of a result must be the same each time. */
function comparable(data: JsonObject, ledger: Ledger | undefined): JsonObject {
  const told = new Set(
    ledger?.notices.filter(({ kind }) => OF_THE_READING.has(kind)).map(({ text }) => text) ?? [],
  );
  const drop = (value: JsonValue | undefined): JsonValue | undefined => {
    if (Array.isArray(value)) {
      const left = value.filter((item) => typeof item !== "string" || !told.has(item));
      return left.map((item) => drop(item) ?? null);
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, member]) => {
        const left = drop(member);
        return key === "notices" && Array.isArray(left) && left.length === 0 ? [] : [[key, left]];
      }),
    );
  };
  return toJson(drop(data));
}
