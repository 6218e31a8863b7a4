import type { LogEvent } from "../log/event.ts";
import type { DigestSummary, TemplateSummary } from "./summary.ts";

/** How long before an onset something new is worth showing, ms. */
const NEW_BEFORE = 1_800_000;
/** New is what was not said for so long from the beginning of the data, or for half of the time, ms. */
const UNSEEN_FOR = 1_800_000;
/** A line that is said no more often is an occurrence, not a habit. */
const RARE = 5;

/** Words of a line that tells of a change, as it most often comes before an incident. */
const CHANGE =
  /\b(?:re-?(?:load|start|boot)(?:s|ed|ing)?|(?:re-?|un)?deploy(?:s|ed|ing|ments?)?|roll(?:ed|ing)?[ -]?(?:out|back)|migrat(?:e|ed|ing|ions?)|(?<!\b(?:load|loads|loaded|loading|read|reads|reading|parsed|parsing|using|from) (?:the )?)config(?:uration)?|re-?siz(?:e|ed|ing)|scal(?:ed|ing)|(?:up|down)grad(?:e|ed|ing)|feature[ -]?flags?|fail(?:ed )?-?over|(?:un)?lock(?:s|ed|ing)?|maintenance|releas(?:e|ed|ing)|rotat(?:e|ed|ing|ion)|patched|switch(?:ed|ing|over)|shut(?:ting)? ?down|terminat(?:ed|ing)|evict(?:ed|ing|ion)|drain(?:ed|ing)?|alter table|create index|vacuum|new version|version \S{1,40} (?:is )?(?:live|active))\b/i;

/** Terms that find such lines in a search, and some others: a filter pattern tells cases apart and knows no words. */
const TERMS = [
  ...["reload", "restart", "deploy", "rollout", "rollback", "rolled", "migrat", "config", "resiz", "upgrad"],
  ...["Reload", "Restart", "Deploy", "Rollout", "Rollback", "Rolled", "Migrat", "Config", "Resiz", "Upgrad"],
  ...[
    "feature",
    "failover",
    "maintenance",
    "release",
    "rotat",
    "switch",
    "evict",
    "drain",
    "scaled",
    "started",
  ],
  ...[
    "Feature",
    "Failover",
    "Maintenance",
    "Release",
    "Rotat",
    "Switch",
    "Evict",
    "Drain",
    "Scaled",
    "Started",
  ],
  ...[
    "locked",
    "lock",
    "Lock",
    "ALTER",
    "CREATE",
    "shutdown",
    "shutting",
    "Shutting",
    "terminat",
    "Terminat",
  ],
];

/** The filter pattern that finds lines which may tell of a change; `tellsOfChange` then decides. */
export const CHANGE_PATTERN = TERMS.map((term) => `?${term}`).join(" ");

export function tellsOfChange(text: string): boolean {
  return CHANGE.test(text.slice(0, 2000));
}

/**
 * What was said for the first time shortly before trouble began: a deployment, a reload, a lock. Lines that tell
 * of a change come first, then by time. Empty where the data does not reach back far enough to call anything new.
 */
export function findNewBefore(digest: DigestSummary, onset: number | undefined): LogEvent[] {
  if (onset === undefined || digest.first === undefined) return [];
  const known = Math.min(UNSEEN_FOR, (onset - digest.first) / 2);
  const from = Math.max(onset - NEW_BEFORE, digest.first + known);
  const isNew = ({ first, count, level }: TemplateSummary) =>
    first !== undefined && first >= from && first < onset && (count <= RARE || level === "warn");
  return digest.templates
    .filter(isNew)
    .map(({ first, text, examples }) => ({ at: first ?? 0, change: tellsOfChange(text), event: examples[0] }))
    .sort((a, b) => Number(b.change) - Number(a.change) || a.at - b.at)
    .flatMap(({ event }) => (event ? [event] : []));
}
