import type { Conversation } from "./conversation.ts";
import type { ResultOf } from "./results.ts";
import { clock, describeWindow, listNames } from "./wording.ts";

type Fetched = Pick<ResultOf<"fetch_logs">, "ledger" | "result" | "group_span">;

/** Why a group gave nothing, in words, and where its data lies; an empty result is never good news by itself. */
export function explainEmpty({ ledger, result, group_span }: Fetched, talk: Conversation): string {
  return `**No logs from ${listNames(ledger.groups)}** [${result}]: ${whyEmpty(ledger.empty, talk)}${whereData(group_span, ledger.empty, result)}`;
}

export function whyEmpty(reason: string | undefined, talk: Conversation): string {
  const sentences: Record<string, string> = {
    "group-is-empty":
      "the log is empty, there is no log output available at all. The process may have written nothing: it may crash before its first line, or log elsewhere.",
    "no-events-in-window": `there are none in the window ${describeWindow(talk)}, though the group has events.`,
    "filter-matches-nothing": "there are events in the window, but none matches.",
    "no-such-group": "there is no such log group.",
    "access-denied": "access was denied.",
    unreadable: "it could not be read.",
  };
  return sentences[reason ?? ""] ?? "nothing matched.";
}

export function whereData(
  span: ResultOf<"fetch_logs">["group_span"],
  reason: string | undefined,
  ref: string,
): string {
  if (reason !== "no-events-in-window" || !span?.oldest_event || !span.newest_event) return "";
  return ` Its data reaches from ${clock(span.oldest_event)} to ${clock(span.newest_event)} [${ref}]: ask about a time in there.`;
}
