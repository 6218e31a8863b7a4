import type { QueryField } from "../../log/query-field.ts";

/** Names that a query makes itself begin so, to be none of a log's own. */
export const OWN = "logai";

/** Where the fields of JSON are not discovered, they are read out of the message under this name. */
export const JSON_MAP = `${OWN}Json`;

const SYSTEM_NAMES = {
  message: "@message",
  timestamp: "@timestamp",
  stream: "@logStream",
  group: "@log",
} as const;

/** Words of the language; a field of such a name is quoted. */
const WORDS = new Set(
  (
    "fields display filter where stats sort limit parse dedup pattern diff anomaly unmask unnest lookup join source by as and " +
    "or not like in asc desc any with from on true false null"
  ).split(" "),
);

/** All but the level, which is parsed out of the message. */
export type NamedField = Exclude<QueryField, { readonly kind: "level" }>;

/**
 * The name of a field in Logs Insights QL. Names that hold more than letters and digits are put between backticks, which no
 * field that was read by readQueryField can leave.
 */
export function nameField(
  field: NamedField,
  { discoversFields }: { readonly discoversFields: boolean },
): string {
  if (field.kind !== "member") return SYSTEM_NAMES[field.kind];
  if (!discoversFields)
    return field.path.reduce(
      (name, part) => name + (/^\d+$/.test(part) ? `[${part}]` : `.${quoteName(part)}`),
      JSON_MAP,
    );
  const path = field.path.join(".");
  // The service gives a field whose name begins with @ one more: those with one are its own.
  return quoteName(path.startsWith("@") ? `@${path}` : path);
}

function quoteName(name: string): string {
  const isPlain = /^[A-Za-z]\w*(?:\.\w+)*$/.test(name) && !WORDS.has(name.toLowerCase());
  return isPlain ? name : `\`${name}\``;
}

/** A literal text; undefined for one with control characters, which only an expression can name. */
export function quoteText(text: string): string | undefined {
  return /\p{Cc}/u.test(text) ? undefined : `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}

/** A regular expression that matches this very text: letters, digits and what is not ASCII stand for themselves. */
export function quoteExpression(text: string): string {
  return text.replaceAll(
    /[^A-Za-z0-9_ \u0080-\uffff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The service cuts a bin down to the next unit: 300s is 60s. So the counts here divide it. */
const UNITS: readonly (readonly [unit: string, ms: number, next: number])[] = [
  ["d", DAY, DAY * 2],
  ["h", HOUR, DAY],
  ["m", MINUTE, HOUR],
  ["s", SECOND, MINUTE],
  ["ms", 1, SECOND],
];

/** The longest bin that the language expresses and that divides the wanted one; all begin at multiples since the epoch. */
export function longestBin(binMs: number): { readonly text: string; readonly ms: number } {
  for (const [unit, ms, next] of UNITS) {
    for (let count = next / ms - 1; count > 0; count--) {
      const length = count * ms;
      if (next % length === 0 && binMs % length === 0) return { text: `${count}${unit}`, ms: length };
    }
  }
  return { text: "1ms", ms: 1 };
}
