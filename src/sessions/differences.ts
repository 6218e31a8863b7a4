import type { JsonObject, JsonValue } from "../tools/json.ts";

/** A place where two results are not the same. */
export interface Difference {
  /** Names and places from the outermost on: `ledger.matched`, `groups[0].errors`. */
  readonly path: string;
  /** undefined where there was, or is, nothing at that place. */
  readonly before: JsonValue | undefined;
  readonly now: JsonValue | undefined;
}

/** Where `now` differs from `before`, in the order of `before`; what only `now` has comes last in its object. */
export function findDifferences(before: JsonObject, now: JsonObject): Difference[] {
  return [...compare(before, now, "")];
}

function* compare(
  before: JsonValue | undefined,
  now: JsonValue | undefined,
  path: string,
): Generator<Difference> {
  if (isList(before) && isList(now)) {
    for (let at = 0; at < Math.max(before.length, now.length); at += 1)
      yield* compare(before[at], now[at], `${path}[${at}]`);
  } else if (isObject(before) && isObject(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)]))
      yield* compare(before[key], now[key], path === "" ? key : `${path}.${key}`);
  } else if (before !== now) yield { path, before, now };
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
