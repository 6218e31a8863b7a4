import { html } from "./html.ts";

/** The look of the page: the reader's own fonts, light or dark as the reader's system is, and a sheet for paper. */
export const STYLE = html`
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f5f7f9; --text: #1c2128; --quiet: #545d68; --rule: #d5dae0;
  --link: #0a58ca; --error: #b3261e; --warn: #8a5300; --good: #1a6b37;
  --mark: #fff2cc; --mark-text: #5c3b00; --target: #e3efff;
  --bar-error: #b3261e; --bar-warn: #e09f2d; --bar-warn-stripe: #7a4a00; --bar-other: #b4c4d6;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #14181d; --raised: #1d232a; --text: #e4e8ed; --quiet: #a5afbb; --rule: #363e48;
    --link: #8cb8ff; --error: #ff9c90; --warn: #f0bd6a; --good: #83d49b;
    --mark: #493608; --mark-text: #ffdf94; --target: #1b3354;
    --bar-error: #ff7a6b; --bar-warn: #e0a640; --bar-warn-stripe: #fff0c9; --bar-other: #4a5b6e;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 72rem; padding: 2rem clamp(1rem, 4vw, 2.5rem) 3rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3, h4, h5 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: clamp(1.5rem, 1.1rem + 1.6vw, 2.1rem); white-space: pre-line; }
h2 { font-size: 1.3rem; margin-top: 2.75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--rule); white-space: pre-line; }
h3 { font-size: 1.08rem; margin-top: 2rem; }
h4, h5 { font-size: 1rem; margin-top: 1.4rem; }
p, ul, ol, pre, blockquote { margin: .8rem 0; }
.answer > p, .answer li, .note { max-width: 52rem; }
ul, ol { padding-left: 1.4rem; }
li + li { margin-top: .3rem; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code, pre, .mono { font-family: var(--mono); font-size: .875em; }
code { background: var(--raised); border-radius: 3px; padding: .1em .3em; }
pre { background: var(--raised); border: 1px solid var(--rule); border-radius: 6px; padding: .75rem .9rem; white-space: pre-wrap; line-height: 1.5; }
pre code { background: none; padding: 0; font-size: inherit; }
.plain { white-space: pre-wrap; }
blockquote { border-left: 3px solid var(--rule); padding-left: 1rem; margin-left: 0; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
.templates th { white-space: nowrap; }
.templates th:nth-child(-n + 2) { min-width: 4.6rem; }
.templates th:nth-child(n + 3) { min-width: 5.4rem; }
th, td { padding: .4rem .75rem .4rem 0; vertical-align: top; border-bottom: 1px solid var(--rule); }
.right { text-align: right; }
.scroll { overflow-x: auto; }
.kicker { margin: 0 0 .4rem; color: var(--quiet); font-size: .9rem; }
.quiet, .note { color: var(--quiet); }
.note { font-size: .9rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; margin: 1.25rem 0 0; font-size: .94rem; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
.badge { font-weight: 600; }
.badge.good { color: var(--good); }
.badge.bad, .failure { color: var(--error); }
.failure { border-left: 4px solid var(--error); padding-left: .9rem; }
mark { background: var(--mark); color: var(--mark-text); border-radius: 3px; padding: .05em .35em; font-size: .85em; font-weight: 600; white-space: nowrap; }
.ref { font-family: var(--mono); font-size: .875em; }
.missing { font-family: var(--mono); font-size: .875em; text-decoration: line-through; }
.answer pre .ref, .answer pre mark { font-size: 1em; }
:target { background: var(--target); outline: 2px solid var(--link); outline-offset: 3px; border-radius: 3px; }
.charts { margin-top: 1rem; }
.chart { margin: 1.4rem 0 0; break-inside: avoid; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline; margin-bottom: .2rem; }
.group { font-weight: 600; }
.sums { color: var(--quiet); font-size: .88rem; }
.frame { display: block; margin-left: 3.4rem; width: calc(100% - 3.4rem); overflow: visible; }
.frame text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.frame .count { text-anchor: end; }
.middle { text-anchor: middle; }
.first { text-anchor: start; }
.last { text-anchor: end; }
.frame .onset-label { font-weight: 600; fill: var(--text); }
.grid, .tick { stroke: var(--rule); stroke-width: 1; }
.errors { fill: var(--bar-error); }
.warnings { fill: url(#stripes); }
.stripe-ground { fill: var(--bar-warn); }
.stripe { fill: var(--bar-warn-stripe); }
.others { fill: var(--bar-other); }
.unread { fill: url(#unread); }
.unread-line { fill: var(--quiet); opacity: .45; }
.hit { fill: transparent; }
.hit:hover { fill: var(--text); opacity: .16; }
.onset { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 4 3; }
.defs { position: absolute; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; padding: 0; margin: .75rem 0 0; font-size: .88rem; color: var(--quiet); }
.legend li { margin: 0; display: flex; align-items: center; gap: .4rem; }
.templates td { font-variant-numeric: tabular-nums; }
.templates .count, .templates .time { white-space: nowrap; }
.templates .right { padding-right: 1.1rem; }
.templates .template { width: 100%; font-family: var(--mono); font-size: .84rem; padding-right: 0; }
.level { font-weight: 600; white-space: nowrap; }
.level.error, .level.fatal { color: var(--error); }
.level.warn { color: var(--warn); }
.level.other { color: var(--quiet); font-weight: 400; }
.calls, .lines { list-style: none; padding: 0; }
.calls > li { margin: 0; border-bottom: 1px solid var(--rule); }
summary { cursor: pointer; padding: .45rem 0; }
.calls summary .time { color: var(--quiet); white-space: nowrap; }
.calls pre { margin: .2rem 0 .9rem; max-height: 28rem; overflow-y: auto; }
.back { font-size: .84rem; color: var(--quiet); }
.calls .back { display: block; padding-bottom: .45rem; }
.label { margin: .3rem 0; font-size: .88rem; color: var(--quiet); }
.lines > li { margin: 0; padding: .55rem 0 .6rem .75rem; border-left: 3px solid var(--rule); }
.lines > li + li { margin-top: .5rem; }
.lines > .error, .lines > .fatal { border-left-color: var(--error); }
.lines > .warn { border-left-color: var(--warn); border-left-style: double; }
.line-head { display: flex; flex-wrap: wrap; gap: 0 .85rem; font-size: .86rem; align-items: baseline; }
.line-head .ref { font-weight: 700; }
.lines pre { margin: .2rem 0 0; padding: 0; border: 0; background: none; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .88rem; }
.paper { display: none; }
.skip { position: absolute; }
.skip:not(:focus) { width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip:focus { position: static; }
@media (max-width: 44rem) {
  .facts { gap: .35rem .9rem; }
  .frame { margin-left: 2.4rem; width: calc(100% - 2.4rem); }
  .templates thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .templates tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .5rem 0; border-bottom: 1px solid var(--rule); }
  .templates td { border: 0; padding: 0; }
  .templates .count { text-align: left; font-weight: 600; }
  .templates .right { padding-right: 0; }
  .templates .last-seen::before { content: "to "; color: var(--quiet); }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3 { break-after: avoid; }
  .chart, .templates tr, .lines > li, .calls > li, .facts { break-inside: avoid; }
  .chart, .legend { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .calls pre { max-height: none; overflow: visible; }
  a { color: inherit; }
  .skip, .contents, .told, .screen { display: none; }
  .paper { display: inline; }
  pre, .templates .template { font-size: 7.5pt; line-height: 1.35; }
  .lines > li { padding-top: .2rem; padding-bottom: .25rem; }
  .lines > li + li { margin-top: .2rem; }
  summary { list-style: none; }
  @page { margin: 16mm 14mm; }
}
`;
