import { type CheckReport, checkAnswer, type UnverifiedClaim } from "../agent/check.ts";
import { locateSanitizedNames } from "../agent/sanitized-names.ts";
import { Failure, type FailureCode, messageOf } from "../failure.ts";
import type { Zone } from "../log/zone.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import { getSurroundingLogs } from "../tools/get-surrounding-logs.ts";
import { toJson } from "../tools/json.ts";
import type { ToolEnvironment, ToolOutcome, ToolProgress } from "../tools/tool.ts";
import type { SealedTool } from "../tools/toolbox.ts";
import { comparable } from "./comparable.ts";
import { type Difference, findDifferences } from "./differences.ts";
import { pinWindow } from "./pin-window.ts";
import { isKeptOf, type Redactor, redactLedger, wasRedacted } from "./redact.ts";
import { createReplayEvidence, type ReplayEvidence } from "./replay-evidence.ts";
import { createReplaySources, type ReplaySources } from "./replay-sources.ts";
import type { Session, SessionCall, SessionQuestion } from "./session.ts";

export interface ReplayOptions {
  readonly session: Session;
  /** The logs that the calls of a question are run over again; the same for the same place. */
  readonly open: (question: SessionQuestion) => Promise<SourceDirectory>;
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
  | {
      readonly kind: "same";
      /** The lines around an event were out of reach: those that were kept stood in. */
      readonly tookKept?: true;
    }
  | {
      readonly kind: "different";
      /** One line, as of now. */
      readonly summary: string;
      readonly differences: readonly Difference[];
    }
  /** What it needs is not to be had: its kept result stands in for it. */
  | { readonly kind: "not-run"; readonly reason: string };

/** An answer, held against the results as they are now. */
export interface Standing {
  readonly report: CheckReport;
  /** Claims that held then and do not now. */
  readonly lost: readonly UnverifiedClaim[];
  /** Results that it cites and that differ: a number of the answer may stand in them by chance. */
  readonly changed: readonly string[];
  /** Results that it cites and that were not run again: held against what was kept. */
  readonly asKept: readonly string[];
}

/** What happens in a replay, in the order of the session. */
export type ReplayEvent =
  | { readonly type: "question"; readonly question: SessionQuestion }
  | { readonly type: "call"; readonly call: SessionCall; readonly outcome: ReplayOutcome }
  | { readonly type: "answer"; readonly question: SessionQuestion; readonly standing: Standing };

interface Replay {
  readonly options: ReplayOptions;
  readonly evidence: ReplayEvidence;
  readonly sourcesOf: (question: SessionQuestion) => Promise<ReplaySources>;
}

/**
 * Runs the tool calls of a session again, in their order and as of their time, and tells where the results are not what was
 * kept. A call whose logs are out of reach, or that builds on such a call, is not run; one that failed then and fails
 * alike now is the same.
 */
export async function* replaySession(options: ReplayOptions): AsyncGenerator<ReplayEvent> {
  const { session, redactor } = options;
  const evidence = createReplayEvidence(session, redactor);
  const replay: Replay = { options, evidence, sourcesOf: rememberSources(options) };
  const kinds = new Map<string, ReplayOutcome["kind"]>();
  for (const question of session.questions) {
    yield { type: "question", question };
    for (const call of question.calls) {
      const { result } = call;
      if ("ref" in result && result.isRepeated) continue;
      const outcome = await replayCall(call, question, replay);
      if ("ref" in result) kinds.set(result.ref, outcome.kind);
      yield { type: "call", call, outcome };
    }
    if (question.answer)
      yield { type: "answer", question, standing: checkAgain(question, kinds, evidence, options) };
    evidence.endQuestion();
  }
}

function rememberSources({ session, open }: ReplayOptions): Replay["sourcesOf"] {
  const known = new Map<SourceDirectory, ReplaySources>();
  return async (question) => {
    const directory = await open(question);
    const sources = known.get(directory) ?? createReplaySources(session, directory);
    known.set(directory, sources);
    return sources;
  };
}

function checkAgain(
  { answer, report: before }: SessionQuestion,
  kinds: ReadonlyMap<string, ReplayOutcome["kind"]>,
  { forCheck }: ReplayEvidence,
  { sanitizer, zone }: ReplayOptions,
): Standing {
  const { report } = checkAnswer(answer, { evidence: forCheck, sanitizer, zone });
  const known = (before?.unverified ?? []).map(keyOfClaim);
  const lost = report.unverified.filter((claim) => {
    const at = known.indexOf(keyOfClaim(claim));
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
  const citedAs = (kind: ReplayOutcome["kind"]) =>
    report.citations.map(({ ref }) => ref).filter((ref) => kinds.get(ref) === kind);
  return { report, lost, changed: citedAs("different"), asKept: citedAs("not-run") };
}

function keyOfClaim({ kind, text, refs }: UnverifiedClaim): string {
  return JSON.stringify([kind, text, refs]);
}

async function replayCall(
  call: SessionCall,
  question: SessionQuestion,
  replay: Replay,
): Promise<ReplayOutcome> {
  const { tools, signal } = replay.options;
  const { result } = call;
  const tool = tools.find(({ name }) => name === call.tool);
  if (wasRedacted(JSON.stringify(call.input)))
    return notRun("Its arguments held a credential, which was not kept.");
  const parsed = tool?.input.safeParse(pinWindow(call));
  if (!tool || !parsed?.success) return withoutTool(call);
  const sources = await replay.sourcesOf(question);
  const { needs } = tool;
  if (needs && sources.directory.sources.every((source) => source[needs] === undefined))
    return notRun("Alarms and metrics are not kept: only their source can tell them.");
  // Of a call for nothing else, nothing would be left to compare.
  sources.begin({ takesKept: tool.name !== getSurroundingLogs.name });
  try {
    const outcome = await runAgain(tool, parsed.data, { call, question, sources }, replay);
    if (sources.missing !== undefined) return notRun(replay.options.redactor.text(sources.missing));
    return compareWith(call, outcome, sources, replay);
  } catch (error) {
    if (signal.aborted) throw error;
    return afterFailure(result, error, replay.options.redactor);
  }
}

function notRun(reason: string): ReplayOutcome {
  return { kind: "not-run", reason };
}

/** A call that could never be run has nothing to be run again. */
function withoutTool({ tool, result }: SessionCall): ReplayOutcome {
  return "ref" in result
    ? notRun(`There is no tool '${tool}' that takes these arguments any more.`)
    : { kind: "same" };
}

interface Rerun {
  readonly call: SessionCall;
  readonly question: SessionQuestion;
  readonly sources: ReplaySources;
}

async function runAgain(
  tool: SealedTool,
  input: unknown,
  { call, question, sources }: Rerun,
  { options, evidence }: Replay,
): Promise<ToolOutcome> {
  const { sanitizer, zone, resultTokens, signal, report, scans } = options;
  const environment: ToolEnvironment = {
    directory: locateSanitizedNames(sources.directory, sanitizer),
    evidence: evidence.forTools,
    zone,
    now: () => question.askedAt,
    window: question.scope.window,
    resultTokens,
    signal,
    report,
    ...(scans ? { scans } : {}),
  };
  return tool.run(input, environment, "ref" in call.result ? call.result.ref : "");
}

function compareWith(
  { tool, input, result }: SessionCall,
  outcome: ToolOutcome,
  { tookKept }: ReplaySources,
  { options, evidence }: Replay,
): ReplayOutcome {
  const { redactor } = options;
  const summary = redactor.text(outcome.summary);
  if (!("ref" in result)) {
    const differences = [{ path: "error", before: result.message, now: undefined }];
    return { kind: "different", summary, differences };
  }
  const { ref } = result;
  const raw = { result: ref, ...outcome.data };
  const { ledger: rawLedger, readings = [] } = outcome;
  // Events among their neighbours come before what shows them, then as now.
  evidence.keep({ ref, tool, input, data: raw, ledger: rawLedger, readings });
  const data = redactor.json(toJson(raw));
  const ledger = rawLedger && redactLedger(rawLedger, redactor);
  const differences = findDifferences(
    // What was found to be a credential later may stand in what was kept before.
    comparable(tool, redactor.json(result.data), result.ledger),
    comparable(tool, data, ledger),
    isKeptOf,
  );
  if (differences.length === 0) return { kind: "same", ...(tookKept ? { tookKept } : {}) };
  evidence.change(ref, { data, ledger });
  return { kind: "different", summary, differences };
}

/** What says nothing about the call: only that this time it cannot be had. */
const OUT_OF_REACH: ReadonlySet<FailureCode | undefined> = new Set([
  "source-unavailable",
  "credentials",
  "authentication",
  "configuration",
  "access-denied",
  "rate-limited",
  "unreadable",
  "budget",
  "disk",
] satisfies FailureCode[]);

function afterFailure(before: SessionCall["result"], error: unknown, { text }: Redactor): ReplayOutcome {
  const message = text(messageOf(error));
  const code = error instanceof Failure ? error.code : undefined;
  const isAlike = !("ref" in before) && before.code === code;
  if (isAlike && (isKeptOf(before.message, message) || (code && !OUT_OF_REACH.has(code))))
    return { kind: "same" };
  if (!(error instanceof Failure) || code === "interrupted") throw error;
  if (OUT_OF_REACH.has(code) || ("ref" in before && code === "group-not-found")) return notRun(message);
  const then = "ref" in before ? undefined : before.message;
  const differences = [{ path: "error", before: then, now: message }];
  return { kind: "different", summary: `failed: ${message}`, differences };
}
