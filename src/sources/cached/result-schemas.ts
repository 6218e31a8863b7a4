import { z } from "zod";
import { LEVELS } from "../../log/event.ts";
import { type BilledScan, NOTICE_KINDS, type Notice } from "../../log/ledger.ts";
import type { QueryResult } from "../../log/query.ts";
import type { Pattern, PatternComparison, PatternResult } from "../source.ts";

const notice: z.ZodType<Notice> = z.object({
  kind: z.enum(NOTICE_KINDS),
  text: z.string(),
  group: z.string().exactOptional(),
});

const scan: z.ZodType<BilledScan> = z
  .object({
    estimatedBytes: z.number(),
    bytes: z.number(),
    estimatedDollars: z.number().optional(),
    dollars: z.number().optional(),
  })
  .transform(({ estimatedDollars, dollars, ...bytes }) => ({ ...bytes, estimatedDollars, dollars }));

export const queryResultSchema: z.ZodType<QueryResult> = z
  .object({
    columns: z.array(z.string()),
    rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
    matched: z.number().optional(),
    scannedEvents: z.number().optional(),
    scannedBytes: z.number(),
    scan: scan.exactOptional(),
    isComplete: z.boolean(),
    text: z.string().exactOptional(),
    link: z.string().exactOptional(),
    notices: z.array(notice),
  })
  .transform(({ matched, scannedEvents, ...rest }) => ({ ...rest, matched, scannedEvents }));

const pattern: z.ZodType<Pattern> = z
  .object({
    text: z.string(),
    count: z.number(),
    share: z.number(),
    level: z.enum(LEVELS).optional(),
    levelFrom: z.enum(["text", "service"]).optional(),
    first: z.number().optional(),
    last: z.number().optional(),
    samples: z.array(z.string()),
  })
  .transform(({ level, levelFrom, first, last, ...rest }) => ({ ...rest, level, levelFrom, first, last }));

export const patternResultSchema: z.ZodType<PatternResult> = z.object({
  patterns: z.array(pattern),
  matched: z.number(),
  scannedBytes: z.number(),
  scan: scan.exactOptional(),
  text: z.string(),
  link: z.string().exactOptional(),
  notices: z.array(notice),
});

export const comparisonSchema: z.ZodType<PatternComparison> = z.object({
  current: patternResultSchema,
  baseline: patternResultSchema,
});
