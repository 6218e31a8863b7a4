import { bodyOf, type LogEvent } from "../log/event.ts";
import { type Fields, messageField, parseObject, summaryOf } from "../log/fields.ts";
import { codeAt } from "../log/header-characters.ts";

const CAUSED_BY = "\nCaused by: ";
/** A longer JSON text is summarised by its beginning, as it is. */
const MAX_JSON = 262_144;

/** What an event says, for those who count what events say. */
export interface Content {
  /** The text that says what it is about begins here in `text` and runs to its end. */
  readonly from: number;
  readonly text: string;
  /** Where its body is a JSON object: that. */
  readonly fields: Fields | undefined;
}

/**
 * Takes an event apart once. What it is about says the first line without its header, with the class of the last
 * "Caused by" of a stack trace; of a JSON event its message and the few fields that tell more.
 */
export function contentOf(event: LogEvent): Content {
  const { message, bodyStart } = event;
  const isJson = codeAt(message, bodyStart) === 123;
  const fields = isJson ? parseObject(bodyOf(event)) : undefined;
  if (isJson && message.length - bodyStart <= MAX_JSON) {
    const text = fields && textOfFields(fields);
    return text === undefined ? { text: message, from: bodyStart, fields } : { text, from: 0, fields };
  }
  // A line without others behind it stays where it is: most are, and a copy of each would cost.
  if (!message.includes("\n", bodyStart)) return { text: message, from: bodyStart, fields };
  return { text: headline(bodyOf(event)), from: 0, fields };
}

/** The text that says what an event is about. */
export function textOf(event: LogEvent): string {
  const { text, from } = contentOf(event);
  return text.slice(from);
}

/** Of a message of several lines the first says what it is about. */
function textOfFields(fields: Fields): string | undefined {
  const message = messageField(fields);
  return message?.includes("\n") ? headline(message) : summaryOf(fields);
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
