const LITERALS = new Set(
  "null nil none undefined true false yes no on off required optional missing invalid valid empty unset set expired present absent redacted removed hidden masked filtered changeme example string number boolean object array bool int text varchar char password passwd secret token key apikey ok failed failure success succeeded error denied wrong incorrect mismatch n/a na nan unknown default disabled enabled the a an is was not for in from to of and or with has must cannot base64 utf8 utf-8 hex ascii sha1 sha256 sha512 hs256 rs256 basic bearer digest".split(
    " ",
  ),
);
const REFERENCE =
  /^[\\'"]{0,8}(?:\$[({]|\$[A-Za-z_]\w{0,80}(?:[[.:\\"'-]|$)|%\w+%$|\{{1,2}[\w. ]+\}{0,2}$|<[^<>]{1,60}>?$|\[[^\]]{1,60}\]?$|#\{|@[\w.]+@$|(?:process\.)?env[.[]|os\.(?:environ|getenv)|getenv\(|(?:config|settings|secrets|var|local|data|module|self|this|req|request|props|params|options|args)\.[a-z_]|(?:vault|file|env|ssm|secretsmanager|op):|arn:aws|[A-Z]\w{0,60}\{[0-9a-f]{5,8}|[\w.$]{1,120}@[0-9a-f]{5,8}$|(?:AKIA|ASIA)[A-Z0-9]{16}\/)/i;
const MASKED = /^[*x•.#_-]{1,200}$|\*{3,}|^\.{3}|x{8,}|\.\.\.$/i;
const CALL = /^(?:new\s)?[A-Za-z_][A-Za-z_.:]*\(|^\(/;
const FILE_PATH = /^(?:[A-Za-z]:\\|\.{0,2}\/|~\/)(?:[A-Za-z_.@-][\w.@-]{0,60}[\\/]){0,12}[\w.@-]{0,60}$/;
/** Code between two strings that looks like a quoted value: `", title: "`. */
const BETWEEN_QUOTES = /^\s*[,)\]};+].*[:=(,+[]\s*$|^[^\p{L}\p{N}]*$/u;

/** True for what stands where a secret would, and is none: literals, references to variables, masks. */
export function isPlainValue(value: string): boolean {
  const text = value.trim();
  if (text.length < 2) return true;
  if (LITERALS.has(text.toLowerCase()) || REFERENCE.test(text)) return true;
  const head = text.slice(0, 256);
  return MASKED.test(head) || CALL.test(head) || BETWEEN_QUOTES.test(head) || isFilePath(text);
}

/** A path of words; base64 may begin with a slash too, but its parts mix cases and digits. */
function isFilePath(text: string): boolean {
  return text.length < 512 && FILE_PATH.test(text) && !/[A-Z]\d|\d[A-Z]|\d[a-z]+[A-Z]/.test(text);
}

const HOST_NAME = /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,12}(?::\d{1,5})?$/;
const ARTIFACT = /[-:@]v?\d{1,4}(?:\.\d{1,6}){1,3}(?:[-.][A-Za-z]{1,12})?$/;
const INSTANT =
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?$/;
const ALPHABET = /abcdefghijklmnopqrstuvwxyz/i;

/**
 * True for text that a generator made: long enough, no everyday shape (number, date, path, host name, words joined
 * by punctuation), and a mix of characters that words do not have.
 */
export function looksRandom(value: string, minimum: number): boolean {
  const text = value.trim();
  if (text.length < minimum) return false;
  if (/^[\d.,:/+-]+$/.test(text)) return text.length >= 24 && /^\d+$/.test(text);
  if (isFilePath(text) || /^[a-z]{2,12}:\/\//i.test(text)) return false;
  if (text.length < 256 && (HOST_NAME.test(text) || ARTIFACT.test(text) || isStructured(text))) return false;
  if (ALPHABET.test(text) || INSTANT.test(text)) return false;
  const digits = /\d/.test(text);
  if (!digits) return text.length >= 20 && /[a-z]/.test(text) && /[A-Z]/.test(text) && entropyOf(text) >= 3.7;
  return /[A-Za-z]/.test(text) && entropyOf(text) >= (text.length >= 16 ? 2.8 : 2.2);
}

/** Words and small numbers with punctuation between them: `basket:17:items`, `Row_Index_4_8`. */
function isStructured(text: string): boolean {
  const parts = text.split(/[:/._=,|\s-]+/);
  return (
    parts.length > 1 &&
    parts.every((part) => /^(?:[A-Za-z]?[a-z]{0,24}|\d{1,10}|[A-Z]{2,5})\d{0,2}$/.test(part))
  );
}

/** Shannon entropy in bits a character, of at most the first 256 characters. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  const sample = text.slice(0, 256);
  for (const char of sample) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / sample.length) * Math.log2(count / sample.length);
  return bits;
}
