import { z } from "zod";
import type { DigestSummary, HistogramBin, NumericSummary, TemplateSummary } from "../analysis/summary.ts";
import { LEVELS, type LogEvent } from "../log/event.ts";
import {
  type BilledScan,
  type CachedShare,
  type EmptyReason,
  type Ledger,
  NOTICE_KINDS,
  type Notice,
} from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";

/** A member that JSON leaves out where it is undefined, and that is there all the same. */
export function maybe<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().transform((value) => value);
}

/** JSON writes it as a list of pairs. */
export function mapOf<Key extends string, Value>(key: z.ZodType<Key>, value: z.ZodType<Value>) {
  return z.array(z.tuple([key, value])).transform((entries) => new Map(entries));
}

/** JSON writes NaN as null. */
const numberOrNaN = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const level = z.enum(LEVELS);
const maybeNumber = maybe(z.number());

export const timeRange = z.object({ start: z.number(), end: z.number() }) satisfies z.ZodType<TimeRange>;

export const logEvent = z.object({
  id: z.string(),
  group: z.string(),
  stream: z.string(),
  timestamp: maybeNumber,
  message: z.string(),
  bodyStart: z.int().min(0),
  level: maybe(level),
  levelInferred: z.boolean(),
}) satisfies z.ZodType<LogEvent>;

const cachedShare = z.object({
  events: z.number(),
  of: z.number().exactOptional(),
  readFrom: z.number(),
  readTo: z.number(),
  toldAt: z.number(),
  zone: z.string(),
}) satisfies z.ZodType<CachedShare>;

const notice = z.object({
  kind: z.enum(NOTICE_KINDS),
  text: z.string(),
  group: z.string().exactOptional(),
  refused: z.object({ service: z.string(), calls: z.number() }).exactOptional(),
  cached: cachedShare.exactOptional(),
}) satisfies z.ZodType<Notice>;

const billedScan = z.object({
  estimatedBytes: z.number(),
  bytes: z.number(),
  estimatedDollars: maybeNumber,
  dollars: maybeNumber,
}) satisfies z.ZodType<BilledScan>;

const emptyReason = z.enum([
  "no-such-group",
  "group-is-empty",
  "no-events-in-window",
  "filter-matches-nothing",
  "access-denied",
  "unreadable",
]) satisfies z.ZodType<EmptyReason>;

export const ledger = z.object({
  source: z.string(),
  groups: z.array(z.string()),
  window: maybe(timeRange),
  filter: z.string().exactOptional(),
  streamPrefix: z.string().exactOptional(),
  inWindow: z.number().exactOptional(),
  matched: z.number(),
  returned: z.number(),
  analysed: z.number(),
  scannedBytes: z.number(),
  scan: billedScan.exactOptional(),
  empty: emptyReason.exactOptional(),
  link: z.string().exactOptional(),
  notices: z.array(notice),
}) satisfies z.ZodType<Ledger>;

const histogramBin = z.object({
  total: z.number(),
  warnings: z.number(),
  errors: z.number(),
  firstError: z.number().exactOptional(),
}) satisfies z.ZodType<HistogramBin>;

const template = z.object({
  id: z.string(),
  text: z.string(),
  count: z.number(),
  level: maybe(level),
  levelInferred: z.boolean(),
  first: maybeNumber,
  last: maybeNumber,
  examples: z.array(logEvent),
  parameters: z.array(
    z.object({
      distinct: z.number(),
      distinctCapped: z.boolean(),
      top: z.array(z.object({ value: z.string(), count: z.number() })),
    }),
  ),
  bins: z.array(z.number()),
  groups: mapOf(z.string(), z.number()),
}) satisfies z.ZodType<TemplateSummary>;

const numeric = z.object({
  name: z.string(),
  count: z.number(),
  min: numberOrNaN,
  max: numberOrNaN,
  mean: numberOrNaN,
  p50: numberOrNaN,
  p95: numberOrNaN,
  trend: z.array(numberOrNaN),
  isDuration: z.boolean(),
  unit: maybe(z.literal("ms")),
  shareAboveSecond: maybeNumber,
  largest: logEvent,
  firstLarge: logEvent,
}) satisfies z.ZodType<NumericSummary>;

export const digest = z.object({
  events: z.number(),
  untimed: z.number(),
  first: maybeNumber,
  last: maybeNumber,
  levels: mapOf(z.enum([...LEVELS, "none"]), z.number()),
  inferredLevels: z.number(),
  streams: mapOf(z.string(), z.number()),
  histogram: maybe(z.object({ start: z.number(), binMs: z.number(), bins: z.array(histogramBin) })),
  templates: z.array(template),
  eventsOutsideTemplates: z.number(),
  numbers: z.array(numeric),
}) satisfies z.ZodType<DigestSummary>;
