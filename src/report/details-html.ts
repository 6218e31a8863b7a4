import type { Level } from "../log/event.ts";
import { formatInstant } from "../log/time-input.ts";
import { spanOf, type TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import type { SessionCall } from "../sessions/session.ts";
import { formatCount, formatNoun } from "../ui/text-layout.ts";
import { describeCall } from "../ui/tool-view.ts";
import { isoTime, shortTime } from "./clock.ts";
import {
  type Contents,
  cutTo,
  type EvidenceLine,
  type GroupTemplates,
  type QuestionContents,
  writeJson,
  writeResult,
} from "./contents.ts";
import { type Html, html, join, safeLines } from "./html.ts";
import type { Page } from "./page.ts";
import type { ReportOptions } from "./report-options.ts";

/** Of a call's arguments. */
const TEXT_CHARACTERS = 1000;
/** Places that a line leads back to. */
const MOST_BACK = 20;
const BREAK = html`\n`;

/** What the logs consist of, a table for each group. */
export function renderTemplates({ templates }: QuestionContents, { zone }: Page): Html | undefined {
  if (templates.length === 0) return undefined;
  const times = templates.flatMap(({ templates: all }) =>
    all.flatMap(({ template: { first, last } }) => [first, last]),
  );
  const span = times
    .filter((time) => time !== undefined)
    .reduce<TimeRange | undefined>((all, time) => spanOf(all, { start: time, end: time + 1 }), undefined);
  return html`<h3>What the logs say</h3>
<p class="note">Events that say the same are counted together; <code>&lt;*&gt;</code> stands for what varied. Errors and warnings come first. Times are of ${zone.name}.</p>
${join(
  templates.map((group) => renderGroup(group, span, zone)),
  BREAK,
)}`;
}

function renderGroup(
  { reading, templates, left }: GroupTemplates,
  span: TimeRange | undefined,
  zone: Zone,
): Html {
  const { group, filter } = reading.request;
  const rows = templates.map(({ template, text }) => {
    return html`<tr><td class="count right">${formatCount(template.count)}</td><td>${renderLevel(template.level)}</td><td class="time">${renderTime(template.first, span, zone)}</td><td class="time last-seen">${renderTime(template.last, span, zone)}</td><td class="template">${safeLines(text)}</td></tr>`;
  });
  const rest =
    left.templates > 0 || left.events > 0
      ? html`<p class="note">Not shown: ${formatNoun(left.templates, "more template")}, with ${formatNoun(left.events, "event")}.</p>`
      : undefined;
  const part =
    filter === undefined
      ? undefined
      : html` <span class="sums">only what matches ${cutTo(filter, 300)}</span>`;
  return html`<h4>${group}${part}</h4>
<table class="templates"><thead><tr><th scope="col" class="right">Events</th><th scope="col">Level</th><th scope="col">First</th><th scope="col">Last</th><th scope="col">Template</th></tr></thead>
<tbody>
${join(rows, BREAK)}
</tbody></table>
${rest}`;
}

function renderTime(ms: number | undefined, span: TimeRange | undefined, zone: Zone): Html {
  if (ms === undefined || !span) return html`-`;
  return html`<time datetime="${isoTime(ms, zone) ?? ""}">${shortTime(ms, span, zone)}</time>`;
}

function renderLevel(level: Level | undefined): Html {
  return html`<span class="level ${classOf(level)}">${level ?? "-"}</span>`;
}

function classOf(level: Level | undefined): string {
  return level === "fatal" || level === "error" || level === "warn" ? level : "other";
}

/** Each call in a line; what it was asked and what it told are folded. */
export function renderCalls({ calls }: QuestionContents, page: Page): Html | undefined {
  if (calls.length === 0) return undefined;
  return html`<h3>Tool calls</h3>
<p class="note">What LogAI did to answer, in the order in which it was done. <span class="screen">Open one to see what it was asked and what it told.</span><span class="paper">What each told in full is in the file.</span></p>
<ol class="calls">
${join(
  calls.map((call) => renderCall(call, page)),
  BREAK,
)}
</ol>`;
}

function renderCall(call: SessionCall, page: Page): Html {
  const { tool, input, ms, result, round } = call;
  const ref = page.contents.places.get(call);
  const id = ref === undefined ? undefined : html` id="${ref}"`;
  const name = "ref" in result ? html`<span class="ref">${result.ref}</span> ` : undefined;
  const outcome =
    "ref" in result
      ? html`${result.summary}${result.isRepeated ? " (answered from the same call before)" : ""}`
      : html`<span class="badge bad">failed</span>: ${result.message}`;
  const told = "ref" in result ? writeResult(result.data) : (result.hint ?? "");
  return html`<li${id}><details><summary>${name}${describeCall(tool, input)}: ${outcome} <span class="time">${formatMs(ms)}, round ${round}</span></summary>
<p class="label"><code>${tool}</code> was asked:</p><pre>\n${safeLines(cutTo(writeJson(input), TEXT_CHARACTERS))}</pre>
${told === "" ? undefined : html`<div class="told"><p class="label">It told:</p><pre>\n${safeLines(told)}</pre></div>`}
</details>${ref === undefined ? undefined : renderBack(ref, page)}</li>`;
}

/** Where an answer cites this: back to each place. */
function renderBack(ref: string, { references, contents }: Page): Html | undefined {
  const places = references.placesOf(ref).slice(0, MOST_BACK);
  if (places.length === 0) return undefined;
  const isOnly = contents.questions.length === 1;
  const links = places.map(({ id, question }, at) => {
    const where = `${isOnly ? "place" : `question ${question}, place`} ${at + 1} where ${ref} is cited`;
    return html` <a href="#${id}" title="${where}" aria-label="${where}">${at + 1}</a>`;
  });
  return html`<span class="back">cited:${links}</span>`;
}

/** The lines that answers cite, open to be read; all others that tools showed are folded. */
export function renderEvidence(page: Page): Html | undefined {
  const { cited, others } = page.contents;
  if (cited.length + others.length === 0) return undefined;
  const list = (lines: readonly EvidenceLine[]) =>
    html`<ol class="lines">
${join(
  lines.map((line) => renderLine(line, page)),
  BREAK,
)}
</ol>`;
  const folded =
    others.length > 0
      ? html`<details class="more"><summary>${formatNoun(others.length, "more line")} that tools showed and no answer cites</summary>
${list(others)}
</details>`
      : undefined;
  return html`<section id="evidence">
<h2>Evidence</h2>
<p class="note">${formatNoun(cited.length, "line")} that the answers rest on, in the order of time, as they stand in the logs.</p>
${cited.length > 0 ? list(cited) : undefined}
${folded}
</section>`;
}

function renderLine({ ref, event, text }: EvidenceLine, page: Page): Html {
  const { group, stream, level, timestamp } = event;
  const isPlace = page.contents.anchors.has(ref);
  const time = isoTime(timestamp, page.zone);
  return html`<li${isPlace ? html` id="${ref}"` : undefined} class="${classOf(level)}"><div class="line-head"><span class="ref">${ref}</span> ${time === null ? html`<span>no time</span>` : html`<time datetime="${time}">${time}</time>`} ${renderLevel(level)} <span>${group}${stream === group ? "" : ` (${stream})`}</span> ${isPlace ? renderBack(ref, page) : undefined}</div><pre>\n${safeLines(text)}</pre></li>`;
}

/** What made the page, when, and what it leaves out. */
export function renderFooter(
  { left }: Contents,
  { sanitizer, now, version }: ReportOptions,
  zone: Zone,
): Html {
  const redaction = sanitizer ? "Personal data in it was redacted." : "Personal data in it was NOT redacted.";
  return html`<footer>
${left.length > 0 ? html`<p>Left out for its length: ${left.join(" ")} The export as JSON has all of it.</p>` : undefined}
<p>Made by LogAI ${version} on ${formatInstant(Math.floor(now / 1000) * 1000, zone)}. ${redaction} This page loads nothing and runs no script.</p>
</footer>`;
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
