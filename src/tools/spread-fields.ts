import { isError, type LogEvent } from "../log/event.ts";
import { type Fields, fieldOf, parseFields } from "../log/fields.ts";
import type { JsonObject } from "./json.ts";

/** Fields that tell where in a service something happened, by the names under which loggers write them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  request: [],
  endpoint: [
    "endpoint",
    "path",
    "route",
    "url",
    "uri",
    "req.url",
    "request.path",
    "http.target",
    "http.route",
    "url.path",
  ],
  status: ["status", "statusCode", "status_code", "res.statusCode", "response.status", "http.status_code"],
  upstream: ["upstream", "target", "dependency", "peer.service", "remote"],
  host: ["target_host", "db_host", "server", "endpoint_host"],
  job: ["job", "task", "operation", "queue", "topic"],
}; // prettier-ignore

/** A request line of an access log: method, path without its query, and the status behind the closing quote. */
const REQUEST =
  /\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^\s"?#]{0,200})[^"\s]{0,300}(?: HTTP\/[\d.]{1,3}"? (\d{3})\b)?/;
const TOOK =
  /\b(?:took |in |after )?(\d{1,9}(?:\.\d{1,6})?) ?(ms|s)\b|\b(?:request_time|duration|latency|elapsed)=(\d{1,9}(?:\.\d{1,6})?)\b/; // prettier-ignore
const DURATIONS: readonly (readonly [name: string, ms: number])[] = [
  ["duration_ms", 1],
  ["response_time_ms", 1],
  ["responseTimeMs", 1],
  ["responseTime", 1],
  ["latency_ms", 1],
  ["elapsed_ms", 1],
  ["request_time", 1000],
];
const TOP = 5;
const CHARACTERS = 120;

/**
 * How the fields of events spread that say which endpoint, status or job they are about, and how long they took (ms).
 * @param hasErrors count errors only, even where none is among the events that were kept
 */
export function spreadFields(events: readonly LogEvent[], hasErrors: boolean): JsonObject {
  const counted = hasErrors ? events.filter(isError) : events;
  const counts = new Map<string, Map<string, number>>();
  const took: number[] = [];
  for (const event of counted) {
    const fields = parseFields(event.message.slice(0, 20_000));
    for (const [name, value] of readFields(event.message, fields)) note(counts, name, value);
    const ms = durationOf(event.message, fields);
    if (ms !== undefined) took.push(ms);
  }
  const spreads = [...counts].map(([name, values]) => describe(name, values));
  return {
    counted: counted.length,
    fields: spreads,
    ...(took.length > 0 ? { took_ms: { count: took.length, ...rangeOf(took) } } : {}),
  };
}

function* readFields(message: string, fields: Fields | undefined): Generator<[string, string]> {
  const request = REQUEST.exec(message.slice(0, 2000));
  if (request) yield ["request", `${request[1]} ${request[2]}`];
  if (request?.[3]) yield ["status", request[3]];
  if (!fields) return;
  for (const [name, keys] of Object.entries(NAMES)) {
    if (name === "status" && request?.[3]) continue;
    const value = keys.map((key) => fieldOf(fields, key)).find((one) => one !== undefined && one !== null);
    if (typeof value === "string" || typeof value === "number") yield [name, String(value)];
  }
}

function durationOf(message: string, fields: Fields | undefined): number | undefined {
  for (const [name, ms] of fields ? DURATIONS : []) {
    const value = Number((fields && fieldOf(fields, name)) ?? Number.NaN);
    if (Number.isFinite(value)) return value * ms;
  }
  const found = TOOK.exec(message.slice(0, 2000));
  if (!found) return undefined;
  return found[3] === undefined ? Number(found[1]) * (found[2] === "s" ? 1000 : 1) : Number(found[3]) * 1000;
}

function note(counts: Map<string, Map<string, number>>, name: string, value: string): void {
  const values = counts.get(name) ?? new Map<string, number>();
  counts.set(name, values);
  // Cut in two, a secret would no longer be seen as one.
  const text = value.length > CHARACTERS ? "(a long value)" : value;
  values.set(text, (values.get(text) ?? 0) + 1);
}

function describe(name: string, values: ReadonlyMap<string, number>): JsonObject {
  const top = [...values].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, TOP);
  const count = values.values().reduce((sum, one) => sum + one, 0);
  return { name, count, distinct: values.size, top: top.map(([value, count]) => ({ value, count })) };
}

function rangeOf(values: readonly number[]): JsonObject {
  const sorted = values.toSorted((a, b) => a - b);
  const round = (value: number | undefined) => Number((value ?? 0).toPrecision(6));
  return {
    min: round(sorted[0]),
    median: round(sorted[sorted.length >> 1]),
    max: round(sorted.at(-1)),
  };
}
