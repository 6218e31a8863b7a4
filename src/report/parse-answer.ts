import { lexer, type Token } from "marked";
import { findReferences } from "../agent/references.ts";
import { makeTerminalSafe } from "../ui/terminal-safe.ts";

/** Longer text is shown as it was written: the parser takes more than linear time. */
const MAX_LENGTH = 65_536;
/** So is what is nested deeper. */
export const MAX_DEPTH = 12;
const ENTITY = /&(amp|lt|gt|quot|nbsp);/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

/** An answer taken apart; what cannot be parsed, such as thousands of nested quotes, comes as text. */
export function parseAnswer(markdown: string): {
  readonly tokens: readonly Token[] | undefined;
  readonly text: string;
} {
  const text = makeTerminalSafe(markdown, { multiline: true, maxLine: MAX_LENGTH });
  try {
    return { tokens: text.length <= MAX_LENGTH ? lexer(text) : undefined, text };
  } catch {
    return { tokens: undefined, text };
  }
}

/** An answer that defines `[e3]` as a link still means the evidence. */
export function isReference(raw: string): boolean {
  const [citing] = findReferences(raw);
  return citing?.index === 0 && citing.end === raw.length;
}

/** The address as a browser reads it, in ASCII; undefined for all that is not plain http(s). */
export function addressOf(href: string): string | undefined {
  const url = URL.parse(href);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") return undefined;
  const isPlain = url.username === "" && url.password === "" && url.href.length <= 2048;
  return isPlain && /^[!-;=?-~]+$/.test(url.href) ? url.href : undefined;
}

export function decodeEntities(text: string): string {
  return text.replace(ENTITY, (entity, name: string) => ENTITIES[name] ?? entity);
}

export function oneLine(text: string): string {
  return text.replaceAll("\n", " ");
}
