import type { AgentEvent, Outcome } from "../../src/agent/events.ts";
import { answerQuestion, type QuestionOptions } from "../../src/agent/loop.ts";
import type { Model } from "../../src/models/model.ts";
import { openModel } from "../../src/models/open-model.ts";
import { createGate, type EgressRecord } from "../../src/sanitize/gate.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";
import { NOW, openShop, WINDOW, ZONE } from "./shop.ts";

/** Nobody's: made for these tests. */
export const KEY = "sk-ant-test-0123456789-abcdefghij-klmnopqrst";

export interface OpenOptions {
  readonly modelId?: string;
  readonly provider?: Model["provider"];
  readonly onEgress?: (record: EgressRecord) => void;
  readonly fetch?: typeof globalThis.fetch;
}

/** A model behind the gate, as the program opens it. */
export function openTestModel(baseUrl: string | undefined, options: OpenOptions = {}): Promise<Model> {
  const {
    modelId = "claude-sonnet-5-5",
    provider = "anthropic",
    onEgress,
    fetch = globalThis.fetch,
  } = options;
  return openModel({
    provider,
    modelId,
    apiKey: async () => KEY,
    baseUrl,
    maxOutputTokens: 4096,
    temperature: 0.1,
    gate: createGate({
      sanitizer: createSanitizer(),
      enabled: true,
      ...(onEgress ? { onEgress } : {}),
    }),
    fetch,
  });
}

/** The options of a question over a small shop, with short waits. */
export function questionOf(model: Model, rest: Partial<QuestionOptions> = {}): QuestionOptions {
  return {
    question: "What is wrong with checkout?",
    scope: { window: WINDOW, zone: ZONE.name, from: "flags", words: undefined, baseline: undefined },
    model,
    tools: TOOLS,
    directory: openShop({ groups: { checkout: ["ERROR payment timed out after 5000 ms"] } }).directory,
    evidence: createEvidence(),
    sanitizer: createSanitizer(),
    zone: ZONE,
    now: () => NOW,
    clock: () => performance.now(),
    budget: { rounds: 10, tokens: undefined, seconds: undefined, cost: undefined },
    signal: new AbortController().signal,
    retryBaseMs: 1,
    stallMs: 5000,
    ...rest,
  };
}

export interface Answered {
  readonly events: readonly AgentEvent[];
  /** The text as it was streamed. */
  readonly streamed: string;
  /** The answer after its check; empty where there was none. */
  readonly answer: string;
  readonly outcome: Outcome;
  readonly ofType: <Type extends AgentEvent["type"]>(type: Type) => Extract<AgentEvent, { type: Type }>[];
}

/** Runs a question to its end; `onEvent` sees each event before the next is asked for. */
export async function ask(
  options: QuestionOptions,
  onEvent: (event: AgentEvent) => unknown = () => undefined,
): Promise<Answered> {
  const events: AgentEvent[] = [];
  for await (const event of answerQuestion(options)) {
    events.push(event);
    await onEvent(event);
  }
  const ofType: Answered["ofType"] = (type) =>
    events.filter((event): event is Extract<AgentEvent, { type: typeof type }> => event.type === type);
  const [finish] = ofType("finish");
  if (!finish || events.at(-1) !== finish) throw new Error("A question must end with one finish event.");
  return {
    events,
    streamed: ofType("text-delta")
      .map(({ text }) => text)
      .join(""),
    answer: ofType("answer-checked")[0]?.answer ?? "",
    outcome: finish.outcome,
    ofType,
  };
}
