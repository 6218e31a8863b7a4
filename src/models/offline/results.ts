import { z } from "zod";

/** The analyst's reading of the tools' results: it sees what any model sees, JSON that came through the gate. */

const listedGroup = z.object({
  name: z.string(),
  bytes: z.number().nullable(),
  oldest_event: z.string().nullable(),
  newest_event: z.string().nullable(),
  remark: z.string().optional(),
});
export type ListedGroup = z.infer<typeof listedGroup>;

const ledger = z.object({
  groups: z.array(z.string()),
  window: z.object({ start: z.string(), end: z.string(), zone: z.string() }).nullable(),
  matched: z.number(),
  returned: z.number(),
  analysed: z.number(),
  empty: z.string().optional(),
  notices: z.array(z.string()).default([]),
});

const template = z.object({
  template: z.string(),
  count: z.number(),
  level: z.string().nullable(),
  first: z.string().nullable(),
  last: z.string().nullable(),
  examples: z.array(z.string()),
});
export type Template = z.infer<typeof template>;

const numeric = z.object({
  name: z.string(),
  count: z.number(),
  min: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  max: z.number().nullable(),
  trend: z.array(z.number().nullable()),
  is_duration: z.boolean(),
  largest: z.string(),
  first_large: z.string(),
});
export type Numeric = z.infer<typeof numeric>;

const levels = z.record(z.string(), z.number());
const result = z.string();

export const schemas = {
  list_log_groups: z.object({ result, groups: z.array(listedGroup), total: z.number() }),
  fetch_logs: z.object({
    result,
    ledger,
    truncated: z.string().optional(),
    levels,
    first: z.string().nullable(),
    last: z.string().nullable(),
    templates_total: z.number(),
    templates: z.array(template),
    numbers: z.array(numeric).default([]),
    events: z.array(z.string()),
  }),
  search_logs: z.object({
    result,
    ledger,
    groups_searched: z.number(),
    failed: z.array(z.object({ log_group: z.string(), error: z.string() })).default([]),
    groups: z.array(
      z.object({
        log_group: z.string(),
        matched: z.number(),
        errors: z.number(),
        first: z.string().nullable(),
        last: z.string().nullable(),
        templates: z.array(template),
        events: z.array(z.string()),
      }),
    ),
  }),
  get_log_statistics: z.object({
    result,
    ledger,
    total: z.number(),
    errors: z.number(),
    error_share: z.number().nullable(),
    levels,
    numbers: z.array(numeric),
  }),
  analyze_error_pattern: z.object({
    result,
    context_id: z.string(),
    analysed: z.number(),
    errors: z.number(),
    groups: z.array(
      z.object({
        log_group: z.string(),
        errors: z.number(),
        error_templates_total: z.number(),
        onset: z
          .object({
            at: z.string(),
            errors_per_minute_before: z.number(),
            errors_per_minute_after: z.number(),
            is_new: z.boolean(),
          })
          .nullable(),
        templates: z.array(template.extend({ onset: z.string().nullable() })),
        first_error: z.string().nullable(),
        lines_before_first_error: z.array(z.string()),
        new_before_onset: z.array(z.string()).default([]),
      }),
    ),
  }),
  correlate_events: z.object({
    result,
    ids_seen: z.number(),
    groups_by_onset: z.array(
      z.object({
        log_group: z.string(),
        events: z.number(),
        errors: z.number(),
        onset: z.string().nullable(),
        first_error: z.string().nullable(),
        errors_with_earlier_cause_elsewhere: z.number(),
        errors_first_here: z.number(),
      }),
    ),
    propagations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        ids: z.number(),
        median_lag_ms: z.number(),
        example_id: z.string(),
        example: z.array(z.string()),
      }),
    ),
  }),
  get_surrounding_logs: z.object({
    result,
    log_group: z.string(),
    stream: z.string(),
    events: z.array(z.string()),
  }),
} as const;

export type ToolName = keyof typeof schemas;
export type ResultOf<Name extends ToolName> = z.infer<(typeof schemas)[Name]>;

/** A line of evidence, `[e3] time level group (stream) | text`, taken apart. */
export interface EvidenceLine {
  readonly ref: string;
  readonly time: string;
  readonly level: string;
  readonly group: string;
  readonly text: string;
}

export function readEvidence(line: string): EvidenceLine | undefined {
  const found = /^\[(e\d+)\] (\(no time\)|\S+) (\S+) (.*?) \| ([\s\S]*)$/.exec(line);
  if (!found) return undefined;
  const [, ref = "", time = "", level = "", place = "", text = ""] = found;
  return { ref, time, level, group: place.replace(/ \([^()]*\)$/, ""), text };
}
