import type { LogEvent } from "../log/event.ts";

/** Text beyond this is not searched, UTF-16 units. */
const MAX_LENGTH = 16_384;
const MAX_IDS = 8;

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** Things that are numbered across services, then "id" or the like; what follows holds the value. */
const NAME =
  /(?:request|req|x-amzn|trace|correlation|transaction|txn|invocation|execution|operation|order|payment|shipment|invoice|job|task|message|event|idempotency)[-_. ]?(?:(?:request|trace)[-_]?)?(?:id|key|no|number|uuid)?(?![a-z])/gi;
/** What stands between a name and its value; the "id" of a nested object included. */
const SEPARATOR = /(?:\\?["'])?\s{0,2}(?:[:=]|\[|#)\s{0,2}(?:\{\s?\\?["']id\\?["']\s?:\s?)?(?:\\?["'])?/y;
const SPACE = /\s{1,2}/y;
const VALUE = /[A-Za-z0-9][\w:/+=@.-]{3,127}/y;

/** Ids that are told by their shape: OpenStack's req-UUID, X-Ray's, W3C's traceparent, Sleuth's bracket. */
const SHAPED = new RegExp(
  `\\b(req-${UUID})|\\b(1-[0-9a-f]{8}-[0-9a-f]{24})\\b|\\b00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b` +
    "|,([0-9a-f]{32}|[0-9a-f]{16}),[0-9a-f]{16}[,\\]]",
  "gi",
);
const IS_SHAPED = /^(?:00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}|(?:Root=)?(1-[0-9a-f]{8}-[0-9a-f]{24}))/i;
const HEX = new RegExp(`^(?:req-)?(?:${UUID}|[0-9a-f]{16,64})$`, "i");

/**
 * The ids by which an event can be joined with events of other services: of requests, traces, orders and the like.
 * Small numbers are left out (a process counts its own requests); a number of 6 digits or more is taken with its
 * name, "order 123456". At most 8; linear in the text.
 */
export function extractIds(event: LogEvent): readonly string[] {
  const text = event.message.length > MAX_LENGTH ? event.message.slice(0, MAX_LENGTH) : event.message;
  const ids = new Set<string>();
  for (const match of text.matchAll(SHAPED)) {
    const id = match[1] ?? match[2] ?? match[3] ?? match[4];
    if (id !== undefined) ids.add(id.toLowerCase());
    if (ids.size >= MAX_IDS) break;
  }
  for (const match of text.matchAll(NAME)) {
    if (ids.size >= MAX_IDS) break;
    const value = valueBehind(text, match.index + match[0].length, /id|key|no|number|uuid/i.test(match[0]));
    const id = value === undefined ? undefined : identify(match[0], value);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}

/** The value of a name that ends at `at`; behind a mere space only where the name says that it is an id. */
function valueBehind(text: string, at: number, isNamedId: boolean): string | undefined {
  SEPARATOR.lastIndex = at;
  let from = SEPARATOR.test(text) ? SEPARATOR.lastIndex : -1;
  if (from < 0 && isNamedId) {
    SPACE.lastIndex = at;
    from = SPACE.test(text) ? SPACE.lastIndex : -1;
  }
  if (from < 0) return undefined;
  VALUE.lastIndex = from;
  return VALUE.test(text) ? text.slice(from, VALUE.lastIndex).replace(/[.:/=-]+$/, "") : undefined;
}

/** An id in the form in which two services would share it; undefined where a value is too short to be one. */
function identify(name: string, value: string): string | undefined {
  const shaped = IS_SHAPED.exec(value);
  if (shaped) return (shaped[1] ?? shaped[2])?.toLowerCase();
  if (HEX.test(value)) return value.toLowerCase();
  if (/^\d+$/.test(value))
    return value.length >= 6 && value.length <= 20 ? `${thingOf(name)} ${value}` : undefined;
  const digits = value.replace(/\D/g, "").length;
  if (value.length < 8 || digits < 2 || /^[\d.:TZ+-]+$/.test(value) || value.includes("//")) return undefined;
  return value;
}

function thingOf(name: string): string {
  return (/^[a-z]+/i.exec(name)?.[0] ?? name).toLowerCase();
}
