import type { MarkedToken, Token } from "marked";
import { findReferences } from "../agent/references.ts";

/** What is nested deeper is shown as it was written. */
export const MAX_DEPTH = 12;
const ENTITY = /&(amp|lt|gt|quot|nbsp);/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

/** Every token of an unextended lexer is one of marked's own. */
export function isMarked(token: Token): token is MarkedToken {
  return token.type in MARKED_TYPES;
}

/** The reference that a link's words are: an answer that makes `[e3]` a link still means the evidence. */
export function referenceOf(words: string): string | undefined {
  const reference = `[${oneLine(words)}]`;
  const [citing] = findReferences(reference);
  return citing?.index === 0 && citing.end === reference.length ? reference : undefined;
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

const MARKED_TYPES: Readonly<Record<MarkedToken["type"], true>> = {
  blockquote: true,
  br: true,
  checkbox: true,
  code: true,
  codespan: true,
  def: true,
  del: true,
  em: true,
  escape: true,
  heading: true,
  hr: true,
  html: true,
  image: true,
  link: true,
  list: true,
  list_item: true,
  paragraph: true,
  space: true,
  strong: true,
  table: true,
  text: true,
};
