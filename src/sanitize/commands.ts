import { isPlainValue, looksRandom } from "./secret-values.ts";
import type { AddSpan } from "./spans.ts";

/** `-u name:password`, as curl and many others take it. */
const USER_FLAG =
  /(?<=[\s"'[,(])(?:-u|-U|--user|--proxy-user)["',]{0,3}[ \t=]{0,3}(["']?)([^\s:"'<$]{0,128})["']?:["']?([^\s"'<$]{2,128})/g;
/** `-u key:`, a key in the name's place and no password. */
const USER_IS_KEY = /(?<=\s)(?:-u|--user)[ \t=]{1,3}["']?([^\s:"'<$]{8,128}):["']?(?=\s|$)/g;
/** A password behind `-p`: glued to it (MySQL's way), or as the next word. */
const GLUED = /\b(?:mysql\w{0,12}|mariadb\w{0,12})\b[^\n|;]{0,200}?\s-p(?![\s=])(["']?)([^\s"']{3,128})/g;
const NEXT_WORD =
  /\b(?:psexec|sshpass|docker login|podman login|helm registry login|redis-cli|ldapsearch|smbclient|plink|pscp|wmic|mongo(?:sh|dump|restore)?|7z|net use)\b[^\n|;]{0,200}?\s[-/](?:p|a|w|pw)[ \t]{1,2}(["']?)([^\s"'-][^\s"']{2,128})/gi;
/** Calls that take a name and a password. */
const CREDENTIAL_CALL =
  /(?:NetworkCredential|BasicAuth\w{0,20}|UsernamePassword\w{0,20}|PlainAuth\w{0,10})\(\s{0,4}["'][^"'\n]{0,128}["']\s{0,4},\s{0,4}(["'])([^"'\n]{2,128})/g;
const IDENTIFIED_BY =
  /\bidentified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?by\s{1,4}(?:password\s{1,4})?(["']?)([^\s"';]{2,128})/gi;

/** Finds passwords in command lines, calls and SQL, where no name of a field says what they are. */
export function findCommandSecrets(text: string, add: AddSpan): void {
  if (/-u|-U|--proxy/.test(text)) findUserFlags(text, add);
  const patterns = [CREDENTIAL_CALL, IDENTIFIED_BY];
  if (/ -[pawP]| \/p/.test(text)) patterns.push(GLUED, NEXT_WORD);
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const secret = match[2] ?? "";
      const end = match.index + match[0].length;
      if (!isPlainValue(secret)) add("generic_api_key", end - secret.length, end);
    }
  }
}

function findUserFlags(text: string, add: AddSpan): void {
  for (const match of text.matchAll(USER_FLAG)) {
    const [whole, , name = "", secret = ""] = match;
    const curl = /\b(?:curl|wget|https?)\b/.test(text.slice(Math.max(0, match.index - 400), match.index));
    const value = secret.replaceAll(/[{}]/g, "");
    if (isPlainValue(value)) continue;
    if (/^\d+$/.test(secret) || secret === name || (!curl && !looksRandom(value, 6))) continue;
    add("generic_api_key", match.index + whole.length - secret.length, match.index + whole.length);
  }
  for (const match of text.matchAll(USER_IS_KEY)) {
    const [whole, key = ""] = match;
    const start = match.index + whole.indexOf(key);
    if (looksRandom(key, 8)) add("generic_api_key", start, start + key.length);
  }
}

const SECRET_KIND = /\bkind\\{0,4}["']?[ \t]{0,4}:[ \t]{0,4}\\{0,4}["']?secret\b/gi;
const MANIFEST_LIMIT = 4096;
const MEMBER =
  /[\w.-]{1,128}\\{0,4}["']?[ \t]{0,4}:[ \t]{0,4}\\{0,4}["']?([A-Za-z0-9+/]{8,4096}={0,2})(?![\w+/=:.-])/g;

/** Finds the base64 members of a Kubernetes Secret, whatever they are called. */
export function findManifestSecrets(text: string, add: AddSpan): void {
  let searched = 0;
  for (const kind of text.matchAll(SECRET_KIND)) {
    const from = Math.max(searched, kind.index - MANIFEST_LIMIT);
    searched = kind.index + MANIFEST_LIMIT;
    for (const match of text.slice(from, searched).matchAll(MEMBER)) {
      const value = match[1] ?? "";
      const end = from + match.index + match[0].length;
      if (isEncodedText(value)) add("generic_api_key", end - value.length, end);
    }
  }
}

function isEncodedText(value: string): boolean {
  if (value.length % 4 !== 0 || /^[a-z]+$/i.test(value)) return false;
  return /^[\t\n\r -~]{5,}$/.test(Buffer.from(value, "base64").toString("latin1"));
}
