import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Failure } from "../failure.ts";
import { answer, refuseEmpty } from "./answer.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { openLogs } from "./place.ts";
import { findEarlier } from "./session-store.ts";
import { listOf } from "./sources.ts";

export const runAsk: RunCommand = async (context, [question, words], options) => {
  const text = listOf(question).join(" ");
  const paths = listOf(words);
  refuseEmpty(text);
  refuseLooseWords(text, paths, context);
  const earlier = await findEarlier(context, { isDemo: false });
  const { app, ...logs } = await openLogs(context, paths, earlier);
  // A path that does not exist is told before a model is asked.
  if (paths.length > 0) await logs.directory.list(context.signal);
  return answer(app, context, { text, ...logs, earlier, showEgress: options.showEgress === true });
};

/** `logai ask why does it fail`: without quotes the words behind the first would be paths. */
function refuseLooseWords(text: string, paths: readonly string[], { cwd }: CommandContext): void {
  if (/\s/.test(text) || paths.length === 0) return;
  const isWord = (path: string) => /^[\p{L}\p{N}'?!,-]+$/u.test(path) && path !== "-";
  if (!paths.some((path) => isWord(path) && !existsSync(resolve(cwd, path)))) return;
  throw new Failure("usage", `The question is only '${text}'; the words behind it would be paths.`, {
    hint: `Put the question in quotes: logai ask "${[text, ...paths].join(" ")}"`,
  });
}
