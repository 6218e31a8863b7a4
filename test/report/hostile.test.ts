import fc from "fast-check";
import { lexer, type Token, walkTokens } from "marked";
import { describe, expect, it } from "vitest";
import { exportHtml } from "../../src/report/export-html.ts";
import { exportJson } from "../../src/report/export-json.ts";
import { exportMarkdown } from "../../src/report/export-markdown.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import type { Session } from "../../src/sessions/session.ts";
import { makeTerminalSafe } from "../../src/ui/terminal-safe.ts";
import { makeSession } from "./hostile-session.ts";
import { HOSTILE, hostileText } from "./hostile-text.ts";
import { findFaults, textOf } from "./page-faults.ts";

const OPTIONS = { sanitizer: undefined, now: Date.UTC(2026, 2, 13), version: "1.2.3" };
const REDACTED = { ...OPTIONS, sanitizer: createSanitizer() };

/** A session that says each of the texts in turn. */
function sessionOf(texts: readonly string[], answer: string): Session {
  let at = 0;
  return makeSession(() => texts[at++ % texts.length] ?? "", answer);
}

const texts = fc.array(hostileText, { minLength: 1, maxLength: 12 });
const answers = fc.array(hostileText, { maxLength: 4 }).map((parts) => parts.join("\n\n"));

/** Links whose text is not their address, images and HTML: what a renderer would hide, fetch or obey. */
function dangersOf(markdown: string): string[] {
  const found: string[] = [];
  walkTokens(lexer(markdown), (token: Token) => {
    if (token.type === "image" || token.type === "html" || token.type === "def") found.push(token.raw);
    if (token.type === "link" && token.href !== token.text && token.href !== `mailto:${token.text}`)
      found.push(token.raw);
  });
  return found;
}

describe("hostile texts in every place of a session", () => {
  it.each(HOSTILE)("%j, everywhere, changes nothing of a page but its words", (text) => {
    expect(findFaults(exportHtml(sessionOf([text], text), OPTIONS))).toEqual([]);
    expect(dangersOf(exportMarkdown(sessionOf([text], text), OPTIONS))).toEqual([]);
  });

  it("break out of no tag, attribute, style or picture of a page", () => {
    fc.assert(
      fc.property(texts, answers, fc.boolean(), (said, answer, redact) => {
        const page = exportHtml(sessionOf(said, answer), redact ? REDACTED : OPTIONS);
        expect(findFaults(page)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("make no link, image or HTML of Markdown, whatever renders it", () => {
    fc.assert(
      fc.property(texts, answers, (said, answer) => {
        expect(dangersOf(exportMarkdown(sessionOf(said, answer), OPTIONS))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("are in a page as a terminal shows them, nothing lost", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const page = exportHtml(sessionOf([text], "[e1]"), OPTIONS);
        expect(textOf(page, "e1", "pre")).toBe(makeTerminalSafe(text, { multiline: true }));
      }),
      { numRuns: 100 },
    );
  });

  it("are in JSON as they were", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const json = exportJson(sessionOf([text], text), OPTIONS);
        expect(json).toMatch(/^[^\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u);
        const { questions, events } = JSON.parse(json);
        expect([questions[0].text, questions[0].answer, events[0].message]).toEqual([text, text, text]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("an answer", () => {
  const answered = (answer: string) => exportHtml(sessionOf(["word"], answer), OPTIONS);

  it("leads only to http(s), and shows where", () => {
    const page = answered(
      "[docs](https://example.com/a?b=1&c=2) [x](javascript:alert(1)) [y](data:text/html,z)",
    );
    expect(page).toContain(
      'docs (<a class="address" href="https://example.com/a?b=1&amp;c=2" rel="noreferrer noopener">https://example.com/a?b=1&amp;c=2</a>)',
    );
    expect(page).not.toMatch(/href="(?:javascript|data:text)/);
  });

  it("is tied to its evidence, there and back", () => {
    const page = answered("It began at `x` [e1, q1], see [e1] and [e9].");
    expect(page).toContain('[<a class="ref" id="from-1-e1-1" href="#e1">e1</a>, <a class="ref"');
    expect(page).toContain('<li id="e1"');
    expect(page).toContain('<li id="q1"');
    expect(page).toMatch(/href="#from-1-e1-2"/);
    expect(page).toContain('<span class="missing" title="not in this document">e9</span>');
  });

  it("has what was not verified marked in words", () => {
    const page = answered("There were 12 errors (unverified) [q1].");
    expect(page).toMatch(/12 errors <mark class="unverified">.*unverified<\/mark> \[/);
  });

  it("that is broken off is said to be", () => {
    expect(answered("Half")).toContain("<strong>Not complete.</strong>");
    expect(answered("")).toContain("There is no answer.");
  });
});
