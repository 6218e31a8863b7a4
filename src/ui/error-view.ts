import { Failure, messageOf } from "../failure.ts";
import type { Style } from "./style.ts";
import { joinText, linesOf, type Styled, safeLines, styled, type Text } from "./styled.ts";

export interface ErrorViewOptions {
  readonly style: Style;
  /** Where the stack of a bug was written; undefined where there is no such file. */
  readonly logFile?: string | undefined;
}

/**
 * What was thrown, as lines: a Failure says what happened and what to do next; anything else is a bug in LogAI,
 * told in one line that names the log file. Stacks never come here.
 */
export function viewError(thrown: unknown, options: ErrorViewOptions): readonly Styled[] {
  const { style } = options;
  if (!(thrown instanceof Failure)) {
    const file = options.logFile === undefined ? "" : ` Details are in ${options.logFile}.`;
    return [styled`${style.error("Error:")} This is a bug in LogAI: ${messageOf(thrown)}.${file}`];
  }
  const message = indented(styled`${style.error("Error:")} `, thrown.message);
  return thrown.hint === undefined ? message : [...message, ...indented("  ", thrown.hint)];
}

function indented(first: Text, text: string): readonly Styled[] {
  return linesOf(safeLines(text)).map((line, index) => joinText([index === 0 ? first : "  ", line]));
}
