import { answer, refuseEmpty } from "./answer.ts";
import type { RunCommand } from "./command.ts";
import { openDemo } from "./place.ts";
import { findEarlier } from "./session-store.ts";

/** A question about the built-in incident. */
export const runDemo: RunCommand = async (context, _args, options) => {
  const text = typeof options.ask === "string" ? options.ask : "";
  refuseEmpty(text);
  const earlier = await findEarlier(context, { isDemo: true });
  const { app, ...logs } = await openDemo(context);
  return answer(app, context, { text, ...logs, earlier, showEgress: options.showEgress === true });
};
