import { formatWindow } from "../log/time-input.ts";
import type { Zone } from "../log/zone.ts";
import type { Session, SessionQuestion } from "../sessions/session.ts";
import { describeCheck, describeCost } from "../ui/answer-view.ts";
import { describePlace } from "../ui/session-view.ts";
import { cutTo } from "./contents.ts";

/** What a session is called: its first question. */
export function titleOf({ questions }: Session): string {
  const [first] = questions;
  return first ? first.text.trim() || "A question without words" : "A session without questions";
}

/** What the reader must know of a question before its answer. */
export function describeQuestion(
  { scope, model, report, outcome, ledgers, place }: SessionQuestion,
  session: Pick<Session, "place">,
  zone: Zone,
): readonly { readonly name: string; readonly value: string }[] {
  const window =
    scope.from === "untimed" ? "none; these logs carry no times" : formatWindow(scope.window, zone);
  const who =
    model.provider === "offline"
      ? "the built-in offline analyst: fixed rules, no language model"
      : `${model.id} (${model.provider})`;
  const sources = [...new Set(ledgers.map(({ source }) => source))];
  return [
    { name: "Logs", value: cutTo(describePlace(place ?? session.place, sources), 600) },
    { name: "Window", value: window },
    { name: "Model", value: who },
    ...(report ? [{ name: "Claims", value: describeCheck(report) }] : []),
    ...(outcome ? [{ name: "Cost", value: describeCost(outcome, model.id) }] : []),
  ];
}
