import { looksRandom } from "../sanitize/secret-values.ts";

/** Credentials that were found where something said what they are, to be found again where nothing does. */
export interface KnownSecrets {
  /** Learns what was taken out of a text. */
  learn(dirty: string, clean: string): void;
  /** Takes out what is known. */
  hide(text: string): string;
}

/** More are not remembered. */
const MOST = 500;
/** A shorter one may well be a word. */
const SHORTEST = 6;
/** Of a private key only whole lines of it are known again. */
const KEY_LINE = /^[\w+/]{40,}={0,2}$/;

/** @param tags what the sanitiser puts in the place of a credential */
export function createKnownSecrets(tags: readonly string[]): KnownSecrets {
  const known = new Map<string, string>();
  const pattern = new RegExp(`(${tags.map((tag) => tag.replaceAll(/[[\]/:@]/g, "\\$&")).join("|")})`);
  return {
    learn(dirty, clean) {
      if (dirty === clean || known.size >= MOST) return;
      for (const { secret, tag } of findRemoved(dirty, clean.split(pattern)))
        if (known.size < MOST) known.set(secret, tag);
    },
    hide(text) {
      let hidden = text;
      for (const [secret, tag] of known) if (hidden.includes(secret)) hidden = hidden.replaceAll(secret, tag);
      return hidden;
    },
  };
}

interface Removed {
  readonly secret: string;
  readonly tag: string;
}

/** @param parts of the clean text: what stayed and the tags, by turns */
function findRemoved(dirty: string, parts: readonly string[]): Removed[] {
  const removed: Removed[] = [];
  let at = parts[0]?.length ?? 0;
  for (let index = 1; index < parts.length; index += 2) {
    const [tag = "", stayed = ""] = parts.slice(index, index + 2);
    const isLast = index + 2 >= parts.length;
    const end = isLast ? dirty.length - stayed.length : dirty.indexOf(stayed, at);
    if (end < at) break;
    removed.push(...secretsIn(dirty.slice(at, end)).map((secret) => ({ secret, tag: tagFor(tag) })));
    at = end + stayed.length;
  }
  return removed;
}

function secretsIn(text: string): string[] {
  const [, password] = /^:\/\/[^:@]*:(.*)@$/s.exec(text) ?? [];
  const isKey = text.includes("PRIVATE") || text.includes("PuTTY");
  const parts = (password ?? text).split(/\s+|\\n/);
  return parts.filter((part) => (isKey ? KEY_LINE.test(part) : looksRandom(part, SHORTEST)));
}

/** Alone, a password is not a part of an address. */
function tagFor(tag: string): string {
  return tag.startsWith("://") ? "[PASSWORD_REDACTED]" : tag;
}
