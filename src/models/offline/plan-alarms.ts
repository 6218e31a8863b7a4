import { alarmsAsked, isTold, type KnownAlarm } from "./alarms.ts";
import type { Conversation } from "./conversation.ts";
import { type Intent, isIdentifier } from "./intent.ts";
import { asked, LIST_ALARMS, type PlannedCall } from "./plan.ts";

/** Alarms of which more is asked for, one by one. */
const MOST_ASKED = 3;

/** The next calls for a question about alarms; none means that it is time to report. No log is read for it. */
export function planAlarms(talk: Conversation, intent: Intent): PlannedCall[] {
  if (!asked(talk, "list_alarms")) return [LIST_ALARMS];
  const listings = talk.results("list_alarms");
  const [listing] = listings;
  if (!listing) return [];
  const about = alarmsAsked(talk, intent);
  if (listings.length === 1 && !asked(talk, "get_metric")) {
    const prefixes = about.filter((alarm) => !isTold(alarm)).map(({ name }) => name);
    const unlisted = about.length === 0 && listing.truncated ? intent.names.filter(isIdentifier) : [];
    const more = [...prefixes, ...unlisted].slice(0, MOST_ASKED);
    if (more.length > 0) return more.map((prefix) => ({ tool: "list_alarms", input: { prefix, limit: 50 } }));
  }
  const [only] = about;
  const isMeasured = !talk.offers("get_metric") || asked(talk, "get_metric");
  return only && about.length === 1 && !isMeasured ? measure(only, talk) : [];
}

const STATISTICS: Readonly<Record<string, string>> = {
  Average: "average",
  Sum: "sum",
  Minimum: "minimum",
  Maximum: "maximum",
  SampleCount: "count",
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
};

/** The one metric that the alarm watches, by the statistic that its condition begins with. */
function measure({ metrics, condition }: KnownAlarm, { start, end }: Conversation): PlannedCall[] {
  const [metric] = metrics;
  const statistic = STATISTICS[/^\w+(?= of )/.exec(condition ?? "")?.[0] ?? ""];
  if (!metric || metrics.length > 1 || statistic === undefined) return [];
  return [{ tool: "get_metric", input: { ...metric, statistic, start_time: start, end_time: end } }];
}
