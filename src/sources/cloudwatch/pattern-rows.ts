import { z } from "zod";
import { parseLevel } from "../../log/level.ts";
import { writtenLevel } from "../../log/query.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Pattern } from "../source.ts";
import { fieldsOf, type ResultRow } from "./insights-rows.ts";

/** A pattern as `pattern` and `diff` tell of it. */
export interface PatternRow extends Omit<Pattern, "share"> {
  /** By how many events more there are than in the other period; undefined where that is not told. */
  readonly difference: number | undefined;
}

/** Dynamic tokens as the documentation writes them, `<Time-1>`; the API also gives them as `<*>`. */
const TOKEN = /<[A-Za-z][\w ]{0,40}-\d{1,4}>/g;
const MOST_SAMPLES = 2;
const SAMPLE_CHARACTERS = 2_000;

/**
 * Documented are `@pattern`, `@ratio`, `@sampleCount` and `@severityLabel`
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Pattern.html). `@logSamples` and `@visualization`
 * come with them and are taken where they can be read. Tokens are numbered and named anew by each query, so only that
 * there is one is kept; patterns that then are the same are put together.
 */
export function readPatternRows(rows: readonly ResultRow[], window: TimeRange): readonly PatternRow[] {
  const found = new Map<string, PatternRow>();
  for (const row of rows) {
    const one = readRow(fieldsOf(row), window);
    if (!one) continue;
    const key = JSON.stringify([one.text, one.level]);
    const other = found.get(key);
    found.set(key, other ? merge(other, one) : one);
  }
  return [...found.values()].sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
}

function readRow(fields: ReadonlyMap<string, string>, window: TimeRange): PatternRow | undefined {
  const written = fields.get("@pattern");
  if (written === undefined) return undefined;
  const text = written.replaceAll(TOKEN, "<*>").trim();
  const inText = writtenLevel(text);
  const level = inText ?? parseLevel(fields.get("@severityLabel") ?? "");
  const levelFrom = inText !== undefined ? "text" : level === undefined ? undefined : "service";
  return {
    text,
    count: readCount(fields.get("@sampleCount")) ?? 0,
    level,
    levelFrom,
    ...readSpan(fields.get("@visualization"), window),
    samples: readSamples(fields.get("@logSamples")),
    difference: readDifference(fields),
  };
}

function merge(one: PatternRow, other: PatternRow): PatternRow {
  const differences = [one.difference, other.difference].filter((difference) => difference !== undefined);
  return {
    ...one,
    count: one.count + other.count,
    first: least([one.first, other.first]),
    last: greatest([one.last, other.last]),
    samples: [...one.samples, ...other.samples].slice(0, MOST_SAMPLES),
    difference: differences.length < 2 ? undefined : differences.reduce((sum, each) => sum + each, 0),
  };
}

/**
 * What the console's table calls "Difference event count" (CWL_AnalyzeLogData_Compare.html); no document has its name in
 * the API, so it is known by the word and by being a whole number.
 */
function readDifference(fields: ReadonlyMap<string, string>): number | undefined {
  for (const [name, value] of fields)
    if (/^@?diff/i.test(name) && /^[-+]?\d+$/.test(value)) return Number(value);
  return undefined;
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

const samplesSchema = z.array(z.object({ message: z.string() })).catch([]);

function readSamples(text: string | undefined): readonly string[] {
  const samples = samplesSchema.parse(parseJson(text));
  return samples
    .slice(0, MOST_SAMPLES)
    .map(({ message }) => message.replace(/\r?\n$/, "").slice(0, SAMPLE_CHARACTERS));
}

const timesSchema = z
  .object({ timeWindowCountMapping: z.record(z.string(), z.number()) })
  .catch({ timeWindowCountMapping: {} });

/** The beginnings of the first and last bin with an event, ms since the epoch; what lies elsewhere is no time. */
function readSpan(text: string | undefined, { start, end }: TimeRange): Pick<Pattern, "first" | "last"> {
  const counts = timesSchema.parse(parseJson(text)).timeWindowCountMapping;
  const length = end - start;
  const times = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([time]) => Number(time))
    .filter((time) => time >= start - length && time < end)
    .map((time) => Math.max(time, start));
  return { first: least(times), last: greatest(times) };
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function greatest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
