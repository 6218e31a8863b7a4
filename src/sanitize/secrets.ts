import { entropyOf, looksRandom } from "./secret-values.ts";
import type { AddSpan } from "./spans.ts";
import { visitRuns } from "./token-runs.ts";
import { MARKED_TOKENS, SECRET_ADDRESSES, SHAPED_TOKENS, VENDOR_TOKENS } from "./vendor-tokens.ts";

/** One expression for each pair of first characters, in a table by the two characters' codes. */
const BY_PAIR: readonly (RegExp | undefined)[] = groupByPair(VENDOR_TOKENS);

function groupByPair(tokens: readonly string[]): (RegExp | undefined)[] {
  const table = new Array<RegExp | undefined>(128 * 128).fill(undefined);
  const groups = Map.groupBy(tokens, (token) => token.charCodeAt(0) * 128 + token.charCodeAt(1));
  for (const [pair, sources] of groups) table[pair] = new RegExp(sources.join("|"), "y");
  return table;
}

const SHAPED = new RegExp(SHAPED_TOKENS.join("|"), "y");
/** The shape that most vendors give their tokens: a short name, `_` or `-`, and a long run of random characters. */
const PREFIXED = /(?<![/])[a-z][a-z0-9]{1,7}[_-][A-Za-z0-9]{32,255}(?![\w-])/y;
const ADDRESS = new RegExp(SECRET_ADDRESSES.join("|"), "gi");

/** Finds tokens by the prefix or the shape that their vendor gave them. */
export function findVendorTokens(text: string, add: AddSpan): void {
  const addToken = (at: number, token: string | undefined) => {
    if (token !== undefined && !isFiller(token)) add("generic_api_key", at, at + token.length);
  };
  let seen = 0;
  visitRuns(text, (start, end) => {
    if (isUuid(text, start, end)) return;
    const from = Math.max(seen, start - LEAD_LIMIT);
    let previous = text.charCodeAt(from - 1);
    for (let at = from; at < end; at++) {
      const code = text.charCodeAt(at);
      if (!isAlphanumeric(previous)) {
        const leads = BY_PAIR[code * 128 + text.charCodeAt(at + 1)];
        if (leads !== undefined) addToken(at, matchAt(leads, text, at));
      }
      previous = code;
    }
    seen = end;
    if (!hasDigit(text, start, end)) return;
    addToken(start, matchAt(SHAPED, text, start));
    const token = matchAt(PREFIXED, text, start);
    if (token !== undefined && isMixed(token) && entropyOf(token) >= 4) addToken(start, token);
  });
  for (const [mark, pattern] of MARKED_TOKENS) {
    if (text.includes(mark)) for (const match of text.matchAll(pattern)) addToken(match.index, match[0]);
  }
  findSecretAddresses(text, add);
}

function isUuid(text: string, start: number, end: number): boolean {
  return end - start === 36 && text[start + 8] === "-" && text[start + 23] === "-";
}

/** Words joined by `_` or `-`, as most long runs of a log are. */
function hasDigit(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}

/** Characters that a token may have in front of its first long run (`sha256~`, `access_token$production$`). */
const LEAD_LIMIT = 32;

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function findSecretAddresses(text: string, add: AddSpan): void {
  if (!/hook|api\.telegram/i.test(text)) return;
  for (const match of text.matchAll(ADDRESS)) {
    const secret = match.slice(1).find((group) => group !== undefined) ?? "";
    const end = match.index + match[0].length;
    add("generic_api_key", end - secret.length, end);
  }
}

/** One character over and over (`xxxx`, `0000`), as documentation writes it. */
function isFiller(token: string): boolean {
  return /([xX0*#.])\1{11}/.test(token);
}

const AWS_KEY = /(?<![A-Za-z0-9])(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g;
const AWS_SECRET = /(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;
const NEAR = 240;

/** Finds AWS access key ids, and the secret keys that stand near one (a secret alone has no shape of its own). */
export function findAwsKeys(text: string, add: AddSpan): void {
  let searched = 0;
  for (const match of text.matchAll(AWS_KEY)) {
    const end = match.index + match[0].length;
    add("aws_access_key", match.index, end);
    const from = Math.max(searched, match.index - NEAR);
    const nearby = text.slice(from, end + NEAR);
    for (const secret of nearby.matchAll(AWS_SECRET)) {
      const gap = Math.min(
        Math.abs(from + secret.index - end),
        Math.abs(from + secret.index + 40 - match.index),
      );
      if (gap <= 4 || isMixed(secret[0]))
        add("aws_secret_key", from + secret.index, from + secret.index + 40);
    }
    searched = end;
  }
}

/** Upper case, lower case and digits: neither a hash nor a path of words. */
function isMixed(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}

const JWT = /(?<![A-Za-z0-9_-])eyJ[\w-]{8,4096}\.[\w-]{2,65536}(?:\.[\w-]{0,65536}){0,3}/g;
const SCHEME =
  /(?<![A-Za-z0-9])(bearer|basic|digest|token|apikey|api-key|negotiate|ntlm|aws4-hmac-sha256|splunk|ssws|genieKey|bot|key)[ \t\u2029+]{1,4}["']?([\w~+/.-]{8,65536}={0,2})/gi;
const PROSE = /^[a-z]+(?:[-.'][a-z]+)*\.?$/i;

/** Finds JSON web tokens, and credentials behind their HTTP authentication scheme. */
export function findBearerTokens(text: string, add: AddSpan): void {
  for (const match of text.matchAll(JWT)) add("bearer_token", match.index, match.index + match[0].length);
  for (const match of text.matchAll(SCHEME)) {
    const [whole, scheme = "", value = ""] = match;
    const end = match.index + whole.length;
    const before = text.slice(Math.max(0, match.index - 32), match.index);
    if (AUTHORIZATION.test(before) || isCredential(scheme.toLowerCase(), value))
      add("bearer_token", end - value.length, end);
  }
}

const AUTHORIZATION = /authorization["'\\]{0,6}\s{0,2}[:=,]\s{0,2}["'\\]{0,6}$/i;

/** Schemes are everyday words too (`token`, `basic`, `key`); the value decides. */
function isCredential(scheme: string, value: string): boolean {
  if (scheme === "basic") return /^[ -~]*:[ -~]*$/.test(Buffer.from(value, "base64").toString("latin1"));
  if (PROSE.test(value) || !/\d/.test(value)) return false;
  return scheme === "bearer" || (value.length >= 20 && isMixed(value));
}

const URL_MARK = "://";
const AUTHORITY_LIMIT = 1024;

/** Finds user and password of an address, up to the last `@` before the host; the host stays. */
export function findUrlPasswords(text: string, add: AddSpan): void {
  for (let at = text.indexOf(URL_MARK); at !== -1; at = text.indexOf(URL_MARK, at + 3)) {
    const from = at + URL_MARK.length;
    const end = endOfUserInfo(text, from);
    if (end === undefined) continue;
    const userInfo = text.slice(from, end - 1);
    if (userInfo.includes(":") || looksRandom(userInfo, 16)) add("url_password", at, end);
  }
}

const AUTHORITY = /[^\s"'<>`\\/?#]{0,1024}/y;
/** A name and a password, or one word that is both. */
const USER_INFO = /^(?:[^:@]{0,256}:[\s\S]{1,700}|[^:@]{1,256})@$/;
const SLASHED = /(?!\d{1,5}[/?#\s])[^\s"'<>`\\@:]{1,200}@(?=[\w.-]{1,253}(?::\d{1,5})?(?:[/?#\s"'<>]|$))/y;

function endOfUserInfo(text: string, from: number): number | undefined {
  AUTHORITY.lastIndex = from;
  const authority = AUTHORITY.exec(text)?.[0] ?? "";
  const lastAt = authority.lastIndexOf("@");
  if (lastAt !== -1) return USER_INFO.test(authority.slice(0, lastAt + 1)) ? from + lastAt + 1 : undefined;
  const colon = authority.indexOf(":");
  if (colon === -1 || authority.length >= AUTHORITY_LIMIT) return undefined;
  SLASHED.lastIndex = from + colon + 1;
  return SLASHED.test(text) ? SLASHED.lastIndex : undefined;
}
