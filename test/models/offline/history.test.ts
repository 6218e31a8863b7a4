import type { ModelMessage } from "ai";
import { expect, test } from "vitest";
import { createEvidence } from "../../../src/tools/evidence.ts";
import { ask, openTestModel, questionOf } from "../../agent/ask.ts";
import { openShop } from "../../agent/shop.ts";
import { turnOf } from "../../agent/turn.ts";

const GROUPS = {
  checkout: [...Array.from({ length: 5 }, () => "ERROR cart is locked"), "INFO order 17 placed"],
  payment: ["INFO card accepted", ...Array.from({ length: 3 }, () => "ERROR bank refused the card")],
};

/** Asks one question after the other in one investigation. */
async function investigate(...questions: string[]) {
  const evidence = createEvidence();
  const { directory, fetched } = openShop({ groups: GROUPS });
  const model = await openTestModel(undefined, { provider: "offline" });
  const history: ModelMessage[] = [];
  const answers = [];
  for (const question of questions) {
    const from = fetched.length;
    const answered = await ask(questionOf(model, { question, directory, evidence, history: [...history] }));
    history.push(...turnOf(answered.events, evidence));
    answers.push({
      ...answered,
      report: answered.ofType("answer-checked")[0]?.report,
      tools: answered.ofType("tool-start").map(({ tool, input }) => ({ tool, input })),
      refs: answered.ofType("tool-end").map(({ ref }) => ref),
      fetched: fetched.slice(from).map(({ group }) => group),
    });
  }
  return answers;
}

test("another question is answered from what was read for it, as if it were the first", async () => {
  const [first, second] = await investigate("errors in checkout", "errors in payment");
  const [alone] = await investigate("errors in payment");
  expect(first?.answer).toContain("cart is locked");
  expect(second?.fetched).toEqual(["payment"]);
  expect(second?.answer).toContain("bank refused");
  expect(second?.answer).not.toContain("cart is locked");
  expect(second?.outcome.reason).toBe("answered");
  expect(second?.report?.unverified).toEqual([]);
  const plain = (answer = "") => answer.replaceAll(/[qe]\d+/g, "*");
  expect(plain(second?.answer)).toBe(plain(alone?.answer));
  // Every reference is to a result of this question, or an event that it showed.
  const cited = second?.report?.citations ?? [];
  expect(cited.length).toBeGreaterThan(0);
  for (const one of cited) {
    if (one.kind === "result") expect(second?.refs).toContain(one.ref);
    else expect(one.group).toBe("payment");
  }
});

test("a question that is asked again is answered again, with the same references for the same events", async () => {
  const [first, second] = await investigate("errors in checkout", "errors in checkout");
  expect(second?.fetched).toEqual(["checkout"]);
  expect(second?.answer.replaceAll(/q\d+/g, "q")).toBe(first?.answer.replaceAll(/q\d+/g, "q"));
  expect(second?.refs).not.toEqual(first?.refs);
});

test("a question that names an earlier result looks at that, and reads no log again", async () => {
  const [first] = await investigate("errors in checkout");
  const read = first?.ofType("tool-end").find(({ tool }) => tool === "fetch_logs")?.ref ?? "";
  const [, , third] = await investigate(
    "errors in checkout",
    "errors in payment",
    `What else is in ${read}?`,
  );
  expect(third?.tools).toEqual([{ tool: "analyze_error_pattern", input: { context_id: read } }]);
  expect(third?.answer).toContain("5 errors");
  expect(third?.answer).toContain("cart is locked");
  expect(third?.answer).toContain(`[${read}]`);
  expect(third?.answer).not.toContain("bank refused");
  expect(third?.report?.unverified).toEqual([]);
});

test("a question that names an earlier event shows the lines around it", async () => {
  const [, second] = await investigate("errors in payment", "what stands around [e1]?");
  expect(second?.tools).toEqual([
    { tool: "get_surrounding_logs", input: { event_ref: "e1", before: 10, after: 10 } },
  ]);
  expect(second?.answer).toContain("card accepted");
  expect(second?.report?.unverified).toEqual([]);
});

test.each(["what is in q99?", "errors in q1-service", "what about e77"])(
  "what was never found is no follow-up: %s",
  async (question) => {
    const [, second] = await investigate("errors in checkout", question);
    expect(second?.tools[0]).toMatchObject({ tool: "list_log_groups" });
    expect(second?.report?.unverified).toEqual([]);
  },
);
