import type { ModelMessage, ToolCallPart, ToolResultPart } from "ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHistory, type History } from "../../src/agent/history.ts";

interface Round {
  /** Characters of the finds of each call; undefined where it failed. */
  readonly finds: readonly (number | undefined)[];
}

interface Asked {
  readonly question: string;
  readonly rounds: readonly Round[];
  /** Characters of each paragraph of the answer. */
  readonly answer: readonly number[];
}

interface Investigation {
  readonly earlier: readonly Asked[];
  readonly now: Asked;
}

const round = (size: fc.Arbitrary<number>): fc.Arbitrary<Round> =>
  fc.record({
    finds: fc.array(fc.option(size, { nil: undefined, freq: 6 }), { minLength: 1, maxLength: 4 }),
  });
const asked = (size: fc.Arbitrary<number>): fc.Arbitrary<Asked> =>
  fc.record({
    question: fc.string({ minLength: 1, maxLength: 200 }).map((text) => `Q ${text}`),
    rounds: fc.array(round(size), { maxLength: 4 }),
    answer: fc.array(size, { minLength: 1, maxLength: 5 }),
  });
const investigation = (size: fc.Arbitrary<number>): fc.Arbitrary<Investigation> =>
  fc.record({ earlier: fc.array(asked(size), { maxLength: 6 }), now: asked(size) });

const ANY_SIZE = fc.integer({ min: 0, max: 6000 });
/** Whatever is so long gets shorter. */
const LARGE = fc.integer({ min: 2500, max: 6000 });

/** Numbers results and calls through, as a session does. */
function createWriter(name = "call") {
  let handle = 0;
  let call = 0;
  const words = (size: number, from: string) => from.repeat(Math.ceil(size / from.length)).slice(0, size);

  function writeRound({ finds }: Round): readonly [ModelMessage, ModelMessage] {
    const calls: ToolCallPart[] = [];
    const results: ToolResultPart[] = [];
    for (const size of finds) {
      const id = { toolCallId: `${name}_${++call}`, toolName: "fetch_logs" };
      const ref = `q${size === undefined ? 0 : ++handle}`;
      const found = {
        result: ref,
        context_id: ref,
        total: size ?? 0,
        events: [`[e1] ${words(size ?? 0, "ERROR x ")}`],
      };
      const output =
        size === undefined
          ? ({ type: "error-json", value: { error: words(800, "no ") } } as const)
          : ({ type: "json", value: found } as const);
      calls.push({ type: "tool-call", ...id, input: { log_group: `group ${call}` } });
      results.push({ type: "tool-result", ...id, output });
    }
    return [
      { role: "assistant", content: [{ type: "text", text: "Let me look." }, ...calls] },
      { role: "tool", content: results },
    ];
  }

  function writeTurn({ question, rounds, answer }: Asked): ModelMessage[] {
    const text = answer
      .map((size, at) => `Finding ${at}: ${words(size, "it fails ")}${at === 1 ? " [e1, q1]" : ""}`)
      .join("\n\n");
    return [
      { role: "user", content: question },
      ...rounds.flatMap(writeRound),
      { role: "assistant", content: text },
    ];
  }
  return { writeRound, writeTurn };
}

function write({ earlier, now }: Investigation): { history: History; sent: readonly ModelMessage[] } {
  const { writeRound, writeTurn } = createWriter();
  const turns = earlier.flatMap(writeTurn);
  const history = createHistory(turns, now.question);
  for (const one of now.rounds) history.add(...writeRound(one));
  return { history, sent: history.messages() };
}

/** Room for the line and the cut answer that stay of an earlier question, and for the line of this one. */
const REST = 2000;

/** What is never shortened while anything else is left: the questions, and the newest round. */
function leastOf({ earlier, now }: Investigation, sent: readonly ModelMessage[]): number {
  const newest = now.rounds.length > 0 ? sent.slice(-2) : [];
  const questions = [...earlier, now].map(({ question }) => question);
  const whole = [...newest.map(({ content }) => content), ...questions];
  return JSON.stringify(whole).length + (earlier.length + 1) * REST;
}

function textOf({ content }: ModelMessage): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

const idsOf = (message: ModelMessage | undefined, type: "tool-call" | "tool-result"): string[] =>
  !message || typeof message.content === "string"
    ? []
    : message.content.flatMap((part) =>
        part.type === type && "toolCallId" in part ? [part.toolCallId] : [],
      );

function expectValid(messages: readonly ModelMessage[]): void {
  for (const [at, message] of messages.entries()) {
    expect(message.content.length).toBeGreaterThan(0);
    const next = messages[at + 1];
    const calls = message.role === "assistant" ? idsOf(message, "tool-call") : [];
    if (calls.length > 0) expect(idsOf(next, "tool-result")).toEqual(calls);
    if (message.role === "user") expect(next?.role ?? "assistant").toBe("assistant");
    if (message.role === "tool") {
      expect(idsOf(messages[at - 1], "tool-call")).toEqual(idsOf(message, "tool-result"));
      expect(next?.role ?? "assistant").toBe("assistant");
    }
    if (message.role === "assistant" && calls.length === 0) expect(next?.role ?? "user").toBe("user");
    for (const part of typeof message.content === "string" ? [] : message.content)
      if (part.type === "text") expect(part.text).not.toBe("");
  }
  expect(messages[0]?.role).toBe("user");
}

type State = "whole" | "short" | "out";

/** What became of each tool call and each answer, oldest first. */
function statesOf(sent: readonly ModelMessage[], now: readonly ModelMessage[]) {
  const results = new Map(
    now.flatMap(({ content }) =>
      typeof content === "string"
        ? []
        : content.flatMap((part) => (part.type === "tool-result" ? [[part.toolCallId, part]] : [])),
    ) as [string, ToolResultPart][],
  );
  const last = sent.findLastIndex(({ role }) => role === "user");
  const newest = sent.findLastIndex(({ role }) => role === "tool");
  const calls = sent.flatMap((message, at) =>
    message.role !== "tool"
      ? []
      : message.content.flatMap((part) => {
          if (part.type !== "tool-result") return [];
          const after = results.get(part.toolCallId);
          const state: State = !after
            ? "out"
            : JSON.stringify(after) === JSON.stringify(part)
              ? "whole"
              : "short";
          const of = at < last ? "earlier" : at < newest ? "before" : "newest";
          const value = part.output.type === "json" ? JSON.stringify(part.output.value) : "";
          return [{ of, state, handle: /"result":"(q\d+)"/.exec(value)?.[1], id: part.toolCallId }];
        }),
  );
  const whole = new Set(now.map(textOf));
  const all = now.map(textOf).join("\n");
  const answers = sent.flatMap((message, at) =>
    message.role === "assistant" && at < last && idsOf(message, "tool-call").length === 0
      ? [whole.has(textOf(message)) || all.includes(textOf(message)) ? "whole" : "short"]
      : [],
  );
  return { calls, answers };
}

const spell = (text: string, prefix: string): string[] =>
  text.split(", ").flatMap((run) => {
    const [first = 0, last = first] = run.split(" to ").map((name) => Number(name.replace(prefix, "")));
    return Array.from({ length: last - first + 1 }, (_, at) => `${prefix}${first + at}`);
  });

/** The handles that a notice names, or the numbers of questions. */
function namedIn(notice: string, prefix: string): string[] {
  const found = (prefix ? /handles? \(([^)]*)\)/ : /numbers? ([^)]*)\)/).exec(notice)?.[1];
  return found === undefined ? [] : spell(found, prefix);
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

/** A limit between what is needed and what there is. */
function limitBetween(least: number, size: number, at: number): number {
  return Math.floor(least + (size - least) * at);
}

describe("any investigation, and any limit that questions and the newest round fit in", () => {
  it("fits afterwards, holds every question, and is a valid prompt", () => {
    fc.assert(
      fc.property(investigation(ANY_SIZE), share, share, (one, at, deeper) => {
        const { history, sent } = write(one);
        const most = limitBetween(leastOf(one, sent), history.size(), at);
        const notices = history.compact({ most, goal: most * deeper });
        expect(history.size()).toBeLessThanOrEqual(Math.max(most, 0));
        const messages = history.messages();
        expectValid(messages);
        const questions = messages.filter(({ role }) => role === "user").map(textOf);
        expect(questions).toEqual([...one.earlier, one.now].map(({ question }) => question));
        expect(messages.slice(0, history.earlier())).toHaveLength(
          messages.findLastIndex(({ role }) => role === "user"),
        );
        expect(messages.slice(-2)).toEqual(one.now.rounds.length > 0 ? sent.slice(-2) : expect.anything());
        expect(new Set(notices).size).toBe(notices.length);
      }),
    );
  });

  it("is not touched where it fits", () => {
    fc.assert(
      fc.property(investigation(ANY_SIZE), share, (one, at) => {
        const { history, sent } = write(one);
        expect(history.compact({ most: history.size(), goal: history.size() * at })).toEqual([]);
        const after = history.messages();
        expect(after).toHaveLength(sent.length);
        for (const [index, message] of after.entries()) expect(message).toBe(sent[index]);
      }),
    );
  });

  it("stays valid when it grows and is shortened again and again", () => {
    const steps = fc.array(fc.tuple(round(ANY_SIZE), share), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(investigation(ANY_SIZE), steps, (one, rounds) => {
        const { history } = write(one);
        const { writeRound } = createWriter("later");
        for (const [next, at] of rounds) {
          history.compact({ most: history.size() * at, goal: 0 });
          expectValid(history.messages());
          history.add(...writeRound(next));
          expectValid(history.messages());
        }
      }),
    );
  });

  it("is shortened from the oldest on, step by step, and no more than it has to be", () => {
    fc.assert(
      fc.property(investigation(LARGE), share, (one, at) => {
        const { history, sent } = write(one);
        const most = limitBetween(0, history.size(), at);
        history.compact({ most, goal: most });
        const { calls, answers } = statesOf(sent, history.messages());
        const rank = { whole: 0, short: 1, out: 2 };
        const of = (kind: string) => calls.filter((call) => call.of === kind).map(({ state }) => rank[state]);
        const [earlier, before, newest] = [of("earlier"), of("before"), of("newest")];
        for (const ranks of [earlier, before, newest, answers.map((state) => (state === "whole" ? 0 : 1))])
          expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
        // Each step begins only where the one before it has nothing left.
        if (Math.max(0, ...before) > 0) expect(Math.min(1, ...earlier)).toBe(1);
        if (Math.max(0, ...earlier) > 1) expect(Math.min(1, ...before)).toBe(1);
        if (answers.includes("short")) expect(Math.min(2, ...earlier)).toBe(2);
        if (Math.max(0, ...before) > 1) expect(answers).not.toContain("whole");
        if (Math.max(0, ...newest) > 0) expect(Math.min(2, ...before)).toBe(2);
      }),
    );
  });

  it("loses one thing where one is enough", () => {
    fc.assert(
      fc.property(investigation(LARGE), (one) => {
        const { history, sent } = write(one);
        history.compact({ most: history.size() - 1, goal: history.size() - 1 });
        const { calls, answers } = statesOf(sent, history.messages());
        const changed = [...calls.map(({ state }) => state), ...answers].filter((state) => state !== "whole");
        expect(changed.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("tells by handle and number exactly what was shortened, one notice a step", () => {
    fc.assert(
      fc.property(investigation(ANY_SIZE), share, share, (one, at, deeper) => {
        const { history, sent } = write(one);
        const most = limitBetween(0, history.size(), at);
        const notices = history.compact({ most, goal: most * deeper });
        const { calls, answers } = statesOf(sent, history.messages());
        const changed = calls.filter(({ state }) => state !== "whole");
        const handles = changed.flatMap(({ handle }) => handle ?? []);
        const told = notices.flatMap((notice) => namedIn(notice, "q"));
        expect(new Set(told)).toEqual(new Set(handles));
        const numbers = answers.flatMap((state, index) => (state === "short" ? [`${index + 1}`] : []));
        expect(notices.flatMap((notice) => namedIn(notice, ""))).toEqual(numbers);
        if (changed.length + numbers.length === 0) expect(notices).toEqual([]);
        // What is left out of the prompt is named in it, so that it can still be used.
        const all = history.messages().map(textOf).join("\n");
        for (const { state, handle } of calls)
          if (state === "out" && handle) expect(handlesIn(all)).toContain(handle);
      }),
    );
  });
});

function handlesIn(text: string): string[] {
  const lines = [...text.matchAll(/\[Tool calls left out to save room: (.*?)\. Results/g)];
  return lines.flatMap(([, list = ""]) =>
    list
      .split("; ")
      .flatMap((part) => spell(/^(q\d+(?: to q\d+)?(?:, q\d+(?: to q\d+)?)*)/.exec(part)?.[1] ?? "", "q")),
  );
}

describe("a long investigation", () => {
  const three: Investigation = {
    earlier: [
      { question: "Q first", rounds: [{ finds: [4000, 4000] }, { finds: [4000] }], answer: [40, 900, 3000] },
      { question: "Q second", rounds: [{ finds: [4000, undefined] }], answer: [40, 900, 3000] },
    ],
    now: { question: "Q third", rounds: [{ finds: [4000] }, { finds: [4000] }], answer: [1] },
  };

  it("says in plain words what was shortened", () => {
    const { history } = write(three);
    const size = history.size();
    expect(history.compact({ most: size - 5000, goal: size - 5000 })).toEqual([
      "the results of 2 tool calls of earlier questions were shortened to their summaries; they stay usable by their handles (q1 to q2)",
    ]);
    expect(history.compact({ most: 0, goal: 0 })).toEqual([
      expect.stringMatching(/^the results of 3 tool calls of earlier questions .*\(q3 to q4\)$/),
      expect.stringMatching(/^the results of 1 tool call of earlier rounds .* its handle \(q5\)$/),
      expect.stringMatching(/^5 tool calls of earlier questions were left out; .*\(q1 to q4\)$/),
      "the answers to 2 earlier questions (numbers 1 to 2) were cut to their first findings",
      expect.stringMatching(/^1 tool call of earlier rounds was left out/),
      expect.stringMatching(/^the results of 1 tool call of the newest round/),
    ]);
    expect(history.compact({ most: 0, goal: 0 })).toEqual([]);
  });

  it("keeps of a result its handle and its counts, of an answer what it found", () => {
    const { history } = write(three);
    history.compact({ most: history.size() - 1, goal: 0 });
    const all = JSON.stringify(history.messages());
    expect(all).toContain("[Tool calls left out to save room: q1 fetch_logs");
    expect(all).toContain("(total 4000)");
    expect(all).toContain("Finding 2");
    history.compact({ most: 0, goal: 0 });
    const [, first] = history.messages();
    expect(textOf(first ?? { role: "user", content: "" })).toMatch(
      /Finding 0: .*\n\nFinding 1: .*…\n\n\[The rest/s,
    );
    expect(JSON.stringify(history.messages().at(-1))).toContain(
      '"result":"q6","context_id":"q6","total":4000',
    );
  });

  it("lets what a model thought come first in what it said", () => {
    const history = createHistory([], "Q");
    const { writeRound } = createWriter();
    history.add(...writeRound({ finds: [3000] }));
    const [said, results] = writeRound({ finds: [3000] });
    const parts = typeof said.content === "string" ? [] : said.content;
    const thought = { type: "reasoning", text: "Hm." } as const;
    history.add({ role: "assistant", content: [thought, ...parts] } as ModelMessage, results);
    history.compact({ most: history.size() - 3200, goal: 0 });
    const content = history.messages()[1]?.content;
    expect(content).toMatchObject([thought, { text: expect.stringContaining("left out") }, {}, {}]);
  });
});
