import type { Level } from "../log/event.ts";
import { type Styled, styled, type Text, withSgr } from "./styled.ts";

export type Theme = "dark" | "light";

type Paint = (text: Text) => Styled;

/** Colours by what they mean. Whatever a colour says is also said by a word or a sign. */
export interface Style {
  /** False where every function below only escapes. */
  readonly colour: boolean;
  readonly bold: Paint;
  readonly italic: Paint;
  readonly dim: Paint;
  readonly heading: Paint;
  /** References such as [e3]. */
  readonly reference: Paint;
  readonly code: Paint;
  readonly link: Paint;
  /** The text that a search or filter found. */
  readonly match: Paint;
  readonly ok: Paint;
  readonly warn: Paint;
  readonly error: Paint;
  /** Text in the colour of a severity; undefined is an event without one. */
  readonly level: (level: Level | undefined, text: Text) => Styled;
}

type Name = "heading" | "reference" | "code" | "link" | "match" | "ok" | "warn" | "error";

/** SGR code pairs; sixteen colours follow the terminal's own palette, except where yellow is unreadable on white. */
const PAIRS: Readonly<Record<Theme, Readonly<Record<Name, readonly [string, string]>>>> = {
  dark: {
    heading: ["1;96", "22;39"],
    reference: ["96", "39"],
    code: ["95", "39"],
    link: ["4;94", "24;39"],
    match: ["7", "27"],
    ok: ["92", "39"],
    warn: ["93", "39"],
    error: ["91", "39"],
  },
  light: {
    heading: ["1;34", "22;39"],
    reference: ["34", "39"],
    code: ["35", "39"],
    link: ["4;34", "24;39"],
    match: ["7", "27"],
    ok: ["32", "39"],
    warn: ["38;5;130", "39"],
    error: ["31", "39"],
  },
};

export function createStyle(options: { readonly colour: boolean; readonly theme: Theme }): Style {
  const { colour, theme } = options;
  const paint = (open: string, close: string): Paint =>
    colour ? (text) => withSgr(text, open, close) : (text) => styled`${text}`;
  const named = (name: Name) => paint(...PAIRS[theme][name]);
  const [dim, warn, error, plain] = [
    paint("2", "22"),
    named("warn"),
    named("error"),
    (text: Text) => styled`${text}`,
  ];
  const fatal = paint(`1;${PAIRS[theme].error[0]}`, "22;39");
  const levels: Readonly<Record<Level, Paint>> = { trace: dim, debug: dim, info: plain, warn, error, fatal };
  return {
    colour,
    bold: paint("1", "22"),
    italic: paint("3", "23"),
    dim,
    heading: named("heading"),
    reference: named("reference"),
    code: named("code"),
    link: named("link"),
    match: named("match"),
    ok: named("ok"),
    warn,
    error,
    level: (level, text) => (level === undefined ? dim : levels[level])(text),
  };
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stream gets colour. `--no-color` wins, then FORCE_COLOR (as in Node, over NO_COLOR; 0 and false mean
 * off), a non-empty NO_COLOR, TERM=dumb, and whether that very stream is a terminal.
 */
export function detectColour(
  stream: { readonly isTty: boolean },
  env: Env,
  options: { readonly noColor?: boolean } = {},
): boolean {
  if (options.noColor) return false;
  if (env.FORCE_COLOR) return !/^(0|false)$/i.test(env.FORCE_COLOR);
  if (env.NO_COLOR || env.TERM === "dumb") return false;
  return stream.isTty;
}

/** Whether block characters can be shown: not on a dumb or Linux console, nor in a locale that says otherwise. */
export function detectUnicode(env: Env): boolean {
  if (env.TERM === "dumb" || env.TERM === "linux") return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return !locale || /utf-?8/i.test(locale);
}
