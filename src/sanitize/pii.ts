import { isIPv4, isIPv6 } from "node:net";
import type { AddSpan } from "./spans.ts";

/** Finds e-mail addresses: from each `@` outwards, so that the work is bounded by the address' own limits. */
export function findEmails(text: string, add: AddSpan): void {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const start = startOfLocalPart(text, at);
    if (start === at) continue;
    const end = endOfDomain(text, at + 1);
    if (end !== undefined) add("email", start, end);
  }
}

const LOCAL = /[A-Za-z0-9.!#$%*+_~^{}|`'-]|[\u00c0-\u1fff\u2c00-\udfff\uf900-\uffdc]/;
const QUOTED_LOCAL = /(?<!\\)"[^"\r\n]{1,64}"$/;

function startOfLocalPart(text: string, at: number): number {
  if (text[at - 1] === '"') {
    const before = text.slice(Math.max(0, at - 66), at);
    const quoted = QUOTED_LOCAL.exec(before);
    return quoted === null ? at : at - quoted[0].length;
  }
  let start = at;
  while (start > 0 && at - start < 128 && LOCAL.test(text[start - 1] ?? "")) start--;
  while (start < at && /[.'`|{}^*!#$%~-]/.test(text[start] ?? "")) start++;
  return start;
}

const DOMAIN =
  /(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,62}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}])|\[(?:IPv6:)?[0-9A-Fa-f:.]{3,45}\]|\d{1,3}(?:\.\d{1,3}){3}/uy;

function endOfDomain(text: string, from: number): number | undefined {
  DOMAIN.lastIndex = from;
  return DOMAIN.test(text) ? DOMAIN.lastIndex : undefined;
}

const IPV4 = /(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\w)/g;
const VERSION_BEFORE =
  /(?:(?:\b(?:v|ver|rev|oid|sdk)|versions?|release|build|revision|firmware|driver)[\\"']{0,4}\s{0,2}[:=>]?\s{0,2}[\\"']{0,4}|[A-Z][A-Za-z]{1,20}\/|\b(?:nginx|curl|python|node|java|php|openssl|libcurl|okhttp|axios|wget|go|ruby|perl|envoy|haproxy)[/ -])$/i;

const VERSION_AFTER = /^ (?:(?:Enterprise|Standard|Express|Community) )?(?:Edition|Release|Build|LTS)\b/i;

/** Finds IPv4 addresses; four numbers that the words before call a version are left alone. */
export function findIpv4(text: string, add: AddSpan): void {
  for (const match of text.matchAll(IPV4)) {
    const [address] = match;
    const end = match.index + address.length;
    if (!isIPv4(stripZeros(address)) || isVersion(text, match.index, end)) continue;
    add("ipv4", match.index, end);
  }
}

/** Some programs pad octets (`010.001.002.003`). */
function stripZeros(address: string): string {
  return address.replaceAll(/(?<!\d)0{1,2}(?=\d)/g, "");
}

function isVersion(text: string, start: number, end: number): boolean {
  if (/^:\d|^\/\d/.test(text.slice(end, end + 2))) return false;
  if (/^\.(?:jar|war|tar|t?gz|zip|whl|rpm|deb|so|dll|exe|js|css)\b/.test(text.slice(end, end + 6)))
    return true;
  if (VERSION_AFTER.test(text.slice(end, end + 32))) return true;
  return VERSION_BEFORE.test(text.slice(Math.max(0, start - 32), start));
}

const IPV6_SEED = /:(?::|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:)/g;
const HEX_OR_COLON = /[0-9A-Fa-f:.]/;

/** Finds IPv6 addresses (with an embedded IPv4 address, a zone or a prefix length behind it). */
export function findIpv6(text: string, add: AddSpan): void {
  IPV6_SEED.lastIndex = 0;
  for (let seed = IPV6_SEED.exec(text); seed !== null; seed = IPV6_SEED.exec(text)) {
    const { start, end } = expandAddress(text, seed.index);
    IPV6_SEED.lastIndex = Math.max(end, seed.index + 2);
    if (end - start <= 45 && isAddress(text, start, end)) add("ipv6", start, end);
  }
}

function expandAddress(text: string, seed: number): { start: number; end: number } {
  let start = seed;
  while (start > 0 && seed - start < 48 && HEX_OR_COLON.test(text[start - 1] ?? "")) start--;
  let end = seed;
  while (end < text.length && HEX_OR_COLON.test(text[end] ?? "")) end++;
  while (end > seed && text[end - 1] === ".") end--;
  if (text[end - 1] === ":" && text[end - 2] !== ":") end--;
  while (start < seed && /[.:]/.test(text[start] ?? "") && text.slice(start, start + 2) !== "::") start++;
  return { start, end };
}

function isAddress(text: string, start: number, end: number): boolean {
  if (/\w/.test(text[start - 1] ?? "") || /\w/.test(text[end] ?? "")) return false;
  const address = text.slice(start, end);
  if (!isIPv6(address) || /^(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}$/.test(address)) return false;
  return (
    /\d/.test(address) || /[0-9A-Fa-f]{4}:.*[0-9A-Fa-f]{4}/.test(address) || address.split(":").length > 6
  );
}

const CARD =
  /(?:(?<=%B)|(?<![\w.-]))(?:\d{12,19}|\d{4}([ \u2029-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ \u2029-])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g;

/** Finds payment card numbers: an issuer's prefix, that issuer's length, and the Luhn check digit. */
export function findCards(text: string, add: AddSpan): void {
  for (const match of text.matchAll(CARD)) {
    const digits = match[0].replaceAll(/\D/g, "");
    if (isIssued(digits) && passesLuhn(digits))
      add("credit_card", match.index, match.index + match[0].length);
  }
}

const ISSUERS = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^5[1-5]\d{14}$|^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-5]|095|[689]\d)\d{11,16}$/, // Diners Club
  /^(?:6011|65\d\d|64[4-9]\d)\d{12,15}$/, // Discover
  /^35(?:2[89]|[3-8]\d)\d{12,15}$/, // JCB
  /^(?:62|81)\d{14,17}$/, // UnionPay
  /^(?:5018|5020|5038|5893|6304|6390|67\d\d)\d{8,15}$/, // Maestro
];

function isIssued(digits: string): boolean {
  return ISSUERS.some((issuer) => issuer.test(digits));
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const value = place % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const SSN = /(?<![\w.-])(?!000|666|9)\d{3}([- \u2029.])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d)/g;
const SSN_KEYED =
  /(?<![A-Za-z])(?:ssn|social[_ -]?security(?:[_ -]?(?:number|no|num))?|tax[_ -]?id)["'\\]{0,6}[ \t]{0,2}[:=>#]?[ \t"'\\]{0,8}(\d{9}|\d{3}[-. ]?\d{2}[-. ]?\d{4})(?!\w)/gi;

/** Finds US social security numbers in the ranges that are given out; nine bare digits only behind their name. */
export function findSsns(text: string, add: AddSpan): void {
  for (const match of text.matchAll(SSN)) add("ssn", match.index, match.index + match[0].length);
  for (const match of text.matchAll(SSN_KEYED)) addTail(match, "ssn", add);
}

const PHONE = /[2-9]\d\d(\)[-. \u2029]{0,2}|[-. \u2029]?)(\d{3})([-. \u2029]?)\d{4}(?![\w-]|\.\d)/g;
const PHONE_HEAD = /(?:(?:\+?1[-. \u2029]?)?(\()|(\+1[-. \u2029]?|1[-. \u2029]))$/;
const PHONE_WORD = /(?:phone|mobile|cell|tel|fax|call|sms|text|dial|msisdn|contact|whatsapp)[^\n]{0,12}$/i;
const PHONE_KEYED =
  /(?:phone|mobile|cell|fax|msisdn|telephone|caller|\btel)(?:[_ -]?(?:number|no|num))?["'\\]{0,6}[ \t]{0,2}[:=>][ \t"'\\]{0,8}(\+?1?[2-9]\d{9}|\+\d{8,15})(?!\w)/gi;

/** Finds US telephone numbers: with separators, with +1, or ten bare digits behind a name that says so. */
export function findPhones(text: string, add: AddSpan): void {
  for (const match of text.matchAll(PHONE)) {
    const start = startOfPhone(text, match);
    if (start !== undefined) add("phone_us", start, match.index + match[0].length);
  }
  for (const match of text.matchAll(PHONE_KEYED)) addTail(match, "phone_us", add);
}

/** Where the number begins, country code and bracket included; undefined where it is no telephone number. */
function startOfPhone(text: string, match: RegExpExecArray): number | undefined {
  const [, first = "", exchange = "", second = ""] = match;
  const bracketed = first.startsWith(")");
  const head = PHONE_HEAD.exec(text.slice(Math.max(0, match.index - 5), match.index));
  if (bracketed && head?.[1] === undefined) return undefined;
  const country = bracketed ? undefined : head?.[2];
  const start = match.index - (bracketed ? (head?.[0].length ?? 0) : (country?.length ?? 0));
  if (/[\w.:/-]$/.test(text.slice(Math.max(0, start - 1), start))) return undefined;
  if (first === " " && /\d $/.test(text.slice(Math.max(0, start - 2), start))) return undefined;
  if (!bracketed && !country?.startsWith("+") && (first === "" || first !== second)) return undefined;
  const clear = bracketed || country !== undefined || first === "-";
  if (clear && /^[2-9]/.test(exchange)) return start;
  return PHONE_WORD.test(text.slice(Math.max(0, start - 24), start)) ? start : undefined;
}

/** Adds the match's last group, which ends the match. */
function addTail(match: RegExpExecArray, rule: string, add: AddSpan): void {
  const end = match.index + match[0].length;
  add(rule, end - (match[1]?.length ?? 0), end);
}
