import { createDigest } from "../analysis/digest.ts";
import type { BilledScan, EmptyReason, Ledger, Notice } from "../log/ledger.ts";
import { addUpNotices } from "../log/refusals.ts";
import { createTail } from "../sources/read-newest.ts";
import type { FetchRequest, LogSource } from "../sources/source.ts";
import type { Reading } from "./evidence.ts";
import type { ToolEnvironment } from "./tool.ts";

/** Events kept of one reading, whatever its size. */
const KEPT_EVENTS = 1000;
const PROGRESS_EVERY = 20_000;
/** Of what matches seldom, or comes slowly: how often it is told all the same, ms. */
const PROGRESS_WITHIN = 1000;

/** Reads a group once, to its end: counts everything, keeps a digest and the newest events. */
export async function readGroup(
  source: LogSource,
  request: Omit<FetchRequest, "signal">,
  environment: Pick<ToolEnvironment, "signal" | "report" | "now" | "scans">,
): Promise<Reading> {
  const digest = createDigest();
  const newest = createTail(KEPT_EVENTS);
  const notices: Notice[] = [];
  let matched = 0;
  let seen: number | undefined = 0;
  let bytes = 0;
  let nextReport = PROGRESS_EVERY;
  let toldAt = environment.now();
  const report = (wait?: string) => {
    toldAt = environment.now();
    environment.report({ group: request.group, events: matched, bytes, ...(wait ? { wait } : {}) });
  };
  const { signal, scans } = environment;
  const approve = scans ? { approve: scans.approve } : {};
  let scan: BilledScan | undefined;
  for await (const page of source.fetch({ ...request, ...approve, signal, onWait: report })) {
    if (page.scan) {
      scan = page.scan;
      scans?.record(page.scan);
    }
    for (const event of page.events) {
      digest.add(event);
      newest.push(event);
    }
    matched += page.events.length;
    seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
    bytes += page.scannedBytes;
    if (page.notices) notices.push(...page.notices);
    if (matched >= nextReport || environment.now() - toldAt >= PROGRESS_WITHIN) {
      report();
      nextReport = matched + PROGRESS_EVERY;
    }
  }
  const summary = digest.summarize();
  const allUntimed = summary.events > 0 && summary.untimed === summary.events;
  const ledger: Ledger = {
    source: source.name,
    groups: [request.group],
    window: allUntimed ? undefined : request.window,
    ...(request.filter ? { filter: request.filter.pattern } : {}),
    ...(request.streamPrefix ? { streamPrefix: request.streamPrefix } : {}),
    ...(seen === undefined ? {} : { inWindow: seen }),
    matched,
    returned: 0,
    analysed: summary.events,
    scannedBytes: bytes,
    ...(scan ? { scan } : {}),
    ...(matched === 0 ? { empty: await whyEmpty(source, request, seen, environment.signal) } : {}),
    notices: [...addUpNotices(notices), ...freshness(source, request, environment.now())],
  };
  return { source, request, digest: summary, newest: newest.items(), ledger };
}

/** An empty result says which kind of empty it is. */
export async function whyEmpty(
  source: LogSource,
  request: Omit<FetchRequest, "signal">,
  seen: number | undefined,
  signal: AbortSignal,
): Promise<EmptyReason> {
  if (seen !== undefined && seen > 0) return "filter-matches-nothing";
  for (const [reason, window] of [
    ["filter-matches-nothing", request.window],
    ["no-events-in-window", undefined],
  ] as const) {
    if (reason === "filter-matches-nothing" && !request.filter && !request.streamPrefix) continue;
    if (await hasEvents(source, { group: request.group, window, signal })) return reason;
  }
  return "group-is-empty";
}

async function hasEvents(source: LogSource, request: FetchRequest): Promise<boolean> {
  const order = source.capabilities.newestFirst ? { order: "newest-first" as const } : {};
  for await (const page of source.fetch({ ...request, ...order, limit: 1 }))
    if (page.events.length > 0) return true;
  return false;
}

/** Said of a window that ends when events may still be on their way. */
export function freshness(source: LogSource, request: Omit<FetchRequest, "signal">, now: number): Notice[] {
  const { ingestionDelay } = source.capabilities;
  const end = request.window?.end;
  if (ingestionDelay === 0 || end === undefined || end < now - ingestionDelay) return [];
  const minutes = Math.ceil(ingestionDelay / 60_000);
  const text = `The window ends within the last ${minutes} minutes: the newest events may not have arrived yet.`;
  return [{ kind: "not-yet-ingested", group: request.group, text }];
}
