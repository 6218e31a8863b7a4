import { type KeyKind, kindOfKey } from "./key-names.ts";
import { extendValue, readCookies, readCredential, readValue, type Value } from "./key-values.ts";
import { TAG_MARK } from "./normalize.ts";
import { isPlainValue, looksRandom } from "./secret-values.ts";
import type { AddSpan } from "./spans.ts";

const KEYWORD =
  /pass|pwd|psw|secret|token|key|auth|cred|sig|sess|cookie|jwt|bearer|hmac|salt|hook|dsn|login|senha|contrase|pat\b|pin\b|cvv|cvc|otp\b/gi;
/** `<key id>/20250131/us-east-1/s3/aws4_request`, the key id already replaced: a place, no secret. */
const AWS_SCOPE = new RegExp(`^${TAG_MARK}/\\d{8}/`);
const KEY_CHAR = /[\w.$-]/;
const KEY_LIMIT = 80;

/**
 * Finds the values of fields whose name says that they are secret, in whatever notation the field stands: JSON (also
 * escaped), logfmt, XML, YAML, command lines, headers, query strings. A name looks at 512 characters at most, and
 * the search goes on behind what was accepted, so the work is linear.
 */
export function findKeyedSecrets(text: string, add: AddSpan): void {
  KEYWORD.lastIndex = 0;
  for (let hit = KEYWORD.exec(text); hit !== null; hit = KEYWORD.exec(text)) {
    const key = keyAround(text, hit.index, KEYWORD.lastIndex);
    const next = Math.max(KEYWORD.lastIndex, key.end);
    const kind = kindOfKey(key.name);
    const read = kind === undefined ? next : findBehind(text, key, kind, add);
    KEYWORD.lastIndex = Math.max(next, read);
  }
}

interface Key {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The whole name around a key word: `aws_secret_access_key`, `spring.datasource.password`. */
function keyAround(text: string, from: number, to: number): Key {
  let start = from;
  while (start > 0 && from - start < KEY_LIMIT && KEY_CHAR.test(text[start - 1] ?? "")) start--;
  let end = to;
  while (end < text.length && end - to < KEY_LIMIT && KEY_CHAR.test(text[end] ?? "")) end++;
  return { name: text.slice(start, end), start, end };
}

/** Reports the secret values behind a name; returns where reading may go on. */
function findBehind(text: string, key: Key, kind: KeyKind, add: AddSpan): number {
  if (kind === "cookie") {
    const { cookies, end } = readCookies(text, key.end);
    for (const cookie of cookies) {
      const cookieKind = kindOfKey(cookie.name) === "secret" ? "secret" : kind;
      if (isSecretValue(cookie, cookieKind, cookie.name)) add("generic_api_key", cookie.start, cookie.end);
    }
    return end;
  }
  const credential = kind === "authorization" ? readCredential(text, key.end) : undefined;
  const value = credential ?? readValue(text, key.start, key.end);
  if (value === undefined || !isSecretValue(value, kind, key.name)) return key.end;
  const end = extendValue(text, value);
  add(kind === "aws-secret" ? "aws_secret_key" : "generic_api_key", value.start, end);
  return end;
}

function isSecretValue(value: Value, kind: KeyKind, name: string): boolean {
  const text = value.text;
  if (text.includes(TAG_MARK) && !/\w/.test(text.replaceAll(TAG_MARK, ""))) return false;
  if (kind === "aws-secret" && /^[\w/+]{40}$/.test(text)) return true;
  if (isPlainValue(text) || AWS_SCOPE.test(text)) return false;
  if (kind === "authorization") return looksRandom(text, 6) || /^\S*(?:[a-z][A-Z]|=$)/.test(text);
  if (kind === "cookie") return looksRandom(text, 6);
  if (kind === "aws-secret") return text.length >= 16 || value.quoted;
  if (value.link === "spaced") return isSpacedSecret(value, /pass|pwd/i.test(name));
  if (kind === "maybe") return looksRandom(text, 8);
  if (/^\d{1,4}$/.test(text) && /^pass$/i.test(name)) return false;
  if (value.link === "pair") return looksRandom(text, 6);
  if (!value.quoted && !/pass|pwd|pw/i.test(name) && /^[a-z]+(?:[-_./][a-z]+)+$/.test(text)) return false;
  return !(value.link === "colon" && !value.quoted && value.goesOn && /^[a-z'-]+$/i.test(text));
}

/** `password is 'x'` in prose: quoted, or random to look at. */
function isSpacedSecret(value: Value, isPassword: boolean): boolean {
  if (!isPassword) return !/[/()]/.test(value.text) && looksRandom(value.text, 16);
  if (value.quoted && /^\S{4,}$/.test(value.text)) return true;
  return looksRandom(value.text, 6) || /^(?=.*[a-z][A-Z])\S{8,}$/.test(value.text);
}
