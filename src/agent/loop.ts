import { setTimeout as sleep } from "node:timers/promises";
import type { ModelMessage } from "ai";
import { Failure } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import type { Zone } from "../log/zone.ts";
import type { Model } from "../models/model.ts";
import { classifyModelError, LONGEST_WAIT } from "../models/model-errors.ts";
import { addUsage, costOf, NO_USAGE, type TokenUsage, totalTokens } from "../models/prices.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { Evidence } from "../tools/evidence.ts";
import type { SealedTool } from "../tools/toolbox.ts";
import { askModel, describeTools, type ModelTurn } from "./ask-model.ts";
import { checkAnswer } from "./check.ts";
import type { AgentEvent, Outcome, QuestionScope } from "./events.ts";
import { shortenHistory } from "./history.ts";
import { writeInstructions } from "./prompt.ts";
import { createToolRunner, type ToolAnswer } from "./run-tools.ts";

/** What one question may use. */
export interface Budget {
  /** Rounds with tool calls; one more is given for the answer. */
  readonly rounds: number;
  readonly tokens: number | undefined;
  readonly seconds: number | undefined;
  /** Dollars. */
  readonly cost: number | undefined;
}

export interface QuestionOptions {
  readonly question: string;
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
  readonly signal: AbortSignal;
  /** First wait before a retry, ms; doubled each time. */
  readonly retryBaseMs?: number;
}

const TRIES = 5;
const RESULT_TOKENS = 6_000;
const STALL_MS = 120_000;

/** State of one question while it runs. */
interface Run {
  readonly messages: ModelMessage[];
  text: string;
  usage: TokenUsage;
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
  const run: Run = {
    messages: [{ role: "user", content: options.question }],
    text: "",
    usage: NO_USAGE,
    rounds: 0,
    ledgers: [],
  };
  let failure: Failure | undefined;
  try {
    yield questionStart(options);
    yield* runRounds(options, run, signal);
  } catch (error) {
    failure = deadline?.aborted ? outOfTime(options.budget) : asFailure(error, options.signal);
  } finally {
    stop.abort();
  }
  if (run.text.trim())
    yield { type: "answer-checked", ...checkAnswer(run.text, options), ledgers: run.ledgers };
  yield { type: "finish", outcome: sumUp(run, failure, options, options.clock() - started) };
}

function questionStart({ question, scope, model }: QuestionOptions): AgentEvent {
  return { type: "question-start", question, scope, model: model.id, provider: model.provider };
}

async function* runRounds(
  options: QuestionOptions,
  run: Run,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, void> {
  const { evidence, directory, zone, now, scope, budget } = options;
  const environment = {
    directory,
    evidence,
    zone,
    now,
    window: scope.window,
    signal,
    resultTokens: RESULT_TOKENS,
  };
  const runner = createToolRunner(options.tools, environment, options.clock);
  for (;;) {
    checkBudget(run, options);
    yield { type: "round-start", round: run.rounds + 1 };
    const turn = yield* askUntilWhole(options, run, signal);
    if (turn.cut) yield { type: "notice", text: "The answer was cut at the model's largest output." };
    if (turn.calls.length === 0) return;
    // Text that comes with tool calls is thinking aloud, not the answer.
    run.text = "";
    run.rounds += 1;
    if (run.rounds > budget.rounds) {
      if (run.rounds > budget.rounds + 1) throw outOfRounds(budget);
      yield {
        type: "notice",
        text: `The limit of ${budget.rounds} rounds of tool calls is reached: answering with what there is.`,
      };
      run.messages.push(refuse(turn));
      continue;
    }
    const answers = yield* collectLedgers(runner.run(turn.calls), run);
    signal.throwIfAborted();
    run.messages.push(toMessage(answers));
  }
}

async function* collectLedgers(
  events: AsyncGenerator<AgentEvent, readonly ToolAnswer[]>,
  run: Run,
): AsyncGenerator<AgentEvent, readonly ToolAnswer[]> {
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    const event = next.value;
    if (event.type === "tool-end" && event.ledger && !event.repeated) run.ledgers.push(event.ledger);
    yield event;
  }
}

/** One turn of the model, tried again and, after a break, continued, until it is whole. */
async function* askUntilWhole(
  options: QuestionOptions,
  run: Run,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, ModelTurn> {
  const { model, scope, now, zone } = options;
  const instructions = writeInstructions(scope, now(), zone);
  const tools = describeTools(options.tools, model.cacheMark);
  let shortened = false;
  for (let attempt = 1; ; attempt += 1) {
    const turn = yield* streamTurn(
      askModel({ model, instructions, messages: run.messages, tools, signal, stallMs: STALL_MS }),
      run,
    );
    run.usage = addUsage(run.usage, turn.usage);
    run.messages.push(...turn.messages);
    if (turn.error === undefined) return turn;
    signal.throwIfAborted();
    const { failure, retryable, retryAfterMs } = classifyModelError(turn.error);
    if (failure.code === "context-too-long" && !shortened) {
      shortened = true;
      shortenHistory(run.messages);
      yield {
        type: "notice",
        text: "The conversation was too long for the model: older tool results were shortened to their counts.",
      };
      continue;
    }
    if (!retryable || attempt >= TRIES) throw failure;
    // What was shown stays: the model is asked to go on from there.
    if (turn.text) run.messages.push({ role: "user", content: CONTINUE });
    const ms = waitBefore(attempt, retryAfterMs, options.retryBaseMs ?? 2000);
    yield { type: "retry-wait", attempt, ms, reason: failure.message };
    await sleep(ms, undefined, { signal });
  }
}

const CONTINUE =
  "The connection broke after your last words. Continue exactly where they end, without repeating them.";

async function* streamTurn(
  stream: AsyncGenerator<string, ModelTurn>,
  run: Run,
): AsyncGenerator<AgentEvent, ModelTurn> {
  for (;;) {
    const next = await stream.next();
    if (next.done) return next.value;
    run.text += next.value;
    yield { type: "text-delta", text: next.value };
  }
}

/** Exponential with full jitter above half, or what the server asks for, within reason. */
function waitBefore(attempt: number, askedMs: number | undefined, baseMs: number): number {
  if (askedMs !== undefined) return Math.min(askedMs, LONGEST_WAIT);
  const full = Math.min(baseMs * 2 ** (attempt - 1), LONGEST_WAIT);
  return Math.round(full * (0.5 + Math.random() / 2));
}

function toMessage(answers: readonly ToolAnswer[]): ModelMessage {
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

function checkBudget(run: Run, { budget, model }: QuestionOptions): void {
  const tokens = totalTokens(run.usage);
  if (budget.tokens !== undefined && tokens >= budget.tokens) {
    throw new Failure("budget", `The question has used ${tokens} tokens; its budget is ${budget.tokens}.`, {
      hint: "Raise --max-tokens, or ask about less.",
    });
  }
  if (budget.cost === undefined) return;
  const cost = costOf(run.usage, model.price);
  if (cost === undefined) {
    throw new Failure("budget", `The price of ${model.id} is not known, so --max-cost cannot be kept.`, {
      hint: "Use --max-tokens instead, or a model whose price is known.",
    });
  }
  if (cost >= budget.cost && run.rounds > 0) {
    throw new Failure("budget", `The question has cost $${cost.toFixed(4)}; its budget is $${budget.cost}.`, {
      hint: "Raise --max-cost, or ask about less.",
    });
  }
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
    {
      hint: "Ask a narrower question: name the log group and the time.",
    },
  );
}

function asFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return new Failure("interrupted", "Interrupted.");
  if (error instanceof Failure) return error;
  throw error;
}

function sumUp(run: Run, failure: Failure | undefined, { model }: QuestionOptions, ms: number): Outcome {
  const reasons = { interrupted: "interrupted", budget: "budget" } as const;
  const reason = !failure
    ? "answered"
    : failure.code === "interrupted" || failure.code === "budget"
      ? reasons[failure.code]
      : "failed";
  return {
    reason,
    failure: failure && { code: failure.code, message: failure.message, hint: failure.hint },
    rounds: run.rounds,
    usage: run.usage,
    cost: costOf(run.usage, model.price),
    ms,
  };
}
