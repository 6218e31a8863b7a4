import { makeTerminalSafe } from "../ui/terminal-safe.ts";

const markup = Symbol("markup");

/**
 * A piece of a page: tags that stand in LogAI's own code, with everything else escaped. Only this file makes one, so
 * that a piece of log text cannot become a tag because somebody forgot.
 */
export interface Html {
  readonly [markup]: string;
}

/** What may stand in a page: a bare string is escaped, one line, wherever it came from. */
export type Value = string | number | Html | readonly Value[] | undefined;

/** Long values are cut here, in UTF-16 units, and the rest is counted. */
const MAX_LINE = 10_000;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Template: html`<b title="${name}">${name}</b>`. Values stand in text or between double quotes, nowhere else; what a
 * browser would obey or hide (controls, bidirectional overrides, invisible characters) is written out as in a terminal.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = strings[0] ?? "";
  for (const [index, value] of values.entries()) text += write(value) + (strings[index + 1] ?? "");
  return make(text);
}

/** Text whose line breaks are kept: for `<pre>` and what is styled alike. */
export function safeLines(text: string, maxLine = MAX_LINE): Html {
  return make(escapeMarkup(makeTerminalSafe(text, { multiline: true, maxLine })));
}

export function join(parts: readonly Value[], separator: Value = ""): Html {
  return make(parts.map(write).join(write(separator)));
}

export function toMarkup(page: Html): string {
  return page[markup];
}

function write(value: Value): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escapeMarkup(makeTerminalSafe(value, { maxLine: MAX_LINE }));
  return isList(value) ? value.map(write).join("") : value[markup];
}

function isList(value: Html | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

function make(text: string): Html {
  return { [markup]: text };
}
