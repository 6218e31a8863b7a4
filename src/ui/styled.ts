import { makeTerminalSafe, type TerminalSafeOptions } from "./terminal-safe.ts";

const terminal = Symbol("terminal");

/**
 * Text that may go to a terminal as it is: escaped, with LogAI's own styling in it. Only this file makes one, and
 * from text that it escapes: a piece of log text cannot reach the screen raw because somebody forgot.
 */
export interface Styled {
  readonly [terminal]: string;
  /** The text without its styling. */
  toString(): string;
}

/** What every function of this room takes: a bare string is escaped, one line, wherever it came from. */
export type Text = string | Styled;

const ESC = "\x1b";
/** One SGR sequence, the only control sequence that LogAI writes. */
const SGR = new RegExp(`${ESC}\\[[0-9;]*m`, "g");

/** The bytes for the terminal. A bare string is escaped; its line breaks are kept only where `multiline` is set. */
export function toTerminal(text: Text, options?: TerminalSafeOptions): string {
  return typeof text === "string" ? makeTerminalSafe(text, options) : text[terminal];
}

/** The text as it is seen, without styling. */
export function toPlain(text: Text, options?: TerminalSafeOptions): string {
  return typeof text === "string" ? makeTerminalSafe(text, options) : text.toString();
}

/** Escapes text and keeps its lines; everywhere else a line break in a bare string is shown as `\n`. */
export function safeLines(text: string, maxLine?: number): Styled {
  return make(makeTerminalSafe(text, { multiline: true, ...(maxLine === undefined ? {} : { maxLine }) }));
}

/** Template: styled`${style.bold(name)}: ${formatCount(n)} events`. Values are escaped, styled ones kept. */
export function styled(strings: TemplateStringsArray, ...values: readonly (Text | number)[]): Styled {
  let bytes = makeTerminalSafe(strings[0] ?? "", { multiline: true });
  for (const [index, value] of values.entries()) {
    bytes += typeof value === "number" ? String(value) : toTerminal(value);
    bytes += makeTerminalSafe(strings[index + 1] ?? "", { multiline: true });
  }
  return make(bytes);
}

export function joinText(parts: readonly Text[], separator: Text = ""): Styled {
  return make(parts.map((part) => toTerminal(part)).join(toTerminal(separator, { multiline: true })));
}

/** The text between two SGR codes; styling inside it goes on after it ends, and every line stands on its own. */
export function withSgr(text: Text, open: string, close: string): Styled {
  const [on, off] = [`${ESC}[${open}m`, `${ESC}[${close}m`];
  const wrap = (line: string) => (line === "" ? line : on + line.replaceAll(off, off + on) + off);
  return make(toTerminal(text).split("\n").map(wrap).join("\n"));
}

/** The lines of a text; a style never reaches over a line's end. */
export function linesOf(text: Text): readonly Styled[] {
  return toTerminal(text).split("\n").map(make);
}

/** A text taken apart: whole SGR sequences, and the runs of visible text between them. */
export function partsOf(text: Text): readonly { readonly sgr: boolean; readonly text: string }[] {
  const bytes = toTerminal(text);
  const parts: { sgr: boolean; text: string }[] = [];
  let end = 0;
  for (const match of bytes.matchAll(SGR)) {
    if (match.index > end) parts.push({ sgr: false, text: bytes.slice(end, match.index) });
    parts.push({ sgr: true, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < bytes.length) parts.push({ sgr: false, text: bytes.slice(end) });
  return parts;
}

/** Puts parts together again; visible runs are escaped as any text is, and only whole SGR sequences are kept. */
export function fromParts(parts: readonly { readonly sgr: boolean; readonly text: string }[]): Styled {
  const bytes = parts.map((part) => (part.sgr ? (part.text.match(SGR)?.[0] ?? "") : keepSafe(part.text)));
  return make(bytes.join(""));
}

function keepSafe(text: string): string {
  return makeTerminalSafe(text, { multiline: true, maxLine: Number.POSITIVE_INFINITY });
}

function make(bytes: string): Styled {
  return { [terminal]: bytes, toString: () => bytes.replace(SGR, "") };
}
