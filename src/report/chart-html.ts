import { formatDuration } from "../log/time-duration.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import { formatCount, formatNoun } from "../ui/text-layout.ts";
import { shortTime } from "./clock.ts";
import { type Html, html, join } from "./html.ts";
import { type Bar, type Chart, type Timeline, ticksOf } from "./timeline.ts";

/** Height of the bars, px; what is above holds the onset's label, what is below the times. */
const HEIGHT = 104;
const TOP = 20;
const BOTTOM = 22;
/** The bars' own coordinates: they are stretched to whatever width there is. */
const WIDTH = 1000;
/** What occurs is seen: an error among thousands of other events is so many px high. */
const LEAST_HEIGHT = 3;
/** Fewer bars than these stand apart. */
const FEW_BARS = 60;

/** The signs of the bars, once for a page: stripes for warnings, so that colour is not all that tells them apart. */
export function drawSigns(): Html {
  return html`<svg class="defs" width="0" height="0" aria-hidden="true"><defs><pattern id="stripes" width="8" height="4" patternUnits="userSpaceOnUse"><rect class="stripe-ground" width="8" height="4"/><rect class="stripe" width="8" height="2"/></pattern><pattern id="unread" width="8" height="6" patternUnits="userSpaceOnUse"><rect class="unread-line" width="8" height="1"/></pattern></defs></svg>`;
}

export function drawLegend(timeline: Timeline): Html {
  const hasUnread = timeline.charts.some(({ read }) => !isSame(read, timeline.axis));
  const key = (sign: Html, words: string) =>
    html`<li><svg width="14" height="14" aria-hidden="true">${sign}</svg> ${words}</li>`;
  return html`<ul class="legend">
${key(html`<rect class="errors" width="14" height="14"/>`, "error or fatal")}
${key(html`<rect class="warnings" width="14" height="14"/>`, "warning")}
${key(html`<rect class="others" width="14" height="14"/>`, "other")}
${key(html`<line class="onset" x1="7" x2="7" y1="0" y2="14"/>`, "errors begin, or rise")}
${hasUnread ? key(html`<rect class="unread" width="14" height="14"/>`, "not read") : undefined}
</ul>`;
}

/** A chart with its caption; all charts of a timeline have the same axis of time. */
export function drawChart(chart: Chart, timeline: Timeline, zone: Zone, id: string): Html {
  const { axis } = timeline;
  const top = niceTop(Math.max(1, ...chart.bars.map(sumOf)));
  return html`<figure class="chart">
<figcaption><span class="group">${chart.group}</span> <span class="sums">${describeSums(chart)}</span></figcaption>
<svg class="frame" width="100%" height="${TOP + HEIGHT + BOTTOM}" role="img" aria-labelledby="${id}-title ${id}-about">
<title id="${id}-title">${`Events of ${chart.group} over time`}</title>
<desc id="${id}-about">${describeChart(chart, timeline, zone)}</desc>
${drawGrid(top)}
<svg class="plot" y="${TOP}" width="100%" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
${drawUnread(chart, axis)}
${drawBars(chart.bars, axis, top)}
${drawHits(chart.bars, timeline, zone)}
</svg>
${drawTimes(axis, zone)}
${drawOnset(chart, axis, zone)}
</svg>
</figure>`;
}

function describeSums({ events, errors, warnings, filter }: Chart): string {
  const kinds = [
    ...(errors > 0 ? [formatNoun(errors, "error")] : []),
    ...(warnings > 0 ? [formatNoun(warnings, "warning")] : []),
  ];
  const of = kinds.length > 0 ? `, ${kinds.join(", ")}` : ", no errors";
  return `${formatNoun(events, "event")}${of}${filter === undefined ? "" : `; only what matches ${filter}`}`;
}

/** The chart in words, for those who do not see it. */
function describeChart(chart: Chart, { axis, binMs }: Timeline, zone: Zone): string {
  const most = chart.bars.reduce<Bar | undefined>(
    (best, bar) => (bar.errors > (best?.errors ?? 0) ? bar : best),
    undefined,
  );
  return [
    `${formatWindow(axis, zone)}, ${formatDuration(binMs)} a bar: ${describeSums(chart)}.`,
    ...(chart.onset ? [`Errors ${verbOf(chart)} at ${formatInstant(chart.onset.at, zone)}.`] : []),
    ...(most
      ? [`Most errors in a bar: ${formatCount(most.errors)} at ${formatInstant(most.start, zone)}.`]
      : []),
  ].join(" ");
}

function verbOf({ onset }: Chart): string {
  return onset?.isNew ? "begin" : "rise";
}

function drawGrid(top: number): Html {
  const values = top % 2 === 0 ? [0, top / 2, top] : [0, top];
  return join(
    values.map((value) => {
      const y = TOP + HEIGHT - (value / top) * HEIGHT;
      return html`<line class="grid" x1="0" x2="100%" y1="${round(y)}" y2="${round(y)}"/><text class="count" x="-6" y="${round(y + 4)}">${formatCount(value)}</text>`;
    }),
  );
}

const KINDS = ["errors", "warnings", "others"] as const;

/** One path for each kind: errors at the bottom, where heights can be compared, then warnings, then the rest. */
function drawBars(bars: readonly Bar[], axis: TimeRange, top: number): Html {
  const pieces: Record<(typeof KINDS)[number], Html[]> = { errors: [], warnings: [], others: [] };
  for (const bar of bars) {
    const x = placeOf(bar.start, axis) * WIDTH;
    const width = (placeOf(bar.end, axis) * WIDTH - x) * (bars.length < FEW_BARS ? 0.88 : 1);
    let y = HEIGHT;
    for (const kind of KINDS) {
      if (bar[kind] === 0) continue;
      const height = Math.min(y, Math.max((bar[kind] / top) * HEIGHT, LEAST_HEIGHT));
      pieces[kind].push(html`M${round(x)} ${round(y)}h${round(width)}v${round(-height)}h${round(-width)}z`);
      y -= height;
    }
  }
  return join(KINDS.map((kind) => html`<path class="${kind}" d="${pieces[kind]}"/>`));
}

/** What a pointer is told over each bar. */
function drawHits(bars: readonly Bar[], { axis }: Timeline, zone: Zone): Html {
  return join(
    bars.map((bar) => {
      const x = placeOf(bar.start, axis) * WIDTH;
      const width = placeOf(bar.end, axis) * WIDTH - x;
      const time = `${shortTime(bar.start, axis, zone)} to ${shortTime(bar.end, axis, zone)}`;
      const counts = [
        formatNoun(sumOf(bar), "event"),
        ...(bar.errors > 0 ? [formatNoun(bar.errors, "error")] : []),
        ...(bar.warnings > 0 ? [formatNoun(bar.warnings, "warning")] : []),
      ];
      return html`<rect class="hit" x="${round(x)}" width="${round(width)}" height="${HEIGHT}"><title>${`${time}: ${counts.join(", ")}`}</title></rect>`;
    }),
  );
}

/** What of the axis was not read must not look as if nothing had happened. */
function drawUnread({ read }: Chart, axis: TimeRange): Html {
  const gaps = [
    { start: axis.start, end: read.start },
    { start: read.end, end: axis.end },
  ].filter(({ start, end }) => end > start);
  return join(
    gaps.map(({ start, end }) => {
      const x = placeOf(start, axis) * WIDTH;
      const width = placeOf(end, axis) * WIDTH - x;
      return html`<rect class="unread" x="${round(x)}" width="${round(width)}" height="${HEIGHT}"/>`;
    }),
  );
}

function drawTimes(axis: TimeRange, zone: Zone): Html {
  const y = TOP + HEIGHT;
  return join(
    ticksOf(axis, zone).map(({ at, label }) => {
      const place = placeOf(at, axis);
      const side = place < 0.06 ? "first" : place > 0.94 ? "last" : "middle";
      const x = round(place * 100);
      return html`<line class="tick" x1="${x}%" x2="${x}%" y1="${y}" y2="${y + 4}"/><text class="time ${side}" x="${x}%" y="${y + 17}">${label}</text>`;
    }),
  );
}

function drawOnset(chart: Chart, axis: TimeRange, zone: Zone): Html {
  const { onset } = chart;
  if (!onset) return html``;
  const place = placeOf(onset.at, axis);
  const x = round(place * 100);
  const side = place > 0.55 ? "last" : "first";
  const label = `errors ${verbOf(chart)} ${shortTime(onset.at, axis, zone)}`;
  return html`<line class="onset" x1="${x}%" x2="${x}%" y1="2" y2="${TOP + HEIGHT}"/><text class="onset-label ${side}" x="${x}%" dx="${side === "last" ? -5 : 5}" y="12">${label}</text>`;
}

/** 0 at the axis' start, 1 at its end, and nothing beyond. */
function placeOf(at: number, axis: TimeRange): number {
  return Math.min(1, Math.max(0, (at - axis.start) / (axis.end - axis.start)));
}

/** The next round number: what people count in. */
function niceTop(peak: number): number {
  const power = 10 ** Math.floor(Math.log10(peak));
  const top = [1, 1.5, 2, 3, 4, 5, 6, 8].map((factor) => factor * power).find((one) => one >= peak);
  return Math.ceil(top ?? 10 * power);
}

function sumOf({ errors, warnings, others }: Bar): number {
  return errors + warnings + others;
}

function isSame(a: TimeRange, b: TimeRange): boolean {
  return a.start === b.start && a.end === b.end;
}

function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;
}
