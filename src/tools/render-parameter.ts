import type { TemplateSummary } from "../analysis/summary.ts";
import { WILDCARD } from "../analysis/tokens.ts";

/** Characters of the template that are shown before a value, and as many more as it takes to a word's start. */
const CHARACTERS_BEFORE = 32;
/** Of one value with its words. */
const CHARACTERS = 300;

/**
 * A value of a template's parameter as it stands in its line: `user=jane`, `password: hunter2`. Alone, a part of a
 * secret would no longer be seen as one by the sanitiser; nothing is cut inside a word, for the same reason.
 */
export function renderParameter({ text }: TemplateSummary, index: number, value: string): string {
  const pieces = text.split(WILDCARD);
  const before = pieces.slice(0, index + 1).join(WILDCARD);
  const behind = /^[^\s<]*/.exec(pieces[index + 1] ?? "")?.[0] ?? "";
  const shown = lastWords(before) + value + behind;
  return value.endsWith("…") || shown.length > CHARACTERS ? "(a long value)" : shown;
}

function lastWords(text: string): string {
  const from = text.length - CHARACTERS_BEFORE;
  return from <= 0 ? text : text.slice(text.slice(0, from).search(/\S*$/));
}
