import { rebin } from "../analysis/histogram.ts";
import type { DigestSummary, Histogram, NumericSummary, TemplateSummary } from "../analysis/summary.ts";
import { WILDCARD } from "../analysis/tokens.ts";
import { isError, type LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { Zone } from "../log/zone.ts";
import { CHARACTERS_PER_TOKEN } from "./budget.ts";
import type { Evidence, Reading } from "./evidence.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { ToolEnvironment } from "./tool.ts";

/** Characters of one event that a model is shown. */
const EVENT_CHARACTERS = 600;
/** To how many an event is cut where otherwise not all that were asked for would fit. */
const SHORT_EVENTS = [EVENT_CHARACTERS, 300, 160];
const TEMPLATE_CHARACTERS = 400;
/** Values that are longer were cut themselves. */
const CONSTANT_CHARACTERS = 80;
/** Around each event: its reference, time, level, group and the quotes of JSON. */
const CHARACTERS_AROUND = 52;

/** An instant as ISO 8601 with milliseconds and the zone's offset: absolute, and in the reader's zone. */
export function isoInZone(epochMs: number, zone: Zone): string {
  const offset = zone.offsetAt(epochMs);
  const wall = new Date(epochMs + offset).toISOString().slice(0, -1);
  if (offset === 0) return `${wall}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${wall}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

export function renderTime(epochMs: number | undefined, zone: Zone): string | null {
  return epochMs === undefined ? null : isoInZone(epochMs, zone);
}

/** `2026-03-12T02:47:03.123Z error group (stream) | text`: an event in full; a stream named as its group is left out. */
export function describeEvent(event: LogEvent, zone: Zone, text = event.message): string {
  const time = event.timestamp === undefined ? "(no time)" : isoInZone(event.timestamp, zone);
  const place = event.stream === event.group ? event.group : `${event.group} (${event.stream})`;
  return `${time} ${event.level ?? "-"} ${place} | ${text}`;
}

/** An event as one line of evidence behind its reference, `[e7] ...`, cut to a bearable length. */
export function renderEvent(
  event: LogEvent,
  evidence: Evidence,
  zone: Zone,
  most = EVENT_CHARACTERS,
): string {
  const { message } = event;
  const shown = cutAtWord(message, most);
  const rest = message.length - shown.length;
  const text = rest > 0 ? `${shown}… (${rest} more characters)` : message;
  return `[${evidence.citeEvent(event)}] ${describeEvent(event, zone, text)}`;
}

/** The text of a template; what a wildcard always stood for is written out, for it says more. */
export function writeOutConstants({ text, count, parameters }: TemplateSummary): string {
  if (count === 1) return text;
  const pieces = text.split(WILDCARD);
  return pieces
    .map((piece, index) => {
      if (index === pieces.length - 1) return piece;
      const parameter = parameters[index];
      const only =
        parameter?.distinct === 1 && !parameter.distinctCapped ? parameter.top[0]?.value : undefined;
      return piece + (only !== undefined && only.length <= CONSTANT_CHARACTERS ? only : WILDCARD);
    })
    .join("");
}

/** A text cut to what is worth reading of a template. */
export function cutText(text: string): string {
  return text.length > TEMPLATE_CHARACTERS ? `${cutAtWord(text, TEMPLATE_CHARACTERS)}…` : text;
}

const WORD_END = /[\s,;&"'<>(){}[\]|]/;
const LAST_WORD = /[^\s,;&"'<>(){}[\]|]*$/;

/** At most so many characters, and no half words: half a secret would no longer be seen as one by the sanitiser. */
function cutAtWord(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const cut = text.slice(0, characters);
  return WORD_END.test(text[characters] ?? "") ? cut : cut.slice(0, cut.search(LAST_WORD));
}

export function renderLedger(ledger: Ledger, zone: Zone): JsonObject {
  return {
    source: ledger.source,
    groups: ledger.groups,
    window: ledger.window
      ? {
          start: isoInZone(ledger.window.start, zone),
          end: isoInZone(ledger.window.end, zone),
          zone: zone.name,
        }
      : null,
    ...(ledger.filter === undefined ? {} : { filter: ledger.filter }),
    ...(ledger.inWindow === undefined ? {} : { in_window: ledger.inWindow }),
    matched: ledger.matched,
    returned: ledger.returned,
    analysed: ledger.analysed,
    ...(ledger.empty === undefined ? {} : { empty: ledger.empty }),
    ...(ledger.notices.length === 0 ? {} : { notices: ledger.notices.map(({ text }) => text) }),
  };
}

export function renderLevels(digest: DigestSummary): JsonObject {
  const inferred = digest.inferredLevels > 0 ? { inferred_from_words: digest.inferredLevels } : {};
  return { ...Object.fromEntries(digest.levels), ...inferred };
}

export function renderTemplate(
  template: TemplateSummary,
  evidence: Evidence,
  zone: Zone,
  examples = 1,
): JsonObject {
  return {
    template: cutText(writeOutConstants(template)),
    count: template.count,
    level: template.level ?? null,
    first: renderTime(template.first, zone),
    last: renderTime(template.last, zone),
    examples: template.examples.slice(0, examples).map((event) => renderEvent(event, evidence, zone)),
  };
}

function renderHistogram(histogram: Histogram | undefined, zone: Zone, maxBins = 24): JsonValue {
  if (!histogram) return null;
  const coarse = rebin(histogram, maxBins);
  return {
    start: isoInZone(coarse.start, zone),
    bin_seconds: coarse.binMs / 1000,
    total: coarse.bins.map(({ total }) => total),
    errors: coarse.bins.map(({ errors }) => errors),
  };
}

export function renderNumber(number: NumericSummary, evidence: Evidence, zone: Zone): JsonObject {
  const round = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);
  return {
    name: number.name,
    count: number.count,
    min: round(number.min),
    p50: round(number.p50),
    p95: round(number.p95),
    max: round(number.max),
    trend: number.trend.map(round),
    unit: number.unit ?? null,
    is_duration: number.isDuration,
    ...(number.shareAboveSecond === undefined
      ? {}
      : { percent_above_1s: Math.round(number.shareAboveSecond * 100) }),
    largest: renderEvent(number.largest, evidence, zone),
    first_large: renderEvent(number.firstLarge, evidence, zone),
  };
}

/** The templates worth a model's attention: the errors first, then the most frequent. */
export function chooseTemplates(digest: DigestSummary, count: number): TemplateSummary[] {
  const severe = digest.templates.filter(isSevere);
  const chosen = new Set(severe.slice(0, Math.ceil(count * 0.6)));
  for (const template of digest.templates
    .filter(({ level }) => level === "warn")
    .slice(0, Math.ceil(count * 0.2))) {
    chosen.add(template);
  }
  for (const template of digest.templates) if (chosen.size < count) chosen.add(template);
  return [...chosen];
}

/** The newest events that fit; errors are not preferred, so that the reader sees the log as it is. */
export function renderEvents(
  events: readonly LogEvent[],
  budgetTokens: number,
  environment: Pick<ToolEnvironment, "evidence" | "zone">,
): string[] {
  const characters = budgetTokens * CHARACTERS_PER_TOKEN;
  const sum = (most: number) => events.reduce((total, event) => total + sizeOf(event, most), 0);
  const most = SHORT_EVENTS.find((each) => sum(each) <= characters) ?? SHORT_EVENTS.at(-1);
  let room = characters;
  let from = events.length;
  while (from > 0) {
    room -= sizeOf(events[from - 1], most);
    if (room < 0 && from < events.length) break;
    from -= 1;
  }
  const { evidence, zone } = environment;
  return events.slice(from).map((event) => renderEvent(event, evidence, zone, most));
}

/** At most so many characters of JSON: quotes and line ends are escaped, control characters longest. */
export function sizeOf(event: LogEvent | undefined, most = EVENT_CHARACTERS): number {
  if (!event) return 0;
  const shown = JSON.stringify(event.message.slice(0, most)).length;
  const stream = event.stream === event.group ? 0 : event.stream.length;
  return shown + event.group.length + stream + CHARACTERS_AROUND;
}

/** What a reading tells about itself: counts, levels, templates, numbers; without single events. */
export function renderReading(
  reading: Reading,
  environment: ToolEnvironment,
  { templates, numbers }: { readonly templates: number; readonly numbers: number },
): JsonObject {
  const { digest } = reading;
  const { evidence, zone } = environment;
  const chosen = chooseTemplates(digest, templates);
  return {
    levels: renderLevels(digest),
    first: renderTime(digest.first, zone),
    last: renderTime(digest.last, zone),
    ...(digest.untimed > 0 ? { events_without_time: digest.untimed } : {}),
    histogram: renderHistogram(digest.histogram, zone),
    templates_total: digest.templates.length,
    templates: chosen.map((template) => ({
      ...renderTemplate(template, evidence, zone),
      ...renderSample(reading, template.text),
    })),
    ...(digest.numbers.length === 0
      ? {}
      : { numbers: digest.numbers.slice(0, numbers).map((number) => renderNumber(number, evidence, zone)) }),
  };
}

/** A message of a template that has no event to cite. */
export function renderSample({ samples }: Reading, template: string): JsonObject {
  const sample = samples?.get(template);
  return sample === undefined ? {} : { sample: cutText(sample) };
}

/** Said of templates that are of a part of what matched. */
export function renderPart({ templatesFrom, digest }: Reading): JsonObject {
  if (templatesFrom === undefined) return {};
  const from = templatesFrom === 0 ? "none" : `the newest ${templatesFrom}`;
  return { templates_from: `${from} of ${digest.events} matches` };
}

export function countErrors(digest: DigestSummary): number {
  return (digest.levels.get("error") ?? 0) + (digest.levels.get("fatal") ?? 0);
}

export function isSevere({ level }: TemplateSummary): boolean {
  return level === "error" || level === "fatal";
}

/** The earliest example of an error that was kept, from `since` on where there is one: what came before was habit. */
export function firstError(digest: DigestSummary, since?: number): LogEvent | undefined {
  const examples = digest.templates
    .flatMap((template) => template.examples.filter(isError))
    .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
  return examples.find(({ timestamp }) => since === undefined || (timestamp ?? 0) >= since) ?? examples[0];
}
