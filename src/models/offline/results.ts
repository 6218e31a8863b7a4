import { z } from "zod";

/** The analyst's reading of the tools' results: it sees what any model sees, JSON that came through the gate. */

const listedGroup = z.object({
  name: z.string(),
  bytes: z.number().nullable().default(null),
  oldest_event: z.string().nullable().default(null),
  newest_event: z.string().nullable().default(null),
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

/** A template of `analyze_error_pattern`, which knows more. */
const pattern = template.extend({
  onset: z.string().nullable(),
  parameters: z.array(z.object({ distinct: z.union([z.number(), z.string()]), top: z.array(z.string()) })),
});

const span = z.object({
  oldest_event: z.string().nullable(),
  newest_event: z.string().nullable(),
  remark: z.string().optional(),
});

const spread = z.object({
  counted: z.number(),
  fields: z.array(
    z.object({
      name: z.string(),
      count: z.number(),
      distinct: z.number(),
      top: z.array(z.object({ value: z.string(), count: z.number() })),
    }),
  ),
  took_ms: z.object({ count: z.number(), min: z.number(), median: z.number(), max: z.number() }).optional(),
});
export type Spread = z.infer<typeof spread>;

const comparedTemplate = z.object({
  template: z.string(),
  level: z.string().nullable(),
  baseline_count: z.number(),
  count: z.number(),
});
export type ComparedTemplate = z.infer<typeof comparedTemplate>;

const numeric = z.object({
  name: z.string(),
  count: z.number(),
  min: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  max: z.number().nullable(),
  trend: z.array(z.number().nullable()),
  unit: z.string().nullable(),
  is_duration: z.boolean(),
  percent_above_1s: z.number().optional(),
  largest: z.string(),
  first_large: z.string(),
});
export type Numeric = z.infer<typeof numeric>;

const metric = z.object({
  namespace: z.string(),
  name: z.string(),
  dimensions: z.record(z.string(), z.string()),
});

/** Of many alarms the later ones are told with name and state only. */
const listedAlarm = z.object({
  source: z.string().optional(),
  name: z.string(),
  state: z.string(),
  since: z.string().nullable(),
  reason: z.string().optional(),
  condition: z.string().nullish(),
  description: z.string().optional(),
  metrics: z.array(metric).default([]),
  logs: z
    .array(
      z.object({
        log_group: z.string(),
        filter_pattern: z.string().optional(),
        query: z.string().optional(),
      }),
    )
    .default([]),
});
export type ListedAlarm = z.infer<typeof listedAlarm>;

const alarmChange = z.object({
  source: z.string().optional(),
  alarm: z.string(),
  at: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
export type ListedChange = z.infer<typeof alarmChange>;

const measured = z.object({
  source: z.string(),
  max: z.number().nullable(),
  max_at: z.string().nullable(),
  latest: z.number().nullable(),
  latest_at: z.string().nullable(),
});
export type Measured = z.infer<typeof measured>;

const levels = z.record(z.string(), z.number());
const result = z.string();

export const schemas = {
  list_log_groups: z.object({
    result,
    groups: z.array(listedGroup),
    total: z.number(),
    truncated: z.string().optional(),
  }),
  fetch_logs: z.object({
    result,
    ledger,
    truncated: z.string().optional(),
    group_span: span.optional(),
    events_without_time: z.number().default(0),
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
    spans: z
      .array(z.object({ log_group: z.string(), empty: z.string().optional(), group_span: span.optional() }))
      .default([]),
    groups: z.array(
      z.object({
        log_group: z.string(),
        matched: z.number(),
        errors: z.number(),
        first: z.string().nullable(),
        last: z.string().nullable(),
        templates_from: z.string().optional(),
        templates_total: z.number(),
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
    group_span: span.optional(),
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
        last_error: z.string().nullable(),
        last_event: z.string().nullable(),
        templates: z.array(pattern),
        spread,
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
  compare_periods: z.object({
    result,
    ledger,
    errors: z.number(),
    baseline: z.object({ ledger, errors: z.number() }),
    group_span: span.optional(),
    onset: z.string().nullable(),
    errors_per_minute: z.object({ baseline: z.number(), current: z.number() }),
    new_total: z.number(),
    new: z.array(comparedTemplate.extend({ first: z.string().nullable(), example: z.string().nullable() })),
    vanished_total: z.number(),
    vanished: z.array(comparedTemplate),
    changed_total: z.number(),
    changed: z.array(comparedTemplate.extend({ ratio: z.number() })),
  }),
  get_surrounding_logs: z.object({
    result,
    log_group: z.string(),
    stream: z.string(),
    events: z.array(z.string()),
  }),
  list_alarms: z.object({
    result,
    as_of: z.string(),
    returned: z.number(),
    in_alarm: z.number(),
    changes: z.array(alarmChange),
    alarms: z.array(listedAlarm),
    truncated: z.string().optional(),
    notices: z.array(z.string()).default([]),
  }),
  get_metric: z.object({
    result,
    metric,
    statistic: z.string(),
    series: z.array(z.union([measured, z.object({ source: z.string(), note: z.string() })])),
  }),
} as const;

export type ToolName = keyof typeof schemas;
export type ResultOf<Name extends ToolName> = z.infer<(typeof schemas)[Name]>;

/** A line of evidence, `[e3] time level group (stream) | text`, taken apart. */
export interface EvidenceLine {
  readonly ref: string;
  /** Undefined where the event has no time. */
  readonly time: string | undefined;
  readonly level: string;
  readonly group: string;
  /** The group and, where it differs, the stream, as they stand in the line. */
  readonly place: string;
  readonly text: string;
}

export function readEvidence(line: string): EvidenceLine | undefined {
  const found = /^\[(e\d+)\] (\(no time\)|\S+) (\S+) (.*?) \| ([\s\S]*)$/.exec(line);
  if (!found) return undefined;
  const [, ref = "", time = "", level = "", place = "", text = ""] = found;
  const group = place.replace(/ \([^()]*\)$/, "");
  return { ref, time: time === "(no time)" ? undefined : time, level, group, place, text };
}

export function hasErrors({ levels }: Pick<ResultOf<"fetch_logs">, "levels">): boolean {
  return (levels.error ?? 0) + (levels.fatal ?? 0) > 0;
}
