import { findNearName } from "../config/near-name.ts";
import { Failure } from "../failure.ts";
import type { SessionSummary } from "./read-session.ts";

/** How many are named where several are meant. */
const MOST_NAMED = 5;

/** The session whose id begins so. @throws Failure "usage" where none does, or several do */
export function findSession(sessions: readonly SessionSummary[], start: string): SessionSummary {
  const wanted = start.trim().toLowerCase();
  const found = wanted === "" ? [] : sessions.filter(({ id }) => id.startsWith(wanted));
  const [first, ...more] = found;
  if (first && more.length === 0) return first;
  if (first) {
    const ids = found.map(({ id }) => id);
    const rest = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : "";
    throw new Failure("usage", `'${start}' could be ${ids.slice(0, MOST_NAMED).join(", ")}${rest}.`, {
      hint: "Give more characters of the id.",
    });
  }
  const near = findNearName(
    wanted,
    sessions.map(({ id }) => id),
  );
  const meant = near === undefined ? "" : ` Did you mean '${near}'?`;
  throw new Failure("usage", `There is no session '${start}'.${meant}`, {
    hint: sessions.length > 0 ? "logai sessions lists them." : "No session is kept yet.",
  });
}
