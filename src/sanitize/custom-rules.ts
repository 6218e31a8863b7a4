import { createContext, Script } from "node:vm";
import type { AddSpan } from "./spans.ts";

/** A rule of the user's own. The expression is matched against the normalised text, with the flag g added. */
export interface CustomRule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** Milliseconds that one custom rule may take for one text. */
const TIME_LIMIT = 500;

const MATCH = new Script(
  "Array.from(text.matchAll(pattern), (match) => [match.index, match.index + match[0].length])",
);

/**
 * Makes the finder of a custom rule. A stranger's expression may take exponential time, so it runs under a clock;
 * over the limit it throws, and the sanitiser then refuses the text.
 */
export function finderOf(rule: CustomRule): (text: string, add: AddSpan) => void {
  const flags = new Set([...rule.pattern.flags, "g"]);
  flags.delete("y");
  const scope = { text: "", pattern: new RegExp(rule.pattern.source, [...flags].join("")) };
  const context = createContext(scope);
  return (text, add) => {
    scope.text = text;
    const found: unknown = MATCH.runInContext(context, { timeout: TIME_LIMIT });
    if (!Array.isArray(found)) throw new TypeError(`Rule '${rule.name}' gave no matches`);
    for (const [start, end] of found) add(rule.name, Number(start), Number(end));
  };
}
