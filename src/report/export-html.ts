import { createHash } from "node:crypto";
import { formatDuration } from "../log/time-duration.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import { createZone } from "../log/zone.ts";
import type { Session } from "../sessions/session.ts";
import { renderAnswer } from "./answer-html.ts";
import { drawChart, drawLegend, drawSigns } from "./chart-html.ts";
import { type Contents, chooseContents, cutTo, type QuestionContents } from "./contents.ts";
import { renderCalls, renderEvidence, renderFooter, renderTemplates } from "./details-html.ts";
import { type Html, html, join, safeLines, toMarkup } from "./html.ts";
import type { Page } from "./page.ts";
import { STYLE } from "./page-style.ts";
import { redactSession } from "./redact-session.ts";
import { createReferences } from "./references.ts";
import { cleanerOf, type ReportOptions } from "./report-options.ts";
import { describeQuestion, titleOf } from "./words.ts";

/**
 * The session as one page that needs nothing else: no script, no request, links only within it and, spelled out, to
 * http(s). Its size is bounded, whatever the session's; what is left out is said.
 */
export function exportHtml(session: Session, options: ReportOptions): string {
  const shown = options.sanitizer ? redactSession(session, options.sanitizer) : session;
  const zone = createZone(shown.zone);
  const contents = chooseContents(shown, zone, cleanerOf(options));
  const page: Page = { session: shown, contents, references: createReferences(contents.anchors), zone };
  const title = titleOf(shown);
  // The answers come first, for the evidence lists where it was cited.
  const questions = contents.questions.map((one) => renderQuestion(one, page));
  return toMarkup(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title.replace(/\s+/g, " ").slice(0, 120)} - LogAI</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the answer</a>
${drawSigns()}
<header>
<p class="kicker">LogAI investigation <code>${shown.id}</code></p>
<h1>${safeLines(title)}</h1>
${renderFacts(page, options)}
${renderList(contents)}
</header>
<main id="main">
${questions}
${renderEvidence(page)}
</main>
${renderFooter(contents, options, zone)}
</body>
</html>
`);
}

/** Nothing is loaded, nothing is run, and no style but the page's own applies. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(toMarkup(STYLE)).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function renderFacts(page: Page, { sanitizer }: ReportOptions): Html {
  const { session, contents, zone } = page;
  const { questions } = session;
  const only = contents.questions.length === 1 ? contents.questions[0] : undefined;
  const moments = [questions.at(0), questions.at(-1)].flatMap((one) =>
    one ? formatInstant(Math.floor(one.askedAt / 1000) * 1000, zone) : [],
  );
  return html`<dl class="facts">
${moments.length > 0 ? fact("Asked", [...new Set(moments)].join(" to ")) : undefined}
${only ? renderQuestionFacts(only, page) : undefined}
${fact("Privacy", describeRedaction(sanitizer !== undefined))}
</dl>`;
}

function describeRedaction(isRedacted: boolean): Html {
  return isRedacted
    ? html`personal data is <span class="badge good">redacted<span aria-hidden="true"> ✓</span></span>`
    : html`personal data is <span class="badge bad"><span aria-hidden="true">⚠ </span>NOT redacted</span>: keep this among those who may read the logs`;
}

function fact(name: string, value: string | Html | undefined): Html | undefined {
  return value === undefined ? undefined : html`<dt>${name}</dt><dd>${value}</dd>`;
}

/** The questions, where there are several. */
function renderList({ questions }: Contents): Html | undefined {
  if (questions.length < 2) return undefined;
  const items = questions.map(
    ({ question }) =>
      html`<li value="${question.number}"><a href="#question-${question.number}">${cutTo(question.text.trim().replace(/\s+/g, " "), 200)}</a></li>`,
  );
  return html`<nav class="contents" aria-label="Questions"><ol>${items}</ol></nav>`;
}

function renderQuestion(one: QuestionContents, page: Page): Html {
  const { question, footer, left } = one;
  const { number, text } = question;
  const isOnly = page.contents.questions.length === 1;
  const heading = isOnly ? html`Answer` : html`${number}. ${safeLines(text.trim())}`;
  return html`<section id="question-${number}">
<h2>${heading}</h2>
${isOnly ? undefined : html`<dl class="facts">${renderQuestionFacts(one, page)}</dl>`}
<div class="answer">${renderOutcome(one, page)}</div>
${renderTimeline(one, page)}
${renderTemplates(one, page)}
<h3>What was looked at</h3>
<ul class="ledger">${footer.map((line) => html`<li>${line}</li>`)}</ul>
${renderUnverified(one)}
${renderCalls(one, page)}
${left.length > 0 ? html`<p class="note">Left out here: ${left.join(" ")}</p>` : undefined}
</section>
`;
}

function renderQuestionFacts({ question }: QuestionContents, { session, zone }: Page): Html {
  return join(describeQuestion(question, session, zone).map(({ name, value }) => fact(name, value)));
}

function renderOutcome({ question }: QuestionContents, { references }: Page): Html {
  const { answer, outcome, number } = question;
  const failure = outcome?.failure;
  const isWhole = outcome?.reason === "answered";
  const why = failure
    ? [failure.message, failure.hint].filter((one) => one !== undefined).join(" ")
    : undefined;
  const state = outcome === undefined ? "LogAI ended before the question did." : why;
  const body = answer.trim()
    ? renderAnswer(answer, (words) => references.link(words, number))
    : html`<p>There is no answer.</p>`;
  if (isWhole) return body;
  return html`${body}<p class="failure"><strong>Not complete.</strong> ${state}</p>`;
}

function renderUnverified({ question }: QuestionContents): Html | undefined {
  const claims = question.report?.unverified ?? [];
  if (claims.length === 0) return undefined;
  const items = claims.slice(0, 50).map(({ kind, text, refs }) => {
    const cited = refs.length > 0 ? `, held against ${refs.slice(0, 12).join(", ")}` : "";
    return html`<li>${kind}: <code>${cutTo(text, 300)}</code>${cited}</li>`;
  });
  const more = claims.length - items.length;
  return html`<h3>Not verified</h3>
<p class="note">Marked <mark class="unverified"><span aria-hidden="true">⚠ </span>unverified</mark> in the answer: the evidence does not give it.</p>
<ul>${items}${more > 0 ? html`<li>and ${more} more</li>` : undefined}</ul>`;
}

function renderTimeline({ timeline, sameAs, question }: QuestionContents, { zone }: Page): Html | undefined {
  if (sameAs !== undefined)
    return html`<p class="note">Of the same logs as <a href="#question-${sameAs}">question ${sameAs}</a>: its timeline and templates are there.</p>`;
  if (!timeline) return undefined;
  const charts = timeline.charts.map((chart, at) =>
    drawChart(chart, timeline, zone, `chart-${question.number}-${at + 1}`),
  );
  return html`<h3>Timeline</h3>
<p class="note">${formatWindow(timeline.axis, zone)}; each bar counts the events of ${formatDuration(timeline.binMs)}. The charts share one axis of time and are in the order in which errors began; each has a scale of its own, and what is rare is drawn as a sliver that can be seen.</p>
${drawLegend(timeline)}
<div class="charts">${join(charts, html`\n`)}</div>`;
}
