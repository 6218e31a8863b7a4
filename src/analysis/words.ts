import { WILDCARD } from "./tokens.ts";

/** What words look like, to tell the values in a text from what the program that wrote it says. */

const KINDS = /(?:[A-Za-z](?:Exception|Error)|^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE))$/;
const STATES = /^\p{L}{2,}(?:ed|ing|en|un)$/u;
const NOTHING = /^(?:|-|\*|true|false|yes|no|null|none|nil|undefined|nan|n\/a|unknown)$/i;
const IDENTITIES = new Set(
  (
    "user username login account customer tenant host hostname node server client peer device interface service " +
    "container pod image volume bucket queue topic table database db schema index shard partition cluster region " +
    "file directory path module plugin driver job task process thread session key"
  ).split(" "),
);

/** Classes of errors and methods of HTTP: a difference in them is one of meaning. */
export function isKindWord(word: string): boolean {
  return KINDS.test(word);
}

/** By its ending, what was or is done: opened, closing, taken. */
export function isStateWord(word: string): boolean {
  return STATES.test(word);
}

/** A noun that is commonly followed by the name of what it stands for. */
export function isIdentityNoun(word: string): boolean {
  return IDENTITIES.has(word.toLowerCase());
}

/** True for the text before a word that makes it a value: "=" and quotes. */
export function isValuePlace(gap: string): boolean {
  return /[="'`]$/.test(gap);
}

/** Numbers, paths, addresses, dotted names, and what stands where there is no value. */
export function looksLikeValue(word: string): boolean {
  return word.includes(WILDCARD) || /[./\\@_]/.test(word) || NOTHING.test(word);
}
