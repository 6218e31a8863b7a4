import type { Token, Tokens } from "marked";
import {
  addressOf,
  decodeEntities,
  isMarked,
  MAX_DEPTH,
  oneLine,
  referenceOf,
} from "../ui/markdown-tokens.ts";
import { parseMarkdown } from "../ui/parse-markdown.ts";
import { type Html, html, join, safeLines } from "./html.ts";

/** Turns words of an answer into a piece of the page. */
export type LinkWords = (words: string) => Html;

const BREAK = html`
`;

/**
 * An answer's Markdown as a piece of a page. Nothing in it is obeyed: HTML is text, an image is its address, and a link
 * leads only to http(s) and shows where.
 */
export function renderAnswer(markdown: string, link: LinkWords): Html {
  const { tokens, text } = parseMarkdown(markdown);
  return tokens ? renderBlocks(tokens, link, 0) : html`<pre class="plain">\n${linkLines(text, link)}</pre>`;
}

function renderBlocks(tokens: readonly Token[], link: LinkWords, depth: number): Html {
  return join(
    tokens.map((token) => renderBlock(token, link, depth)),
    BREAK,
  );
}

function renderBlock(token: Token, link: LinkWords, depth: number): Html {
  if (depth > MAX_DEPTH || !isMarked(token)) return renderRaw(token);
  switch (token.type) {
    case "space":
      return html``;
    case "def":
      return html`<p>${link(oneLine(token.raw.trim()))}</p>`;
    case "heading":
      return renderHeading(token, link);
    case "code":
      return html`<pre><code>${linkLines(token.text, link)}</code></pre>`;
    case "hr":
      return html`<hr>`;
    case "blockquote":
      return html`<blockquote>${renderBlocks(token.tokens, link, depth + 1)}</blockquote>`;
    case "list":
      return renderList(token, link, depth);
    case "table":
      return renderTable(token, link);
    case "html":
      return renderRaw(token);
    case "paragraph":
      return html`<p>${renderInline(token.tokens, link, depth)}</p>`;
    default:
      return renderInline([token], link, depth);
  }
}

/** Below the headings of the document. */
function renderHeading({ depth, tokens }: Tokens.Heading, link: LinkWords): Html {
  const words = renderInline(tokens, link, 0);
  return depth <= 2 ? html`<h4>${words}</h4>` : html`<h5>${words}</h5>`;
}

function renderRaw(token: Token): Html {
  return html`<p class="plain">${safeLines(token.raw.trimEnd())}</p>`;
}

function renderList(list: Tokens.List, link: LinkWords, depth: number): Html {
  const items = list.items.map((item) => {
    const box = item.task ? (item.checked ? "[x] " : "[ ] ") : "";
    const tokens = item.tokens.filter((token) => token.type !== "checkbox");
    return html`<li>${box}${renderBlocks(tokens, link, depth + 1)}</li>`;
  });
  if (!list.ordered) return html`<ul>${items}</ul>`;
  const start = typeof list.start === "number" && Number.isSafeInteger(list.start) ? list.start : 1;
  return html`<ol start="${start}">${items}</ol>`;
}

function renderTable({ header, rows, align }: Tokens.Table, link: LinkWords): Html {
  const side = (at: number) => (align[at] === "right" ? "right" : "left");
  const head = header.map(
    ({ tokens }, at) => html`<th scope="col" class="${side(at)}">${renderInline(tokens, link, 0)}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>${row.map(({ tokens }, at) => html`<td class="${side(at)}">${renderInline(tokens, link, 0)}</td>`)}</tr>`,
  );
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function renderInline(tokens: readonly Token[] | undefined, link: LinkWords, depth: number): Html {
  return join((tokens ?? []).map((token) => renderSpan(token, link, depth + 1)));
}

function renderSpan(token: Token, link: LinkWords, depth: number): Html {
  if (depth > MAX_DEPTH * 2 || !isMarked(token)) return html`${oneLine(token.raw)}`;
  switch (token.type) {
    case "strong":
      return html`<strong>${renderInline(token.tokens, link, depth)}</strong>`;
    case "em":
      return html`<em>${renderInline(token.tokens, link, depth)}</em>`;
    case "del":
      return html`<del>${renderInline(token.tokens, link, depth)}</del>`;
    case "codespan":
      return html`<code>${oneLine(token.text)}</code>`;
    case "link":
      return renderLink(token, link, depth);
    case "image":
      return html`${oneLine(token.text)} (${oneLine(token.href)})`;
    case "br":
      return html`<br>`;
    case "checkbox":
      return html``;
    case "text":
      return token.tokens
        ? renderInline(token.tokens, link, depth)
        : link(decodeEntities(oneLine(token.text)));
    case "escape":
      return html`${oneLine(token.text)}`;
    default:
      return html`${oneLine(token.raw)}`;
  }
}

/** The words may lie about the address, so it is shown. */
function renderLink(token: Tokens.Link, link: LinkWords, depth: number): Html {
  const reference = referenceOf(token.text);
  if (reference === oneLine(token.raw)) return link(reference);
  const address = addressOf(token.href);
  if (token.autolink || token.text === token.href)
    return address === undefined ? html`${oneLine(token.text)}` : linkTo(address);
  const shown = address === undefined ? html`${oneLine(token.href)}` : linkTo(address);
  return html`${reference ? link(reference) : renderInline(token.tokens, link, depth)} (${shown})`;
}

/** A link that shows all of its address; what it leads to learns nothing of the document. */
function linkTo(address: string): Html {
  return html`<a class="address" href="${address}" rel="noreferrer noopener">${address}</a>`;
}

function linkLines(text: string, link: LinkWords): Html {
  return join(text.split("\n").map(link), BREAK);
}
