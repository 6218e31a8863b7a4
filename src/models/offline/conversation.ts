import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import { type ResultOf, schemas, type ToolName } from "./results.ts";

/** A tool call that the analyst made for this question, with what came back. */
export interface Step {
  readonly tool: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly failed: boolean;
}

/** The state of an investigation, read from the messages alone: the analyst keeps none. */
export interface Conversation {
  readonly question: string;
  readonly start: string;
  readonly end: string;
  readonly baseline: { readonly start: string; readonly end: string } | undefined;
  /** In words: the question's own, a flag, the data, the default. */
  readonly windowFrom: string;
  /** True where the window is the range of the data itself: there is nothing before it. */
  readonly isWholeRange: boolean;
  readonly rounds: number;
  readonly steps: readonly Step[];
  /** Of earlier questions: what they found is no answer to this one, but it may name a result or an event of theirs. */
  readonly earlier: readonly Step[];
  /** Whether a tool can be called: some are there for some sources only. */
  offers(tool: ToolName): boolean;
  /** The parsed results of one tool, in the order of the calls. */
  results<Name extends ToolName>(tool: Name): readonly ResultOf<Name>[];
  failures(): readonly { readonly tool: string; readonly message: string }[];
}

export function readConversation(prompt: LanguageModelV4Prompt, tools: readonly string[] = []): Conversation {
  const system = prompt.find(({ role }) => role === "system")?.content;
  const text = typeof system === "string" ? system : "";
  const from = prompt.findLastIndex((message) => message.role === "user");
  const times = [...text.matchAll(/start_time=(\S+) end_time=(\S+)/g)];
  const steps = readSteps(prompt.slice(from + 1));
  const baseline = times[1];
  const windowFrom = /The question's window \(([^\n]*)\): start/.exec(text)?.[1] ?? "";
  return {
    question: readQuestion(prompt[from]),
    start: times[0]?.[1] ?? "0",
    end: times[0]?.[2] ?? "now",
    baseline: baseline?.[1] && baseline[2] ? { start: baseline[1], end: baseline[2] } : undefined,
    windowFrom,
    isWholeRange: windowFrom.endsWith("the range of the data itself"),
    rounds: prompt.slice(from + 1).filter(({ role }) => role === "tool").length,
    steps,
    earlier: readSteps(prompt.slice(0, Math.max(from, 0))),
    offers: (tool) => tools.includes(tool),
    results: (tool) =>
      steps.filter((step) => step.tool === tool && !step.failed).map((step) => parse(tool, step.output)),
    failures: () =>
      steps.filter(({ failed }) => failed).map(({ tool, output }) => ({ tool, message: errorOf(output) })),
  };
}

function parse<Name extends ToolName>(tool: Name, output: unknown): ResultOf<Name>;
function parse(tool: ToolName, output: unknown): unknown {
  return schemas[tool].parse(output);
}

function readQuestion(message: LanguageModelV4Prompt[number] | undefined): string {
  if (message?.role !== "user") return "";
  return message.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

function readSteps(messages: LanguageModelV4Prompt): Step[] {
  const calls = new Map<string, unknown>();
  const steps: Step[] = [];
  for (const message of messages) {
    if (message.role === "assistant") {
      for (const part of message.content)
        if (part.type === "tool-call") calls.set(part.toolCallId, part.input);
    }
    if (message.role !== "tool") continue;
    for (const part of message.content) {
      if (part.type !== "tool-result") continue;
      const { output } = part;
      const value = "value" in output ? output.value : undefined;
      const failed = output.type !== "json";
      steps.push({ tool: part.toolName, input: calls.get(part.toolCallId), output: value, failed });
    }
  }
  return steps;
}

function errorOf(output: unknown): string {
  if (typeof output === "object" && output !== null && "error" in output) return String(output.error);
  return String(output);
}
