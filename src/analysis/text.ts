import { bodyOf, type LogEvent } from "../log/event.ts";

const MAX_JSON = 65_536;
const CAUSED_BY = "\nCaused by: ";

/**
 * The text that says what an event is about: the first line without its header, with the class of the last
 * "Caused by" of a stack trace; of a JSON event its message.
 */
export function textOf(event: LogEvent): string {
  const body = bodyOf(event);
  const line = firstLine(body);
  if (line.charCodeAt(0) === 123) return jsonMessage(body) ?? line;
  const cause = body.length > line.length ? causeOf(body) : undefined;
  return cause === undefined ? line : `${line} Caused by: ${cause}`;
}

function firstLine(body: string): string {
  let start = 0;
  for (;;) {
    const end = body.indexOf("\n", start);
    if (end < 0) return body.slice(start);
    const line = body.slice(start, end);
    if (line.trim() !== "") return line;
    start = end + 1;
  }
}

function causeOf(body: string): string | undefined {
  const at = body.lastIndexOf(CAUSED_BY);
  if (at < 0) return undefined;
  return /^[\w.$]{1,200}/.exec(body.slice(at + CAUSED_BY.length, at + CAUSED_BY.length + 200))?.[0];
}

function jsonMessage(body: string): string | undefined {
  if (body.length > MAX_JSON) return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    for (const name of ["message", "msg", "log", "error"]) {
      const value: unknown = Reflect.get(parsed, name);
      if (typeof value === "string" && value !== "") return firstLine(value);
    }
  } catch {
    return undefined;
  }
  return undefined;
}
