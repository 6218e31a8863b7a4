import { expect, test } from "vitest";
import { createEvidence } from "../../src/tools/evidence.ts";
import { allTextOf, investigate, keepSessions, OUTCOME, questionStart, record } from "./investigation.ts";
import { KEY_LINES, SECRETS } from "./secrets.ts";

const CORES = [...SECRETS.map(({ core }) => core), ...KEY_LINES];

/** As they come in logs: constant in a template, varying in it, and lines between. */
function linesWith(secret: string): string[] {
  return Array.from({ length: 6 }, (_, index) => [
    `ERROR request ${index} failed: ${secret}`,
    `INFO user ${index} of 6 logged in`,
  ]).flat();
}

test("no credential is in the file, wherever it stood: logs, question, calls, answer, notices, errors", async () => {
  using kept = keepSessions();
  const groups = Object.fromEntries(SECRETS.map(({ text }, index) => [`api-${index}`, linesWith(text)]));
  await investigate({ store: kept.store, groups }, "Why does it fail?");
  await investigate({ store: kept.store, groups }, `Which lines say "${SECRETS[0]?.text}"?`);
  for (const { text } of SECRETS) {
    const recorder = record({ store: kept.store, evidence: createEvidence() });
    recorder.take(questionStart(text));
    recorder.take({
      type: "tool-start",
      call: "a",
      tool: "fetch_logs",
      input: { filter_pattern: text, nested: [{ text }] },
    });
    recorder.take({
      type: "tool-failed",
      call: "a",
      tool: "fetch_logs",
      message: text,
      code: undefined,
      hint: text,
      ms: 1,
    });
    recorder.take({ type: "notice", text });
    const citation = {
      ref: "e1",
      kind: "event",
      group: "g",
      stream: "s",
      timestamp: null,
      level: null,
      text,
    } as const;
    recorder.take({
      type: "answer-checked",
      answer: `It says \`${text}\` [e1].\n\n\`\`\`\n${text}\n\`\`\``,
      report: {
        citations: [citation],
        checked: 1,
        unverified: [{ kind: "quote", text, refs: ["e1"] }],
        uncited: 0,
      },
      ledgers: [],
    });
    const failure = { code: "model-unavailable", message: text, hint: text } as const;
    recorder.take({ type: "finish", outcome: { ...OUTCOME, reason: "failed", failure } });
    expect(recorder.key).toBeDefined();
  }
  const all = allTextOf(kept.path);
  expect(CORES.filter((core) => all.includes(core))).toEqual([]);
  expect(all).toContain("[API_KEY_REDACTED]");
  expect(all).toContain("[PRIVATE_KEY_REDACTED]");
});

test("values of a template that are passwords are not kept, others are", async () => {
  using kept = keepSessions();
  const lines = Array.from({ length: 40 }, (_, index) => [
    `ERROR login of user${index % 3} with password=Pa55word${index % 4} refused`,
    `ERROR order ${index} of tenant-${index % 3} took ${index} ms`,
  ]).flat();
  const id = await investigate({ store: kept.store, groups: { auth: lines } });
  expect(allTextOf(kept.path)).not.toMatch(/Pa55word\d/);
  const readings = kept.store
    .read(id)
    ?.questions[0]?.calls.flatMap(({ result }) => ("ref" in result ? result.readings : []));
  const values = readings?.flatMap(({ digest }) =>
    digest.templates.flatMap(({ parameters }) =>
      parameters.flatMap(({ top }) => top.map(({ value }) => value)),
    ),
  );
  expect(values?.join(" ")).toMatch(/tenant-1|\b1\b/);
});

test("personal data stays, as it stands in the logs themselves", async () => {
  using kept = keepSessions();
  const line = "ERROR payment failed for jane@corp.example.com from 203.0.113.77";
  await investigate({ store: kept.store, groups: { checkout: [line, line] } });
  expect(allTextOf(kept.path)).toContain("jane@corp.example.com from 203.0.113.77");
});
