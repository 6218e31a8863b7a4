import { answer } from "./answer.ts";
import type { RunCommand } from "./command.ts";
import { listOf, openSources } from "./sources.ts";

export const runAsk: RunCommand = async (context, [question, paths], options) => {
  const app = await context.openApp();
  const directory = await openSources(app, listOf(paths), context.stdin);
  return answer(app, context, {
    text: listOf(question).join(" "),
    directory,
    showEgress: options.showEgress === true,
  });
};
