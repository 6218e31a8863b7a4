import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportHtml } from "../../src/report/export-html.ts";
import { exportJson } from "../../src/report/export-json.ts";
import { exportMarkdown } from "../../src/report/export-markdown.ts";
import { redactSession } from "../../src/report/redact-session.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import type { Session } from "../../src/sessions/session.ts";
import { DEMO_QUESTION, investigateDemo } from "./demo-session.ts";
import { makeSession } from "./hostile-session.ts";
import { findFaults } from "./page-faults.ts";

const OPTIONS = { sanitizer: createSanitizer(), now: Date.UTC(2026, 2, 12, 8), version: "1.2.3" };
const folder = mkdtempSync(join(tmpdir(), "logai-export-demo-"));
let session: Session;

beforeAll(async () => {
  session = await investigateDemo(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the demo incident", () => {
  it("is a page below 1 MB, with all that it must tell", () => {
    const page = exportHtml(session, OPTIONS);
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
    expect(findFaults(page)).toEqual([]);
    expect(page).toContain(`<h1>${DEMO_QUESTION}</h1>`);
    expect(page.match(/<figure class="chart">/g)).toHaveLength(6);
    expect(page).toContain("claims checked against");
    expect(page).toContain("Looked at: ");
    expect(page).toContain("items redacted (");
    expect(page).toContain(
      "Made by LogAI 1.2.3 on 2026-03-12 08:00:00 UTC. Personal data in it was redacted.",
    );
    expect(page).toMatch(/errors begin 02:47:28/);
    expect(page.length).toBe(exportHtml(session, OPTIONS).length);
  });

  it("has its charts in the order in which errors began", () => {
    const page = exportHtml(session, OPTIONS);
    const begun = [...page.matchAll(/class="onset-label [a-z]+"[^>]*>errors (?:begin|rise) ([\d:]{8})</g)];
    const times = begun.map(([, time]) => time);
    expect(times).toHaveLength(6);
    expect(times).toEqual(times.toSorted());
  });

  it("is Markdown with the same", () => {
    const markdown = exportMarkdown(session, OPTIONS);
    expect(markdown.startsWith(`# ${DEMO_QUESTION}\n`)).toBe(true);
    expect(markdown).toContain("| 02:47:28 | `inventory-service.log` |");
    expect(markdown).toMatch(/```text\n\[e\d+\] 2026-03-12T02:41:07\.312Z warn inventory-service\.log \| /);
    expect(markdown).toMatch(/- Looked at: checkout-api\.log, edge-proxy\.log/);
    expect(Buffer.byteLength(markdown)).toBeLessThan(100_000);
  });

  it("is JSON whose references resolve", () => {
    const json = JSON.parse(exportJson(session, OPTIONS));
    const [question] = json.questions;
    expect(json).toMatchObject({
      format: "logai-session",
      version: 1,
      made: { redacted: true },
      zone: "UTC",
    });
    expect(question.window).toMatchObject({
      start: "2026-03-12T02:30:00.000Z",
      zone: "UTC",
      from: "question",
    });
    const known = new Set([
      ...json.events.map(({ ref }: { ref: string }) => ref),
      ...question.calls.map(({ ref }: { ref: string }) => ref),
    ]);
    for (const { ref } of question.citations) expect(known.has(ref), ref).toBe(true);
    const readings = question.calls.flatMap(({ readings }: { readings: unknown[] }) => readings);
    expect(readings).toContainEqual(
      expect.objectContaining({
        group: "inventory-service.log",
        errorOnset: { at: "2026-03-12T02:47:28.290Z", new: true },
      }),
    );
  });

  it("keeps nobody's address in an export, unless told", () => {
    for (const write of [exportHtml, exportMarkdown, exportJson]) {
      expect(write(session, OPTIONS)).not.toMatch(
        /[\w.]+@(?!shop\.example\.com)[\w-]+\.(?:com|org|net|example)/,
      );
    }
    expect(exportJson(session, { ...OPTIONS, sanitizer: undefined })).toMatch(/[\w.]+@[\w-]+\.\w+/);
  });
});

describe("redaction of a session", () => {
  it("reaches every text, and leaves references, numbers and times", () => {
    const secret = "ann@example.com from 203.0.113.9";
    const dirty = { ...makeSession(() => secret, `${secret} [e1]`), id: "k7m2q" };
    const clean = redactSession(dirty, createSanitizer());
    const text = JSON.stringify(clean, (_, value) => (value instanceof Map ? [...value] : value));
    expect(text).not.toMatch(/ann@example|203\.0\.113/);
    expect([...clean.events.keys()]).toEqual(["e1", "e2", "e3"]);
    expect(clean.questions.map(({ number, askedAt }) => [number, askedAt])).toEqual(
      dirty.questions.map(({ number, askedAt }) => [number, askedAt]),
    );
    expect(text).toContain("[e1]");
  });

  it("finds a private key that is spread over events", () => {
    const lines = [
      "-----BEGIN RSA PRIVATE KEY-----",
      "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3fSyVfqPt8gYzDm7eRuV0mXyz1abcdefgh",
    ];
    const [first, second] = [...session.events.values()];
    if (!first || !second) throw new Error("no events");
    const spread: Session = {
      ...session,
      questions: [],
      events: new Map([
        ["e1", { ...first, message: lines[0] ?? "" }],
        ["e2", { ...second, message: lines[1] ?? "" }],
      ]),
    };
    expect(exportJson(spread, OPTIONS)).not.toContain("MzEfYyjiWA4R4");
  });

  it("leaves out an address of a console that spells out what was replaced", () => {
    const dirty = makeSession(() => "https://console.example.com/#filter=ann$2540example.com", "x");
    expect(exportJson(dirty, OPTIONS)).not.toMatch(/"link": "https/);
  });
});

describe("a session of any size", () => {
  it("is a page of bounded size that says what it leaves out, and JSON with all of it", () => {
    const large = enlarge(session);
    const page = exportHtml(large, OPTIONS);
    expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
    expect(findFaults(page)).toEqual([]);
    expect(page).toContain("The first 10 questions of the session.");
    expect(page).toMatch(/[\d,]+ more lines that tools showed\./);
    expect(page).toMatch(/The charts of \d+ more groups\./);
    expect(page.match(/<figure class="chart">/g)).toHaveLength(12);
    expect(page.match(/<td class="template">/g)?.length).toBeLessThanOrEqual(200);
    expect(page.match(/<li(?: id="e\d+")? class="(?:error|fatal|warn|other)"/g)).toHaveLength(500);
    expect(JSON.parse(exportJson(large, OPTIONS)).events).toHaveLength(large.events.size);
  });

  it("may hold nothing at all", () => {
    const empty: Session = { ...session, questions: [], events: new Map() };
    expect(findFaults(exportHtml(empty, OPTIONS))).toEqual([]);
    expect(exportMarkdown(empty, OPTIONS)).toContain("# A session without questions");
    expect(JSON.parse(exportJson(empty, OPTIONS)).questions).toEqual([]);
  });
});

/** Sixty questions over ever other groups, and thousands of long lines. */
function enlarge({ questions, events, ...rest }: Session): Session {
  const [question] = questions;
  const [event] = [...events.values()];
  if (!question || !event) throw new Error("nothing was asked");
  const rename = (name: string, at: number) => `${name}.${at}`;
  return {
    ...rest,
    questions: Array.from({ length: 60 }, (_, at) => ({
      ...question,
      number: at + 1,
      calls: question.calls.map((call) => ({
        ...call,
        result:
          "ref" in call.result
            ? {
                ...call.result,
                readings: call.result.readings.map((reading) => ({
                  ...reading,
                  newest: [],
                  request: { ...reading.request, group: rename(reading.request.group, at % 10) },
                })),
              }
            : call.result,
      })),
    })),
    events: new Map(
      Array.from({ length: 3000 }, (_, at) => [`e${at + 1}`, { ...event, message: `${at} `.repeat(2000) }]),
    ),
  };
}
