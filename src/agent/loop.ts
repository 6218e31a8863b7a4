import { setTimeout as sleep } from "node:timers/promises";
import type { ModelMessage, ToolSet } from "ai";
import { Failure } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import type { Zone } from "../log/zone.ts";
import type { Model } from "../models/model.ts";
import { classifyModelError, LONGEST_WAIT } from "../models/model-errors.ts";
import { addUsage, costOf, NO_USAGE, type TokenUsage } from "../models/prices.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { ScanBudget } from "../sources/scan-budget.ts";
import type { Evidence } from "../tools/evidence.ts";
import type { SealedTool } from "../tools/toolbox.ts";
import { askModel, describeTools, type ModelTurn } from "./ask-model.ts";
import { type Budget, roomForAnswer } from "./budget.ts";
import { checkAnswer } from "./check.ts";
import { linkReport } from "./console-links.ts";
import type { AgentEvent, Outcome, QuestionScope } from "./events.ts";
import { createGauge, type Gauge } from "./gauge.ts";
import { createHistory, type History } from "./history.ts";
import { writeInstructions } from "./prompt.ts";
import { CONTINUE } from "./resume.ts";
import { createToolRunner, type ToolAnswer, type ToolRunner } from "./run-tools.ts";
import { locateSanitizedNames } from "./sanitized-names.ts";

export interface QuestionOptions {
  readonly question: string;
  /** Complete earlier turns of the same investigation, in order: question, tool calls, their results, answer. */
  readonly history?: readonly ModelMessage[];
  readonly scope: QuestionScope;
  readonly model: Model;
  readonly tools: readonly SealedTool[];
  readonly directory: SourceDirectory;
  readonly evidence: Evidence;
  readonly sanitizer: Sanitizer;
  readonly zone: Zone;
  readonly now: () => number;
  /** Monotonic, ms: for durations. */
  readonly clock: () => number;
  readonly budget: Budget;
  /** For scans that a source bills; without it none is made. */
  readonly scans?: ScanBudget;
  readonly signal: AbortSignal;
  /** First wait before a retry, ms; doubled each time. */
  readonly retryBaseMs?: number;
  /** A model that is silent for so long is given up and asked again, ms. */
  readonly stallMs?: number;
}

/** Room for one tool result, tokens. */
export const RESULT_TOKENS = 6_000;
const RETRY_BASE_MS = 2000;
const STALL_MS = 120_000;

/** State of one question while it runs. */
interface Run {
  readonly history: History;
  readonly gauge: Gauge;
  /** The same in every round: a provider caches the prompt only up to the first difference. */
  readonly instructions: string;
  readonly tools: ToolSet;
  /** Characters of instructions and tools. */
  readonly fixedSize: number;
  text: string;
  usage: TokenUsage;
  cost: number | undefined;
  lastPrompt: number;
  rounds: number;
  readonly ledgers: Ledger[];
}

/**
 * Answers one question: the model is asked, its tools are run side by side, until it answers or a budget ends it.
 * Ending the iteration, or the signal, stops everything that is under way; text that had come is kept.
 */
export async function* answerQuestion(options: QuestionOptions): AsyncGenerator<AgentEvent, void> {
  const started = options.clock();
  const stop = new AbortController();
  const deadline =
    options.budget.seconds === undefined ? undefined : AbortSignal.timeout(options.budget.seconds * 1000);
  const signal = AbortSignal.any([options.signal, stop.signal, ...(deadline ? [deadline] : [])]);
  const run = startRun(options);
  let failure: Failure | undefined;
  try {
    yield questionStart(options);
    yield* runRounds(options, run, signal);
  } catch (error) {
    failure = asFailure(error, options, deadline);
  } finally {
    stop.abort();
  }
  if (run.text.trim()) {
    const { answer, report } = checkAnswer(run.text, options);
    yield {
      type: "answer-checked",
      answer,
      report: await linkReport(report, options),
      ledgers: run.ledgers,
    };
  }
  yield { type: "finish", outcome: sumUp(run, failure, options, options.clock() - started) };
}

function startRun({ question, history = [], scope, now, zone, tools: sealed, model }: QuestionOptions): Run {
  const names = sealed.map(({ name }) => name);
  const instructions = writeInstructions(scope, now(), zone, names, history.length > 0);
  const tools = describeTools(sealed, model.cacheMark);
  return {
    history: createHistory(history, question),
    gauge: createGauge(model),
    instructions,
    tools,
    fixedSize: instructions.length + JSON.stringify(tools).length,
    text: "",
    usage: NO_USAGE,
    cost: costOf(NO_USAGE, model.price),
    lastPrompt: 0,
    rounds: 0,
    ledgers: [],
  };
}

function questionStart({ question, scope, model }: QuestionOptions): AgentEvent {
  return { type: "question-start", question, scope, model: model.id, provider: model.provider };
}

async function* runRounds(
  options: QuestionOptions,
  run: Run,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, void> {
  const { budget } = options;
  const runner = createRunner(options, signal);
  let refused = false;
  for (;;) {
    signal.throwIfAborted();
    yield { type: "round-start", round: run.rounds + 1 };
    const turn = yield* askUntilWhole(options, run, signal);
    if (turn.calls.length === 0) {
      if (turn.cut) throw cutOff(turn, options.model.maxOutputTokens, run.text.trim() !== "");
      if (!run.text.trim()) throw noAnswer();
      return;
    }
    if (run.rounds >= budget.rounds) {
      if (refused) throw outOfRounds(budget);
      refused = true;
      run.text = "";
      run.history.add(refuse(turn));
      yield {
        type: "notice",
        text: `The limit of ${budget.rounds} rounds of tool calls is reached: answering with what there is.`,
      };
      continue;
    }
    // Text that comes with tool calls is thinking aloud, not the answer.
    run.text = "";
    run.rounds += 1;
    const answers = yield* runner.run(turn.calls);
    run.ledgers.push(...answers.flatMap(({ ledger }) => ledger ?? []));
    run.history.add(toMessage(answers));
  }
}

function createRunner(options: QuestionOptions, signal: AbortSignal): ToolRunner {
  const { evidence, zone, now, scope } = options;
  const { window } = scope;
  const directory = locateSanitizedNames(options.directory, options.sanitizer);
  const scans = options.scans ? { scans: options.scans } : {};
  const environment = {
    directory,
    evidence,
    zone,
    now,
    window,
    signal,
    resultTokens: RESULT_TOKENS,
    ...scans,
  };
  return createToolRunner(options.tools, environment, options.clock);
}

/** One turn of the model, tried again and, after a break, continued, until it is whole. */
async function* askUntilWhole(
  options: QuestionOptions,
  run: Run,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, ModelTurn> {
  let before = "";
  for (let attempt = 1; ; attempt += 1) {
    const { contextWindow } = options.model;
    yield* makeRoom(run, `outgrew the model's window of ${contextWindow.toLocaleString("en-US")} tokens`);
    const turn = yield* askOnce(options, run, before, signal);
    if (turn.error === undefined) return turn;
    signal.throwIfAborted();
    const { failure, tries, retryAfterMs } = classifyModelError(turn.error);
    if (failure.code === "context-too-long") {
      run.gauge.refuse(sizeOfPrompt(run));
      if (yield* makeRoom(run, "was too long for the model")) continue;
      throw failure;
    }
    if (attempt >= tries) throw failure;
    // What was shown stays: the model is asked to go on from there.
    before += turn.shown;
    if (turn.messages.length > 0) run.history.add({ role: "user", content: CONTINUE });
    const ms = waitBefore(attempt, retryAfterMs, options.retryBaseMs ?? RETRY_BASE_MS);
    yield { type: "retry-wait", attempt, ms, reason: options.sanitizer.sanitize(failure.message).text };
    await sleep(ms, undefined, { signal });
  }
}

/** Shortens the conversation where it would not fit, and says what of it. Returns whether it did. */
function* makeRoom(run: Run, why: string): Generator<AgentEvent, boolean> {
  const { most, goal } = run.gauge.limits();
  const done = run.history.compact({ most: most - run.fixedSize, goal: goal - run.fixedSize });
  for (const what of done) yield { type: "notice", text: `The conversation ${why}: ${what}.` };
  // What the provider has at hand is of the longer one.
  if (done.length > 0) run.lastPrompt = 0;
  return done.length > 0;
}

function sizeOfPrompt({ history, fixedSize }: Run): number {
  return fixedSize + history.size();
}

/** One request, and what it cost. */
async function* askOnce(
  { model, budget, scans, stallMs }: QuestionOptions,
  run: Run,
  before: string,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, ModelTurn> {
  const { instructions, history, tools, gauge } = run;
  // Scans and tokens are paid from the same purse.
  const cost = run.cost === undefined ? undefined : run.cost + (scans?.spent ?? 0);
  const size = sizeOfPrompt(run);
  const turn = yield* askModel({
    model,
    instructions,
    messages: history.messages(),
    earlier: history.earlier(),
    tools,
    before,
    maxOutputTokens: roomForAnswer(budget, { ...run, cost }, model, gauge.estimate(size)),
    signal,
    stallMs: stallMs ?? STALL_MS,
  });
  run.text += turn.shown;
  gauge.learn(size, turn.usage);
  history.add(...turn.messages);
  run.usage = addUsage(run.usage, turn.usage);
  const price = costOf(turn.usage, model.price);
  run.cost = run.cost === undefined || price === undefined ? undefined : run.cost + price;
  run.lastPrompt = turn.usage.input + turn.usage.cacheRead + turn.usage.cacheWrite;
  return turn;
}

/** Exponential with jitter over its upper half, or what the server asks for, within reason. */
function waitBefore(attempt: number, askedMs: number | undefined, baseMs: number): number {
  if (askedMs !== undefined) return Math.min(askedMs, LONGEST_WAIT);
  const full = Math.min(baseMs * 2 ** (attempt - 1), LONGEST_WAIT);
  return Math.round(full * (0.5 + Math.random() / 2));
}

function toMessage(answers: readonly Pick<ToolAnswer, "call" | "data" | "failed">[]): ModelMessage {
  return {
    role: "tool",
    content: answers.map(({ call, data, failed }) => {
      const value = JSON.parse(JSON.stringify(data));
      const output = failed ? ({ type: "error-json", value } as const) : ({ type: "json", value } as const);
      return { type: "tool-result", toolCallId: call.id, toolName: call.tool, output };
    }),
  };
}

function refuse(turn: ModelTurn): ModelMessage {
  const data = {
    error: "No more tool calls in this question. Answer now with what you have, and say what is missing.",
  };
  return toMessage(turn.calls.map((call) => ({ call, data, failed: true })));
}

function noAnswer(): Failure {
  return new Failure("model-unavailable", "The model gave no answer.", {
    hint: "Ask again, or use --offline.",
  });
}

/** An answer that ran into the largest output: the model's own, or what a budget had left. */
function cutOff({ room, thought }: ModelTurn, largest: number, hasText: boolean): Failure {
  const size = `${room} tokens of output`;
  const message = hasText
    ? `The answer was cut at ${size}${thought ? ", the model's thinking included" : ""}.`
    : `The model gave no answer within ${size}${thought ? "; it used them for thinking" : ""}.`;
  return new Failure("budget", message, {
    hint: room < largest ? "Raise --max-tokens or --max-cost." : "Raise LOGAI_LLM_MAX_TOKENS.",
  });
}

function outOfTime({ seconds }: Budget): Failure {
  return new Failure("budget", `The question took longer than its budget of ${seconds ?? 0} seconds.`, {
    hint: "Raise the limit, or ask about a shorter window.",
  });
}

function outOfRounds({ rounds }: Budget): Failure {
  return new Failure(
    "budget",
    `The model wanted more than ${rounds} rounds of tool calls and gave no answer.`,
    { hint: "Ask a narrower question: name the log group and the time." },
  );
}

/** An abort is the user's or the deadline's, whatever it made throw; everything that is no Failure is a bug. */
function asFailure(error: unknown, { signal, budget }: QuestionOptions, deadline?: AbortSignal): Failure {
  if (signal.aborted) return new Failure("interrupted", "Interrupted.");
  if (error instanceof Failure) return error;
  if (deadline?.aborted) return outOfTime(budget);
  throw error;
}

function sumUp(
  { rounds, usage, cost }: Run,
  failure: Failure | undefined,
  { sanitizer }: QuestionOptions,
  ms: number,
): Outcome {
  const { code, message, hint } = failure ?? {};
  const reason =
    code === undefined ? "answered" : code === "interrupted" || code === "budget" ? code : "failed";
  return {
    reason,
    // A server may quote in its error what it was sent, the key included.
    failure:
      code && message !== undefined ? { code, message: sanitizer.sanitize(message).text, hint } : undefined,
    rounds,
    usage,
    cost,
    ms,
  };
}
