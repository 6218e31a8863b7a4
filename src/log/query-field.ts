import { Failure } from "../failure.ts";

/** A field of a query: one that every event has, or a member of a message that is JSON. */
export type QueryField =
  | { readonly kind: "message" | "timestamp" | "stream" | "group" }
  | { readonly kind: "level" }
  /** The names on the way to it; positions in lists are names too. */
  | { readonly kind: "member"; readonly path: readonly string[] };

const OWN = ["message", "timestamp", "stream", "group", "level"] as const;

/** What Logs Insights calls the fields that every event has, for whoever is used to its names. */
const INSIGHTS_NAMES: ReadonlyMap<string, string> = new Map([
  ["@message", "message"],
  ["@timestamp", "timestamp"],
  ["@logStream", "stream"],
  ["@log", "group"],
]);

const LONGEST_NAME = 256;
const MOST_PARTS = 20;
/** Names that every engine can quote; none of these characters ends a quotation or begins a comment. */
const SAFE = /^[\p{L}\p{N}_@$ +:/.-]+$/u;

/**
 * Reads the name of a field: `level`, `error.code`, `items[0].id`, `$.message`.
 * @throws Failure "invalid-query"
 */
export function readQueryField(name: string): QueryField {
  const own = OWN.find((one) => one === name);
  if (own) return { kind: own };
  const insights = INSIGHTS_NAMES.get(name);
  if (insights) throw refuse(name, `Write '${insights}'.`);
  if (name.startsWith("@"))
    throw refuse(
      name,
      `Write '$.${name}' where a member of the JSON is called so; no other field begins with @.`,
    );
  const parts = name
    .replace(/^\$\./, "")
    .replaceAll(/\[(\d{1,6})\]/g, ".$1")
    .split(".");
  if (name.length > LONGEST_NAME || parts.length > MOST_PARTS)
    throw refuse(name.slice(0, LONGEST_NAME), "It is too long.");
  if (parts.some((part) => part === "" || part !== part.trim() || !SAFE.test(part)))
    throw refuse(name, "Use a plain path such as error.code or items[0].id.");
  return { kind: "member", path: parts };
}

function refuse(name: string, hint: string): Failure {
  return new Failure("invalid-query", `'${name}' cannot be queried as a field.`, { hint });
}
