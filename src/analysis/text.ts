import { bodyOf, type LogEvent } from "../log/event.ts";
import { messageField, parseObject, summaryText } from "../log/fields.ts";

const CAUSED_BY = "\nCaused by: ";
/** A longer JSON text is summarised by its beginning, as it is. */
const MAX_JSON = 262_144;

/**
 * The text that says what an event is about: the first line without its header, with the class of the last
 * "Caused by" of a stack trace; of a JSON event its message and the few fields that tell more.
 */
export function textOf(event: LogEvent): string {
  const body = bodyOf(event);
  if (body.charCodeAt(0) !== 123 || body.length > MAX_JSON) return headline(body);
  // Only a message of several lines is worth a second look: its first line says what it is about.
  if (!body.includes("\\n")) return summaryText(body);
  const fields = parseObject(body);
  const message = fields && messageField(fields);
  return message?.includes("\n") ? headline(message) : summaryText(body);
}

function headline(text: string): string {
  const line = firstLine(text);
  const cause = text.length > line.length ? causeOf(text) : undefined;
  return cause === undefined ? line : `${line} Caused by: ${cause}`;
}

/** The first line that is not blank. */
function firstLine(text: string): string {
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end < 0) return text.slice(start);
    const line = text.slice(start, end);
    if (line.trim() !== "") return line;
    start = end + 1;
  }
}

function causeOf(text: string): string | undefined {
  const at = text.lastIndexOf(CAUSED_BY);
  if (at < 0) return undefined;
  const from = at + CAUSED_BY.length;
  return /^[\w.$]{1,200}/.exec(text.slice(from, from + 200))?.[0];
}
