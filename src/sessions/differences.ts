import type { JsonObject, JsonValue } from "../tools/json.ts";
import { alignLists } from "./align.ts";

/** A place where two results are not the same. */
export interface Difference {
  /**
   * Names and places from the outermost on: `ledger.matched`, `groups[0].errors`. Places are those of then; that of an
   * item which is only there now is its own.
   */
  readonly path: string;
  /** What the thing is called that the place is in, where it has a name: the template of a count. */
  readonly item?: string;
  /** undefined where there was, or is, nothing at that place. */
  readonly before: JsonValue | undefined;
  readonly now: JsonValue | undefined;
}

/** Whether a text is what it was. */
export type IsSameText = (before: string, now: string) => boolean;

/**
 * Where `now` differs from `before`, in the order of `before`; what only `now` has comes last in its object, and between
 * its neighbours in a list. Items of lists are held against those that they were: one that came or went makes no others differ.
 */
export function findDifferences(
  before: JsonObject,
  now: JsonObject,
  isSameText: IsSameText = Object.is,
): Difference[] {
  return [...compare(before, now, { path: "" }, isSameText)];
}

type Place = Pick<Difference, "path" | "item">;

function* compare(
  before: JsonValue | undefined,
  now: JsonValue | undefined,
  place: Place,
  isSame: IsSameText,
): Generator<Difference> {
  if (isList(before) && isList(now)) {
    if (areNumbers(before) && areNumbers(now)) yield* compareNumbers(before, now, place, isSame);
    else yield* compareLists(before, now, place, isSame);
  } else if (isObject(before) && isObject(now)) {
    const name = place.path.endsWith("]") ? nameOf(before) : undefined;
    const inside = name === undefined ? place : { ...place, item: name };
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const path = place.path === "" ? key : `${place.path}.${key}`;
      yield* compare(memberOf(before, key), memberOf(now, key), { ...inside, path }, isSame);
    }
  } else if (typeof before === "string" && typeof now === "string") {
    if (!isSame(before, now)) yield { ...place, before, now };
  } else if (before !== now) yield { ...place, before, now };
}

/** A place of such a list is a time: of lists that are not equally long nobody can tell which is which. */
function* compareNumbers(
  before: readonly JsonValue[],
  now: readonly JsonValue[],
  place: Place,
  isSame: IsSameText,
): Generator<Difference> {
  if (before.length !== now.length) yield { ...place, before, now };
  else
    for (const [at, value] of before.entries())
      yield* compare(value, now[at], { ...place, path: `${place.path}[${at}]` }, isSame);
}

function* compareLists(
  before: readonly JsonValue[],
  now: readonly JsonValue[],
  place: Place,
  isSame: IsSameText,
): Generator<Difference> {
  const ends = [before.length, now.length] as const;
  let [one, other] = [0, 0];
  for (const [at, found] of [...alignLists(before.map(identify), now.map(identify)), ends]) {
    // Between two that are known again, the first that went is what became of the first that came.
    for (; one < at || other < found; one += 1, other += 1) {
      const [gone, come] = [one < at ? before[one] : undefined, other < found ? now[other] : undefined];
      const path = `${place.path}[${one < at ? one : other}]`;
      yield* compare(gone, come, { ...place, path }, isSame);
    }
    yield* compare(before[at], now[found], { ...place, path: `${place.path}[${at}]` }, isSame);
    [one, other] = [at + 1, found + 1];
  }
}

/** What an item is known again by, the first that it has. */
const NAMES = ["name", "log_group", "template", "id", "stream", "level", "hour", "minute", "bin", "start"];

function nameOf(item: JsonObject): string | undefined {
  for (const name of NAMES) if (typeof item[name] === "string") return item[name];
  return undefined;
}

/** Rows are named by fields of logs, which may be called `constructor`. */
function memberOf(value: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function identify(item: JsonValue): string {
  const name = isObject(item) ? nameOf(item) : undefined;
  return name === undefined ? JSON.stringify(item) : `${name}\n`;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areNumbers(list: readonly JsonValue[]): boolean {
  return list.every((value) => typeof value === "number" || value === null);
}
