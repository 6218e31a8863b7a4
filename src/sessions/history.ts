import type { JSONValue } from "@ai-sdk/provider";
import type { ModelMessage } from "ai";
import type { JsonObject } from "../tools/json.ts";
import type { Session, SessionCall, SessionQuestion } from "./session.ts";

/** The questions of a session as a model is told them before the next: what was asked, looked up, found and answered. */
export function historyOf({ questions }: Pick<Session, "questions">): ModelMessage[] {
  return questions.flatMap((question) => [
    { role: "user" as const, content: question.text },
    ...roundsOf(question),
    { role: "assistant" as const, content: question.answer.trim() || noAnswer(question) },
  ]);
}

function noAnswer({ outcome }: SessionQuestion): string {
  const why = outcome?.failure?.message ?? "It was broken off.";
  return `(There was no answer: ${why})`;
}

function roundsOf({ number, calls }: SessionQuestion): ModelMessage[] {
  const rounds = Map.groupBy(
    calls.map((call, index) => ({ ...call, id: `s${number}_${index + 1}` })),
    ({ round }) => round,
  );
  return [...rounds].sort(([a], [b]) => a - b).flatMap(([, some]) => toMessages(some));
}

/** Ids are ours: a model's own may come again in another question. */
function toMessages(calls: readonly SessionCall[]): ModelMessage[] {
  return [
    {
      role: "assistant",
      content: calls.map(({ id, tool, input }) => ({
        type: "tool-call",
        toolCallId: id,
        toolName: tool,
        input,
      })),
    },
    {
      role: "tool",
      content: calls.map(({ id, tool, result }) => ({
        type: "tool-result",
        toolCallId: id,
        toolName: tool,
        output:
          "ref" in result
            ? { type: "json", value: toValue(result.data) }
            : { type: "error-json", value: toValue(failureOf(result)) },
      })),
    },
  ];
}

type Failed = Exclude<SessionCall["result"], { readonly ref: string }>;

function failureOf({ message, code, hint }: Failed): JsonObject {
  return { error: message, code, hint };
}

function toValue(data: JsonObject): JSONValue {
  return JSON.parse(JSON.stringify(data));
}
