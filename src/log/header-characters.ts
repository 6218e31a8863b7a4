/** What `codeAt` gives beyond the text. */
export const END = -1;

/**
 * The UTF-16 code at an index, END beyond the text. Engines make charCodeAt many times slower at a place where it
 * once was asked beyond the end.
 */
export function codeAt(text: string, index: number): number {
  return index >= 0 && index < text.length ? text.charCodeAt(index) : END;
}

/** Kinds of ASCII characters, as bits. */
const WORD = 1;
const LOGGER = 2;
const TAG = 4;
const KINDS = new Uint8Array(128).map((_, code) => {
  const character = String.fromCharCode(code);
  if (/\w/.test(character)) return WORD | LOGGER | TAG;
  const isLogger = "-./:$@<>".includes(character) ? LOGGER : 0;
  return isLogger | ("./()-@+#*".includes(character) ? TAG : 0);
});

function hasKind(code: number, kind: number): boolean {
  return code >= 0 && code < 128 && ((KINDS[code] ?? 0) & kind) !== 0;
}

/** An ASCII letter, digit or underscore. */
export function isWord(code: number): boolean {
  return hasKind(code, WORD);
}

/** What a logger's name is made of. */
export function isLoggerCharacter(code: number): boolean {
  return hasKind(code, LOGGER);
}

/** What the name of a program in front of a syslog message is made of. */
export function isTagCharacter(code: number): boolean {
  return hasKind(code, TAG);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** A space or a tab. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Digits in a row from an index, counted up to 20. */
export function countDigits(text: string, at: number): number {
  let count = 0;
  while (count < 20 && isDigit(codeAt(text, at + count))) count++;
  return count;
}

/** Three letters as one number, case apart. */
export function packLetters(text: string, at: number): number {
  return ((codeAt(text, at) | 32) << 16) | ((codeAt(text, at + 1) | 32) << 8) | (codeAt(text, at + 2) | 32);
}

/** Index of the first character from an index on that is neither space nor tab. */
export function skipBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(codeAt(text, at))) at++;
  return at;
}
