import { modelMessageSchema } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { historyOf } from "../../src/sessions/history.ts";
import { createGoneSource, restoreEvidence } from "../../src/sessions/restore.ts";
import type { Session } from "../../src/sessions/session.ts";
import { createDirectory, type SourceDirectory } from "../../src/sources/directory.ts";
import { createEvidence, type Evidence } from "../../src/tools/evidence.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";
import { ask, openTestModel, questionOf } from "../agent/ask.ts";
import { makeEvent, NOW, openShop, WINDOW, ZONE } from "../agent/shop.ts";
import { investigate, keepSessions, OUTCOME, PLACE, questionStart, record } from "./investigation.ts";

const GROUPS = {
  checkout: Array.from({ length: 12 }, (_, index) => `ERROR payment ${index} timed out after 5000 ms`),
  orders: ["INFO order 1 placed", "WARN retrying order 2"],
};

async function keepOne(groups: Readonly<Record<string, readonly string[]>> = GROUPS): Promise<Session> {
  using kept = keepSessions();
  const id = await investigate({ store: kept.store, groups });
  const session = kept.store.read(id);
  if (!session) throw new Error("It was not kept.");
  return session;
}

function refOf(session: Session, tool: string): string {
  const found = session.questions[0]?.calls.find((call) => call.tool === tool && "ref" in call.result);
  return found && "ref" in found.result ? found.result.ref : "";
}

/** Runs a tool over evidence as the loop does. */
function runTool(name: string, input: object, evidence: Evidence, directory: SourceDirectory) {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const environment = { directory, evidence, zone: ZONE, window: WINDOW, resultTokens: 6000 };
  const { signal } = new AbortController();
  const more = { now: () => NOW, signal, report: () => {} };
  return tool.run(input, { ...environment, ...more }, evidence.reserveResult());
}

const gone = () => createDirectory([createGoneSource("memory")]);

describe("the evidence of an earlier question", () => {
  test("keeps its references; new ones go on behind them", async () => {
    const session = await keepOne();
    const { directory } = openShop({ groups: GROUPS });
    const evidence = createEvidence(restoreEvidence(session, { directory, place: PLACE }));
    const refs = [...session.events.keys()];
    for (const [ref, event] of session.events) expect(evidence.findEvent(ref)).toEqual(event);
    const [known] = session.events.values();
    if (known) expect(evidence.citeEvent(known)).toBe(refs[0]);
    expect(evidence.citeEvent(makeEvent("new", 1, "INFO new"))).toBe(`e${refs.length + 1}`);
    const results = session.questions[0]?.calls.flatMap(({ result }) =>
      "ref" in result ? [result.ref] : [],
    );
    expect(evidence.results().map(({ ref }) => ref)).toEqual(results);
    const last = Math.max(...(results ?? []).map((ref) => Number(ref.slice(1))));
    expect(evidence.reserveResult()).toBe(`q${last + 1}`);
  });

  test("is analysed as it was, and its logs are read again where they are still there", async () => {
    const session = await keepOne();
    const shop = openShop({ groups: GROUPS });
    const evidence = createEvidence(restoreEvidence(session, { directory: shop.directory, place: PLACE }));
    const context_id = refOf(session, "fetch_logs");
    const { data } = await runTool("analyze_error_pattern", { context_id }, evidence, shop.directory);
    expect(data).toMatchObject({ errors: 12, groups: [{ log_group: "checkout", errors: 12 }] });
    const [reading] = evidence.findResult(context_id)?.readings ?? [];
    const pages = reading?.source.fetch({ ...reading.request, signal: new AbortController().signal });
    const read = pages && (await Array.fromAsync(pages));
    expect(read?.flatMap(({ events }) => events)).toHaveLength(12);
    expect(shop.fetched).toHaveLength(1);
  });

  test.each([
    ["gone", PLACE],
    ["those of another place", { ...PLACE, paths: ["/elsewhere"] }],
    ["piped in", { ...PLACE, hadInput: true }],
  ])("is analysed where its logs are %s, but not read again", async (how, place) => {
    const session = await keepOne();
    const directory = how === "gone" ? gone() : openShop({ groups: GROUPS }).directory;
    const evidence = createEvidence(restoreEvidence(session, { directory, place }));
    const context_id = refOf(session, "fetch_logs");
    const { data } = await runTool("analyze_error_pattern", { context_id }, evidence, directory);
    expect(data).toMatchObject({ errors: 12 });
    const related = await runTool("correlate_events", { context_ids: [context_id] }, evidence, directory);
    expect(related.data).toMatchObject({ groups_by_onset: [{ log_group: "checkout", errors: 12 }] });
    const [reading] = evidence.findResult(context_id)?.readings ?? [];
    const pages = reading?.source.fetch({ ...reading.request, signal: new AbortController().signal });
    await expect(pages && Array.fromAsync(pages)).rejects.toMatchObject({
      code: "source-unavailable",
      hint: expect.stringContaining("analyze_error_pattern"),
    });
  });

  test("does not read again with a filter that held a credential", async () => {
    using kept = keepSessions();
    const { directory } = openShop({ groups: GROUPS });
    const evidence = createEvidence();
    const recorder = record({ store: kept.store, evidence });
    recorder.take(questionStart("why?"));
    const input = {
      log_group: "checkout",
      filter_pattern: '"password=hunter2"',
      start_time: "2026-03-12T02:00:00Z",
    };
    const { data, ledger, readings = [] } = await runTool("fetch_logs", input, evidence, directory);
    evidence.store({ ref: "q1", tool: "fetch_logs", input, data, ledger, readings });
    recorder.take({ type: "tool-start", call: "a", tool: "fetch_logs", input });
    const end = { ref: "q1", summary: "", ms: 1, repeated: false, ledger } as const;
    recorder.take({ type: "tool-end", call: "a", tool: "fetch_logs", ...end });
    const session = kept.store.read(recorder.key?.session ?? "");
    expect(session?.questions[0]?.calls[0]?.input.filter_pattern).not.toContain("hunter2");
    const restored = session && restoreEvidence(session, { directory, place: PLACE }).results[0]?.readings[0];
    const pages = restored?.source.fetch({ ...restored.request, signal: new AbortController().signal });
    await expect(pages && Array.fromAsync(pages)).rejects.toMatchObject({ code: "source-unavailable" });
  });
});

describe("what a model is told of earlier questions", () => {
  test("are messages as it takes them: question, calls, results, answer", async () => {
    const session = await keepOne();
    const history = historyOf(session);
    expect(z.array(modelMessageSchema).safeParse(history).success).toBe(true);
    expect(history[0]).toEqual({ role: "user", content: "What is wrong?" });
    expect(history.at(-1)).toEqual({ role: "assistant", content: session.questions[0]?.answer.trim() });
    const ids = history.flatMap(({ role, content }) =>
      typeof content === "string"
        ? []
        : content.flatMap((part) => ("toolCallId" in part ? [`${role} ${part.toolCallId}`] : [])),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const called = ids
      .filter((id) => id.startsWith("assistant"))
      .map((id) => id.replace("assistant", "tool"));
    expect(ids.filter((id) => id.startsWith("tool "))).toEqual(called);
    expect(called.length).toBe(session.questions[0]?.calls.length);
  });

  test("holds a question that was broken off, with what it had found, and says so", () => {
    using kept = keepSessions();
    const recorder = record({ store: kept.store });
    recorder.take(questionStart("why?"));
    recorder.take({ type: "round-start", round: 1 });
    recorder.take({ type: "tool-start", call: "a", tool: "fetch_logs", input: { log_group: "x" } });
    const failure = { message: "There is no x.", code: "group-not-found", hint: "Look." } as const;
    recorder.take({ type: "tool-failed", call: "a", tool: "fetch_logs", ...failure, ms: 3 });
    const read = () => historyOf(kept.store.read(recorder.key?.session ?? "") ?? { questions: [] });
    const result = { error: "There is no x.", code: "group-not-found", hint: "Look." };
    expect(read()).toEqual([
      { role: "user", content: "why?" },
      {
        role: "assistant",
        content: [
          { type: "tool-call", toolCallId: "s1_1", toolName: "fetch_logs", input: { log_group: "x" } },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "s1_1",
            toolName: "fetch_logs",
            output: { type: "error-json", value: result },
          },
        ],
      },
      { role: "assistant", content: "(There was no answer: It was broken off.)" },
    ]);
    const interrupted = { code: "interrupted", message: "Interrupted.", hint: undefined } as const;
    recorder.take({ type: "finish", outcome: { ...OUTCOME, reason: "interrupted", failure: interrupted } });
    expect(read().at(-1)?.content).toBe("(There was no answer: Interrupted.)");
  });

  test("lets the offline analyst answer the new question, on the old evidence's numbers", async () => {
    const session = await keepOne();
    const { directory } = openShop({ groups: GROUPS });
    const evidence = createEvidence(restoreEvidence(session, { directory, place: PLACE }));
    const model = await openTestModel(undefined, { provider: "offline" });
    const question = "How many warnings are in orders?";
    const answered = await ask(
      questionOf(model, { question, directory, evidence, history: historyOf(session) }),
    );
    expect(answered.outcome.reason).toBe("answered");
    const refs = answered.ofType("tool-end").map(({ ref }) => Number(ref.slice(1)));
    expect(Math.min(...refs)).toBeGreaterThan(session.questions[0]?.calls.length ?? 0);
  });
});
