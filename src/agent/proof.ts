import type { Zone } from "../log/zone.ts";
import { neutralize } from "../sanitize/normalize.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { Evidence, StoredResult } from "../tools/evidence.ts";
import type { JsonValue } from "../tools/json.ts";
import { describeEvent } from "../tools/render.ts";
import { readText, toMs } from "./numbers.ts";
import { flatten } from "./quotes.ts";
import { instantOf, type Moment } from "./times.ts";

/** What a reference can prove: everything that a model was, or could have been, shown of it. */
export interface Proof {
  /** Flat texts that may be quoted, each on its own: as they are, and as the sanitiser leaves them. */
  readonly texts: readonly string[];
  /** Without signs, each once, ascending. */
  readonly numbers: readonly number[];
  readonly moments: readonly Moment[];
  /** Of what a share may be told. */
  readonly totals: readonly number[];
  /** Instants (ms) between which a duration may be told: few, or every duration would be true. */
  readonly instants: readonly number[];
}

export interface ProofOptions {
  readonly evidence: Evidence;
  readonly sanitizer: Sanitizer;
  readonly zone: Zone;
}

/** undefined where the reference stands for nothing. */
export function findProof(ref: string, options: ProofOptions): Proof | undefined {
  const { evidence, zone } = options;
  const event = evidence.findEvent(ref);
  if (event) {
    const { timestamp } = event;
    const texts = shownTexts([describeEvent(event, zone)], options);
    const { numbers, moments } = readTexts(texts);
    return {
      texts,
      moments,
      numbers: sortNumbers(numbers),
      totals: [],
      instants: timestamp === undefined ? [] : [timestamp],
    };
  }
  const result = evidence.findResult(ref);
  return result && proofOfResult(result, options);
}

function proofOfResult({ data, input }: StoredResult, options: ProofOptions): Proof {
  const found: Found = { texts: [], numbers: [], totals: new Set(), instants: new Set() };
  collect(data, found, 0);
  collect(input, found, Number.POSITIVE_INFINITY);
  const texts = shownTexts(found.texts, options);
  const { numbers, moments } = readTexts(texts);
  return {
    texts,
    moments,
    numbers: sortNumbers([...found.numbers, ...numbers]),
    totals: [...found.totals],
    instants: [...found.instants],
  };
}

/** Like the gate: what no reader sees is taken out, then what must not leave. */
function shownTexts(texts: readonly string[], { sanitizer }: ProofOptions): string[] {
  return texts.flatMap((text) => {
    const visible = neutralize(text);
    const sanitized = flatten(sanitizer.sanitize(visible).text);
    const flat = flatten(visible);
    return sanitized === flat ? [flat] : [flat, sanitized];
  });
}

function readTexts(texts: readonly string[]): { numbers: number[]; moments: Moment[] } {
  const numbers: number[] = [];
  const moments: Moment[] = [];
  for (const text of texts) {
    const read = readText(text);
    for (const number of read.numbers) numbers.push(number);
    for (const moment of read.moments) moments.push(moment);
  }
  return { numbers, moments };
}

function sortNumbers(numbers: readonly number[]): number[] {
  return [...new Set(numbers.map(Math.abs))].sort((a, b) => a - b);
}

interface Found {
  readonly texts: string[];
  readonly numbers: number[];
  readonly totals: Set<number>;
  readonly instants: Set<number>;
}

const TOTALS = new Set(["total", "matched", "analysed", "in_window", "errors", "events"]);
const TIME_UNITS: Readonly<Record<string, string>> = { minutes: "min", hours: "h", days: "d" };

/** Instants deeper inside a result belong to single templates and lines. */
const INSTANT_DEPTH = 3;
const MAX_INSTANTS = 12;

/** All texts (keys too) and numbers of a result; the length of a list is a number that it gives. */
function collect(value: JsonValue | undefined, found: Found, depth: number): void {
  if (typeof value === "number") found.numbers.push(value);
  else if (typeof value === "string") {
    found.texts.push(value);
    const instant = depth <= INSTANT_DEPTH ? readInstant(value) : undefined;
    if (instant !== undefined && found.instants.size < MAX_INSTANTS) found.instants.add(instant);
  } else if (isList(value)) {
    found.numbers.push(value.length);
    for (const part of value) collect(part, found, depth + 1);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      found.texts.push(key);
      if (typeof part === "number") collectNumber(key, part, found, depth);
      collect(part, found, depth + 1);
    }
    collectBins(value, found);
  }
}

function collectNumber(key: string, value: number, found: Found, depth: number): void {
  if (depth <= INSTANT_DEPTH && TOTALS.has(key)) found.totals.add(value);
  const unit = TIME_UNITS[/_(minutes|hours|days)$/.exec(key)?.[1] ?? ""];
  if (unit !== undefined) found.numbers.push(toMs(value, unit));
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The instant of a text that is a time and nothing else. */
function readInstant(text: string): number | undefined {
  if (text.length > 32) return undefined;
  const [moment, ...more] = readText(text).moments;
  return moment && more.length === 0 ? instantOf(moment) : undefined;
}

/** A histogram gives the time of each of its bins. */
function collectBins(
  { start, bin_seconds: seconds, total }: { readonly [key: string]: JsonValue | undefined },
  found: Found,
): void {
  const from = typeof start === "string" ? readInstant(start) : undefined;
  if (from === undefined || typeof seconds !== "number" || !isList(total)) return;
  const offset = /[+-]\d{2}:\d{2}$/.exec(String(start))?.[0];
  const shift = offset
    ? Number(offset.slice(0, 3)) * 3_600_000 + Number(offset[0] + offset.slice(4)) * 60_000
    : 0;
  for (const at of total.keys()) {
    const wall = new Date(from + at * seconds * 1000 + shift).toISOString().slice(0, -1);
    found.texts.push(`${wall}${offset ?? "Z"}`);
  }
}
