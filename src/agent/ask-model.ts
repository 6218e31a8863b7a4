import { jsonSchema, type ModelMessage, streamText, type TextStreamPart, type ToolSet } from "ai";
import { z } from "zod";
import { Failure, messageOf } from "../failure.ts";
import type { Model } from "../models/model.ts";
import type { TokenUsage } from "../models/prices.ts";
import { NO_USAGE } from "../models/prices.ts";
import { readStartedUsage } from "../models/started-usage.ts";
import { CHARACTERS_PER_TOKEN } from "../tools/budget.ts";
import type { SealedTool } from "../tools/toolbox.ts";
import type { AgentEvent } from "./events.ts";
import { createJoiner } from "./resume.ts";
import type { ToolCall } from "./run-tools.ts";

/** What one round of a model came to; also when it broke off half-way. */
export interface ModelTurn {
  /** What the model said. */
  text: string;
  /** What of it was shown: all but what only repeats the text before a break. */
  shown: string;
  readonly calls: ToolCall[];
  usage: TokenUsage;
  /** The messages to append to the history. */
  messages: ModelMessage[];
  /** Why the turn is not whole; undefined where it ended as it should. */
  error: unknown;
  /** True where the answer was cut at the largest output. */
  cut: boolean;
  /** Largest output that was asked for, tokens. */
  readonly room: number;
  /** True where the model thought before it spoke: that counts as output, and is not shown. */
  thought: boolean;
}

export interface AskOptions {
  readonly model: Model;
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
  /** How many of the messages belong to earlier questions. */
  readonly earlier: number;
  readonly tools: ToolSet;
  /** Largest answer, tokens. */
  readonly maxOutputTokens: number;
  /** Text that broke off before and is to be continued; empty for a new answer. */
  readonly before: string;
  readonly signal: AbortSignal;
  /** A stream that is silent for so long has broken, ms. */
  readonly stallMs: number;
}

/** The faces of the tools without their bodies: the loop runs them itself. */
export function describeTools(tools: readonly SealedTool[], cacheMark: Model["cacheMark"]): ToolSet {
  const faces: ToolSet = {};
  for (const [index, { name, description, input }] of tools.entries()) {
    const { $schema, ...schema } = z.toJSONSchema(input, { io: "input" });
    const isLast = index === tools.length - 1;
    const options = isLast && cacheMark ? { providerOptions: mutable(cacheMark) } : {};
    faces[name] = { description, inputSchema: jsonSchema(schema), ...options };
  }
  return faces;
}

/**
 * One call of the model, streamed: yields text as it comes, returns the turn. Never throws: what went wrong is in
 * `error`, next to whatever had arrived before. It does not retry; that is for the loop, which shows it.
 */
export async function* askModel(options: AskOptions): AsyncGenerator<AgentEvent, ModelTurn> {
  const turn: ModelTurn = {
    text: "",
    shown: "",
    calls: [],
    usage: NO_USAGE,
    messages: [],
    error: undefined,
    cut: false,
    room: options.maxOutputTokens,
    thought: false,
  };
  const joiner = createJoiner(options.before);
  const stall = watchForStall(options.stallMs);
  const stop = new AbortController();
  const state: { finish: string | undefined } = { finish: undefined };
  try {
    const result = startStream(options, AbortSignal.any([options.signal, stall.signal, stop.signal]));
    stall.start();
    for await (const part of result.stream) {
      stall.stop();
      const text = takePart(turn, part, state);
      const shown = joiner.push(text);
      turn.shown += shown;
      if (shown) yield { type: "text-delta", text: shown };
      // What follows a gap is not the text's continuation; the next try is.
      if (turn.error !== undefined) break;
      stall.start();
    }
    turn.error ??= faultOf(state.finish);
    if (turn.error === undefined) turn.messages = answersOf(await result.responseMessages);
  } catch (error) {
    turn.error ??= error;
  } finally {
    stall.stop();
    // Reached by `break` too: whoever stops listening stops the request.
    stop.abort();
  }
  const rest = joiner.flush();
  turn.shown += rest;
  if (rest) yield { type: "text-delta", text: rest };
  return settle(turn, stall.signal.aborted);
}

function startStream(options: AskOptions, signal: AbortSignal) {
  const { model } = options;
  return streamText({
    model: model.language,
    instructions: {
      role: "system",
      content: options.instructions,
      ...(model.cacheMark ? { providerOptions: mutable(model.cacheMark) } : {}),
    },
    messages: markEnds(options, model.cacheMark),
    tools: options.tools,
    maxOutputTokens: options.maxOutputTokens,
    temperature: model.temperature,
    maxRetries: 0,
    abortSignal: signal,
    // Signs of life (pings) and the prompt's size are told in no other way.
    includeRawChunks: true,
    // Errors come as parts of the stream; without this they would also be printed.
    onError: () => undefined,
  });
}

/** Takes one part of the stream into the turn; returns the text in it. */
function takePart(
  turn: ModelTurn,
  part: TextStreamPart<ToolSet>,
  state: { finish: string | undefined },
): string {
  if (part.type === "text-delta") {
    turn.text += part.text;
    return part.text;
  }
  if (part.type === "tool-call") {
    const { toolCallId: id, toolName: tool, input } = part;
    turn.calls.push({ id, tool, input, invalid: part.invalid ? messageOf(part.error) : undefined });
  } else if (part.type === "finish-step") {
    state.finish = part.finishReason;
    turn.usage = readUsage(part.usage);
    turn.cut = part.finishReason === "length";
  } else if (part.type === "reasoning-start") turn.thought = true;
  else if (part.type === "raw") turn.usage = readStartedUsage(part.rawValue) ?? turn.usage;
  else if (part.type === "error") turn.error = part.error ?? new Error("The stream reported an error.");
  else if (part.type === "abort") turn.error = new Error("The stream was stopped.");
  return "";
}

function faultOf(finish: string | undefined): Error | undefined {
  if (finish === "stop" || finish === "tool-calls" || finish === "length") return undefined;
  if (finish === "content-filter")
    return new Failure("model-unavailable", "The model's service declined to answer this.", {
      hint: "Ask in other words or about fewer logs, or use --offline.",
    });
  return new Error(`The stream ended without a proper finish (${finish ?? "none"}): terminated.`);
}

/** A broken turn keeps its text but none of its calls: it is asked for again. */
function settle(turn: ModelTurn, stalled: boolean): ModelTurn {
  if (turn.error === undefined) return turn;
  if (stalled) turn.error = new Error("The stream stalled and was given up: timed out.");
  if (turn.text.trim()) turn.messages = [{ role: "assistant", content: turn.text.trimEnd() }];
  const { input, cacheRead, cacheWrite, output } = turn.usage;
  // The final count never came: what was written is estimated.
  if (input + cacheRead + cacheWrite > 0) {
    const written = Math.ceil(turn.text.length / CHARACTERS_PER_TOKEN);
    turn.usage = { ...turn.usage, output: Math.max(output, written) };
  }
  return turn;
}

/** Only what the model said: a call that cannot be read is answered by the loop, like every other. */
function answersOf(messages: readonly ModelMessage[]): ModelMessage[] {
  return messages.filter(({ role }) => role === "assistant");
}

/** Aborts its signal when it was started and not stopped for so long. Time that the reader takes does not count. */
function watchForStall(limitMs: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    start: () => {
      stop();
      timer = setTimeout(() => controller.abort(), limitMs);
    },
    stop,
  };
}

function readUsage(usage: {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly inputTokenDetails: {
    readonly cacheReadTokens: number | undefined;
    readonly cacheWriteTokens: number | undefined;
  };
}): TokenUsage {
  const cacheRead = usage.inputTokenDetails.cacheReadTokens ?? 0;
  const cacheWrite = usage.inputTokenDetails.cacheWriteTokens ?? 0;
  const input = Math.max(0, (usage.inputTokens ?? 0) - cacheRead - cacheWrite);
  return { input, cacheRead, cacheWrite, output: usage.outputTokens ?? 0 };
}

/**
 * The prompt up to its last message is the same in the next round: worth caching. A provider looks only some blocks back
 * for what it has cached, and a round of many calls has more: the end of the earlier questions, which stays where it is,
 * is found in any case.
 */
function markEnds(
  { messages, earlier }: Pick<AskOptions, "messages" | "earlier">,
  mark: Model["cacheMark"],
): ModelMessage[] {
  if (!mark) return [...messages];
  const ends = [earlier - 1, messages.length - 1];
  return messages.map((message, at) =>
    ends.includes(at) ? { ...message, providerOptions: mutable(mark) } : message,
  );
}

function mutable(mark: NonNullable<Model["cacheMark"]>): Record<string, Record<string, { type: string }>> {
  return Object.fromEntries(
    Object.entries(mark).map(([provider, options]) => [
      provider,
      Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    ]),
  );
}
