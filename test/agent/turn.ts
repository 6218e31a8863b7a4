import type { ModelMessage, ToolCallPart, ToolResultPart } from "ai";
import type { AgentEvent } from "../../src/agent/events.ts";
import type { Evidence } from "../../src/tools/evidence.ts";

/** What a question came to, as the next one of the same investigation is given it. */
export function turnOf(events: readonly AgentEvent[], evidence: Evidence): ModelMessage[] {
  const messages: ModelMessage[] = [];
  const rounds: { calls: ToolCallPart[]; results: ToolResultPart[] }[] = [];
  for (const event of events) {
    const round = rounds.at(-1);
    if (event.type === "question-start") messages.push({ role: "user", content: event.question });
    else if (event.type === "round-start") rounds.push({ calls: [], results: [] });
    else if (event.type === "tool-start")
      round?.calls.push({
        type: "tool-call",
        toolCallId: event.call,
        toolName: event.tool,
        input: event.input,
      });
    else if (event.type === "tool-end") {
      const data = evidence.findResult(event.ref)?.data;
      round?.results.push({
        type: "tool-result",
        toolCallId: event.call,
        toolName: event.tool,
        output: { type: "json", value: JSON.parse(JSON.stringify(data)) },
      });
    } else if (event.type === "tool-failed") {
      round?.results.push({
        type: "tool-result",
        toolCallId: event.call,
        toolName: event.tool,
        output: { type: "error-json", value: { error: event.message } },
      });
    } else if (event.type === "answer-checked") {
      const whole = rounds.filter(({ calls }) => calls.length > 0);
      for (const { calls, results } of whole)
        messages.push({ role: "assistant", content: calls }, { role: "tool", content: results });
      messages.push({ role: "assistant", content: event.answer });
    }
  }
  return messages;
}
