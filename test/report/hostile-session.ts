import type { DigestSummary, TemplateSummary } from "../../src/analysis/summary.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { Ledger } from "../../src/log/ledger.ts";
import type { Session, SessionCall, SessionQuestion, SessionReading } from "../../src/sessions/session.ts";

const START = Date.UTC(2026, 2, 12, 2);
const MINUTE = 60_000;

/** A small session whose every text is what `say` gives; `answer` is the answer of its questions. */
export function makeSession(say: () => string, answer: string, questions = 2): Session {
  const event = (at: number): LogEvent => ({
    id: say(),
    group: say(),
    stream: say(),
    timestamp: START + at * MINUTE,
    message: say(),
    bodyStart: 0,
    level: at % 2 === 0 ? "error" : "warn",
    levelInferred: false,
  });
  return {
    id: say(),
    createdAt: START,
    updatedAt: START,
    zone: "UTC",
    place: {
      paths: [say()],
      hadInput: true,
      isDemo: false,
      source: say(),
      profile: say(),
      region: say(),
    },
    questions: Array.from({ length: questions }, (_, at) => makeQuestion(at + 1, say, answer, event)),
    events: new Map([1, 2, 3].map((number) => [`e${number}`, event(number)])),
  };
}

type MakeEvent = (at: number) => LogEvent;

function makeQuestion(number: number, say: () => string, answer: string, event: MakeEvent): SessionQuestion {
  const ledger = makeLedger(say);
  return {
    number,
    text: say(),
    askedAt: START,
    owners: [],
    scope: {
      window: { start: START, end: START + 60 * MINUTE },
      zone: "UTC",
      from: "question",
      words: say(),
      baseline: undefined,
    },
    model: { provider: say(), id: say() },
    calls: makeCalls(number, say, event),
    answer,
    report: {
      citations: [
        { ref: "e1", kind: "event", group: say(), stream: say(), timestamp: null, level: null, text: say() },
        { ref: "q1", kind: "result", tool: say(), input: { [say()]: say() }, link: say() },
      ],
      checked: 2,
      unverified: [{ kind: "number", text: say(), refs: ["q1"] }],
      uncited: 1,
    },
    ledgers: [ledger],
    notices: [say()],
    redacted: { email: 2 },
    outcome: {
      reason: "failed",
      failure: { code: "model-unavailable", message: say(), hint: say() },
      rounds: 1,
      usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 },
      cost: 0.01,
      ms: 1200,
    },
  };
}

function makeCalls(number: number, say: () => string, event: MakeEvent): readonly SessionCall[] {
  const call = { round: 1, id: say(), tool: say(), input: { [say()]: say() }, ms: 12 };
  return [
    {
      ...call,
      result: {
        ref: `q${number}`,
        summary: say(),
        data: { [say()]: [say(), 1, null] },
        ledger: makeLedger(say),
        readings: [makeReading(say, event)],
        isRepeated: false,
      },
    },
    { ...call, result: { message: say(), code: "access-denied", hint: say() } },
  ];
}

function makeReading(say: () => string, event: MakeEvent): SessionReading {
  return {
    source: say(),
    request: {
      group: say(),
      window: { start: START, end: START + 60 * MINUTE },
      filter: say(),
      streamPrefix: say(),
    },
    digest: makeDigest(say, event),
    newest: [event(1)],
    ledger: makeLedger(say),
    samples: new Map([[say(), say()]]),
    templatesFrom: undefined,
  };
}

function makeDigest(say: () => string, event: MakeEvent): DigestSummary {
  const template: TemplateSummary = {
    id: "t1",
    text: say(),
    count: 40,
    level: "error",
    levelInferred: false,
    first: START + 40 * MINUTE,
    last: START + 59 * MINUTE,
    examples: [event(40)],
    parameters: [{ distinct: 1, distinctCapped: false, top: [{ value: say(), count: 40 }] }],
    bins: [],
    groups: new Map([[say(), 40]]),
  };
  return {
    events: 100,
    untimed: 0,
    first: START,
    last: START + 59 * MINUTE,
    levels: new Map([["error", 40]]),
    inferredLevels: 0,
    streams: new Map([[say(), 100]]),
    histogram: {
      start: START,
      binMs: MINUTE,
      bins: Array.from({ length: 60 }, (_, at) => ({
        total: at < 40 ? 1 : 3,
        warnings: at % 10 === 0 ? 1 : 0,
        errors: at < 40 ? 0 : 2,
      })),
    },
    templates: [template],
    eventsOutsideTemplates: 0,
    numbers: [
      {
        name: say(),
        count: 1,
        min: 1,
        max: 1,
        mean: 1,
        p50: 1,
        p95: 1,
        trend: [1],
        isDuration: false,
        unit: undefined,
        shareAboveSecond: undefined,
        largest: event(1),
        firstLarge: event(1),
      },
    ],
  };
}

function makeLedger(say: () => string): Ledger {
  return {
    source: say(),
    groups: [say()],
    window: { start: START, end: START + 60 * MINUTE },
    filter: say(),
    streamPrefix: say(),
    matched: 1,
    returned: 1,
    analysed: 1,
    scannedBytes: 1,
    link: say(),
    notices: [{ kind: "gap", text: say(), group: say() }],
  };
}
