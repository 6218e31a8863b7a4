import { jsonSchema, type ModelMessage, streamText, type ToolSet } from "ai";
import { z } from "zod";
import { messageOf } from "../failure.ts";
import type { Model } from "../models/model.ts";
import type { TokenUsage } from "../models/prices.ts";
import { NO_USAGE } from "../models/prices.ts";
import type { SealedTool } from "../tools/toolbox.ts";
import type { ToolCall } from "./run-tools.ts";

/** What one round of a model came to; also when it broke off half-way. */
export interface ModelTurn {
  text: string;
  readonly calls: ToolCall[];
  usage: TokenUsage;
  /** The messages to append to the history. */
  messages: ModelMessage[];
  /** Why the turn is not whole; undefined where it ended as it should. */
  error: unknown;
  /** True where the answer was cut at the largest output. */
  cut: boolean;
}

export interface AskOptions {
  readonly model: Model;
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: ToolSet;
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
export async function* askModel(options: AskOptions): AsyncGenerator<string, ModelTurn> {
  const { model, signal } = options;
  const turn: ModelTurn = {
    text: "",
    calls: [],
    usage: NO_USAGE,
    messages: [],
    error: undefined,
    cut: false,
  };
  let finish: string | undefined;
  try {
    const result = streamText({
      model: model.language,
      instructions: {
        role: "system",
        content: options.instructions,
        ...(model.cacheMark ? { providerOptions: mutable(model.cacheMark) } : {}),
      },
      messages: markLast(options.messages, model.cacheMark),
      tools: options.tools,
      maxOutputTokens: model.maxOutputTokens,
      temperature: model.temperature,
      maxRetries: 0,
      abortSignal: signal,
      timeout: { chunkMs: options.stallMs },
      // Errors come as parts of the stream; without this they would also be printed.
      onError: () => undefined,
    });
    for await (const part of result.stream) {
      if (part.type === "text-delta") {
        turn.text += part.text;
        yield part.text;
      } else if (part.type === "tool-call") {
        turn.calls.push({
          id: part.toolCallId,
          tool: part.toolName,
          input: part.input,
          invalid: part.invalid ? messageOf(part.error) : undefined,
        });
      } else if (part.type === "finish-step") {
        finish = part.finishReason;
        turn.usage = readUsage(part.usage);
      } else if (part.type === "error") turn.error ??= part.error;
      else if (part.type === "abort")
        turn.error ??= new Error("The stream stalled and was given up: timed out.");
    }
    turn.cut = finish === "length";
    if (!["stop", "tool-calls", "length"].includes(finish ?? "none")) {
      turn.error ??= new Error(`The stream ended without a proper finish (${finish ?? "none"}): terminated.`);
    }
    if (turn.error === undefined) turn.messages = [...(await result.responseMessages)];
  } catch (error) {
    turn.error ??= error;
  }
  if (turn.error !== undefined && turn.text) turn.messages = [{ role: "assistant", content: turn.text }];
  return turn;
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

/** The history up to its last message is the same in the next round: worth caching. */
function markLast(messages: readonly ModelMessage[], mark: Model["cacheMark"]): ModelMessage[] {
  const last = messages.at(-1);
  if (!mark || !last) return [...messages];
  return [...messages.slice(0, -1), { ...last, providerOptions: mutable(mark) }];
}

function mutable(mark: NonNullable<Model["cacheMark"]>): Record<string, Record<string, { type: string }>> {
  return structuredClone(mark) as Record<string, Record<string, { type: string }>>;
}
