import { type Row, Timestamp, textOf, type Value } from "./cloudwatch-values.ts";

/** What a command for patterns gives. */
export interface Patterns {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

interface Found {
  readonly pattern: string;
  readonly samples: { readonly timestamp: number; readonly message: string }[];
  /** By minute, ms since the epoch. */
  readonly times: Map<number, number>;
  count: number;
}

/** Samples of a pattern, at most: "a few", as the console's page of a pattern has them. */
const MOST_SAMPLES = 5;
const MINUTE = 60_000;

/**
 * What `pattern` makes of a text in each row, in a simple form: dynamic words are tokens, texts that then are alike are one
 * pattern. The first four columns are those of
 * docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Pattern.html; the others, which the console's pages of
 * patterns show, come with them and are described nowhere: their names and forms are those that public programs read.
 */
export function findPatterns(rows: readonly Row[], read: (row: Row) => Value): Patterns {
  const found = groupByPattern(rows, read);
  const total = found.reduce((sum, { count }) => sum + count, 0);
  return {
    columns: [...DOCUMENTED, ...OTHERS],
    rows: found.map((one) =>
      rowOf({ ...describe(one), "@ratio": one.count / total, "@sampleCount": one.count }),
    ),
  };
}

const DOCUMENTED = ["@pattern", "@ratio", "@sampleCount", "@severityLabel"];
const OTHERS = ["@PatternId", "@logSamples", "@visualization"];
const COMPARED = ["@pattern", "@sampleCount", "@diffEventCount", "@differenceDescription", "@severityLabel"];

/**
 * What `diff` makes of the patterns of two periods. The console's table has their titles (CWL_AnalyzeLogData_Compare.html:
 * event count, difference event count, difference description, severity type); how the API calls the middle two is not
 * documented.
 */
export function comparePatterns(current: Patterns, before: Patterns): Patterns {
  const countIn = ({ rows }: Patterns, pattern: Value) =>
    Number(rows.find((row) => row.get("@pattern") === pattern)?.get("@sampleCount") ?? 0);
  const all = new Map([...before.rows, ...current.rows].map((row) => [row.get("@pattern"), row]));
  const rows = [...all].map(([pattern, row]) => {
    const count = countIn(current, pattern);
    const difference = count - countIn(before, pattern);
    return rowOf({
      "@pattern": pattern,
      "@sampleCount": count,
      "@diffEventCount": difference,
      "@differenceDescription":
        difference === 0 ? "No change" : `${difference > 0 ? "+" : ""}${difference} events`,
      "@severityLabel": row.get("@severityLabel"),
      ...(count > 0 ? Object.fromEntries(OTHERS.map((name) => [name, row.get(name)])) : {}),
    });
  });
  return { columns: [...COMPARED, ...OTHERS], rows };
}

function rowOf(fields: Readonly<Record<string, Value>>): Row {
  return { get: (field) => fields[field] };
}

function describe({ pattern, samples, times }: Found): Record<string, Value> {
  return {
    "@pattern": pattern,
    "@severityLabel": severityOf(pattern),
    "@PatternId": Buffer.from(pattern).toString("hex").slice(0, 32),
    "@logSamples": JSON.stringify(samples),
    "@visualization": JSON.stringify({ timeWindowCountMapping: Object.fromEntries(times) }),
  };
}

function groupByPattern(rows: readonly Row[], read: (row: Row) => Value): readonly Found[] {
  const found = new Map<string, Found>();
  for (const row of rows) {
    const message = textOf(read(row));
    if (message === undefined) continue;
    const pattern = patternOf(message);
    const one: Found = found.get(pattern) ?? { pattern, samples: [], times: new Map(), count: 0 };
    found.set(pattern, one);
    one.count += 1;
    const at = row.get("@timestamp");
    if (!(at instanceof Timestamp)) continue;
    const minute = Math.floor(at.ms / MINUTE) * MINUTE;
    one.times.set(minute, (one.times.get(minute) ?? 0) + 1);
    if (one.samples.length < MOST_SAMPLES) one.samples.push({ timestamp: at.ms, message });
  }
  return [...found.values()].toSorted((a, b) => b.count - a.count);
}

/** What a dynamic token stands for, by its form; the number behind the name is its place among the dynamic tokens. */
const TOKENS: readonly (readonly [name: string, form: RegExp])[] = [
  ["Time", /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?)?$/],
  ["IPAddress", /^\d{1,3}(?:\.\d{1,3}){3}$/],
  ["ID", /^(?=.*\d)[\da-f]{8,}(?:-[\da-f]{4,})*$/],
];
const DYNAMIC = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?|\d{1,3}(?:\.\d{1,3}){3}|[\w-]*\d[\w-]*/g;

function patternOf(text: string): string {
  let place = 0;
  return text.replace(DYNAMIC, (token) => {
    place += 1;
    const name = TOKENS.find(([, form]) => form.test(token))?.[0] ?? "Token";
    return `<${name}-${place}>`;
  });
}

/** By the words in the pattern; what names none is INFO: CWL_AnalyzeLogData_Patterns.html. */
function severityOf(pattern: string): string {
  if (/error/i.test(pattern)) return "ERROR";
  return /warn/i.test(pattern) ? "WARN" : "INFO";
}
