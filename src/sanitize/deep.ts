import { kindOfKey } from "./key-names.ts";
import { addCounts, type Counts, type Sanitizer, UNREADABLE } from "./sanitizer.ts";

/** What JSON can hold; an undefined member counts as left out. */
export type JsonValue =
  | null
  | string
  | number
  | boolean
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export interface DeepResult {
  readonly value: JsonValue;
  readonly counts: Counts;
}

interface Walk {
  readonly sanitizer: Sanitizer;
  counts: Counts;
  /** Strings that may still follow before a private key, begun in a string before, counts as ended; 0 for none. */
  openKey: number;
}

/** Other strings (ids, times) that may stand between two lines of a key that is spread over a list. */
const STRINGS_BETWEEN = 12;
const KEY_BEGIN = "-----BEGIN PRIVATE KEY-----";

/** Deeper nesting than this is refused as a whole: nothing that a log tool returns is that deep. */
const DEPTH_LIMIT = 200;
/** UTF-16 units; a longer value is no single secret, and is looked at without its key. */
const CONTEXT_LIMIT = 16_384;

/**
 * Sanitises every string of a JSON value, keys included. A value is looked at together with its key, so that
 * `{"password": "hunter2"}` is caught although neither string alone is a secret. What cannot be walked is replaced.
 */
export function sanitizeDeep(value: JsonValue, sanitizer: Sanitizer): DeepResult {
  const walk: Walk = { sanitizer, counts: {}, openKey: 0 };
  const sanitized = walkValue(value, "", walk, 0);
  return settle(sanitized, walk);
}

/**
 * What the rules find in the strings of a JSON value, each looked at with its key but apart from the others: strings
 * that were sanitised one by one must not become suspicious by standing side by side.
 */
export function inspectDeep(value: JsonValue, sanitizer: Sanitizer): Counts {
  const walk: Walk = { sanitizer, counts: {}, openKey: 0 };
  walkValue(value, "", walk, 0);
  return walk.counts;
}

/** A second look at the whole as one text: what only shows across fields goes too. */
function settle(value: JsonValue, walk: Walk): DeepResult {
  if (typeof value !== "object" || value === null) return { value, counts: walk.counts };
  const again = walk.sanitizer.sanitize(JSON.stringify(value));
  if (Object.keys(again.counts).length === 0) return { value, counts: walk.counts };
  const counts = addCounts(walk.counts, again.counts);
  try {
    const parsed: JsonValue = JSON.parse(again.text);
    return { value: parsed, counts };
  } catch {
    return { value: Array.isArray(value) ? [UNREADABLE] : { unreadable: UNREADABLE }, counts };
  }
}

function walkValue(value: JsonValue, key: string, walk: Walk, depth: number): JsonValue {
  if (depth > DEPTH_LIMIT) return unreadable(walk);
  if (typeof value === "string") return sanitizeLeaf(value, key, walk);
  if (typeof value === "number") return sanitizeNumber(value, key, walk);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value))
    return value.map((item, place) => walkValue(item, keyInList(value, place, key), walk, depth + 1));
  return walkObject(value, walk, depth);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function unreadable(walk: Walk): string {
  walk.counts = addCounts(walk.counts, { unreadable: 1 });
  return UNREADABLE;
}

/** Items stand under their list's key; in a pair (`["Authorization", "..."]`) the first names the second. */
function keyInList(list: readonly JsonValue[], place: number, key: string): string {
  const first = list[0];
  if (list.length !== 2 || place !== 1 || typeof first !== "string") return key;
  const kind = kindOfKey(first);
  return kind === "authorization" || kind === "cookie" ? first : key;
}

function walkObject(
  object: { readonly [key: string]: JsonValue | undefined },
  walk: Walk,
  depth: number,
): JsonValue {
  const named = nameInside(object);
  const members: [string, JsonValue][] = [];
  const taken = new Set<string>();
  for (const [key, member] of Object.entries(object)) {
    if (member === undefined) continue;
    const context =
      named !== undefined && /^(?:value|val|data|content|string_?value)$/i.test(key) ? named : key;
    const shown = freeKey(clean(key, walk), taken);
    taken.add(shown);
    members.push([shown, walkValue(member, context, walk, depth + 1)]);
  }
  return Object.fromEntries(members);
}

/** The name that an object like `{"name": "password", "value": "..."}` gives its value. */
function nameInside(object: { readonly [key: string]: JsonValue | undefined }): string | undefined {
  for (const [key, member] of Object.entries(object)) {
    if (/^(?:name|key|field|header|param|parameter|variable)$/i.test(key) && typeof member === "string")
      return member;
  }
  return undefined;
}

/** Two keys may become the same tag; neither member is lost. */
function freeKey(key: string, taken: ReadonlySet<string>): string {
  if (!taken.has(key)) return key;
  for (let number = 2; ; number++) {
    const numbered = `${key} (${number})`;
    if (!taken.has(numbered)) return numbered;
  }
}

function clean(text: string, walk: Walk): string {
  const result = walk.sanitizer.sanitize(text);
  walk.counts = addCounts(walk.counts, result.counts);
  return result.text;
}

function sanitizeLeaf(text: string, key: string, walk: Walk): string {
  const alone = cleanKeyLine(text, walk) ?? clean(text, walk);
  if (key === "" || alone.length > CONTEXT_LIMIT) return alone;
  return inContext(alone, key, walk) ?? alone;
}

/** A line of a private key whose beginning stood in a string before this one; undefined where it is none. */
function cleanKeyLine(text: string, walk: Walk): string | undefined {
  const open = walk.openKey;
  const begin = text.lastIndexOf("PRIVATE KEY");
  const isBegin = begin !== -1 && text.lastIndexOf("BEGIN", begin) > text.lastIndexOf("END ", begin);
  walk.openKey = isBegin ? STRINGS_BETWEEN : Math.max(0, open - 1);
  if (open === 0 || isBegin) return undefined;
  const result = walk.sanitizer.sanitize(`${KEY_BEGIN}\n${text}`);
  const untouched =
    result.text.indexOf("\n") !== -1 && result.text.endsWith(`\n${walk.sanitizer.sanitize(text).text}`);
  if (untouched || result.text.startsWith("-")) return undefined;
  walk.openKey = begin === -1 ? STRINGS_BETWEEN : 0;
  walk.counts = addCounts(walk.counts, result.counts);
  return result.text;
}

function sanitizeNumber(value: number, key: string, walk: Walk): JsonValue {
  return inContext(String(value), key, walk) ?? value;
}

/** The text as a quoted member of its key; undefined where that changes nothing. */
function inContext(text: string, key: string, walk: Walk): string | undefined {
  const head = `${JSON.stringify(walk.sanitizer.sanitize(key).text)}:`;
  const result = walk.sanitizer.sanitize(head + JSON.stringify(text));
  if (Object.keys(result.counts).length === 0) return undefined;
  walk.counts = addCounts(walk.counts, result.counts);
  if (!result.text.startsWith(head)) return UNREADABLE;
  try {
    const parsed: unknown = JSON.parse(result.text.slice(head.length));
    if (typeof parsed === "string") return parsed;
  } catch {
    // A tag took a quote or an escape with it: the whole value goes.
  }
  return UNREADABLE;
}
