import type { CheckReport } from "../../src/agent/check.ts";
import type { AgentEvent, Outcome } from "../../src/agent/events.ts";
import { answerQuestion } from "../../src/agent/loop.ts";
import { resolveScope } from "../../src/agent/scope.ts";
import { type DemoIncident, writeDemoIncident } from "../../src/demo/demo-incident.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { Ledger } from "../../src/log/ledger.ts";
import { createZone } from "../../src/log/zone.ts";
import { openModel } from "../../src/models/open-model.ts";
import { createGate } from "../../src/sanitize/gate.ts";
import { type Counts, createSanitizer, maxCounts } from "../../src/sanitize/sanitizer.ts";
import type { Session, SessionCall, SessionQuestion, SessionReading } from "../../src/sessions/session.ts";
import { createDirectory } from "../../src/sources/directory.ts";
import { createLocalSource } from "../../src/sources/local/source.ts";
import { createEvidence, type Evidence, type Reading } from "../../src/tools/evidence.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";

export const DEMO_QUESTION = "Why do checkouts fail since 02:30?";

/** Asks questions of the demo incident, with the offline analyst, and keeps what came of it. */
export async function investigateDemo(
  folder: string,
  questions: readonly string[] = [DEMO_QUESTION],
): Promise<Session> {
  const incident = await writeDemoIncident(folder);
  const evidence = createEvidence();
  const asked: SessionQuestion[] = [];
  for (const [at, text] of questions.entries()) asked.push(await askDemo(text, at + 1, incident, evidence));
  return {
    id: "k7m2q",
    createdAt: incident.end,
    updatedAt: incident.end,
    zone: "UTC",
    place: {
      paths: [],
      hadInput: false,
      isDemo: true,
      source: undefined,
      profile: undefined,
      region: undefined,
    },
    questions: asked,
    events: allEvents(evidence),
  };
}

function allEvents(evidence: Evidence): Map<string, LogEvent> {
  const events = new Map<string, LogEvent>();
  for (let number = 1; ; number++) {
    const event = evidence.findEvent(`e${number}`);
    if (!event) return events;
    events.set(`e${number}`, event);
  }
}

async function askDemo(
  text: string,
  number: number,
  incident: DemoIncident,
  evidence: Evidence,
): Promise<SessionQuestion> {
  const zone = createZone("UTC");
  const now = () => incident.end;
  const source = createLocalSource({ paths: [incident.folder], zone, now, spoolFolder: incident.folder });
  const directory = createDirectory([source]);
  const sanitizer = createSanitizer();
  const { signal } = new AbortController();
  let redacted: Counts = {};
  const gate = createGate({
    sanitizer,
    enabled: true,
    onRedacted: (counts) => {
      redacted = maxCounts(redacted, counts);
    },
  });
  const model = await openModel({
    provider: "offline",
    modelId: "offline",
    apiKey: async () => "",
    baseUrl: undefined,
    maxOutputTokens: 4096,
    temperature: 0.1,
    gate,
    fetch,
  });
  const scope = await resolveScope({
    question: text,
    since: undefined,
    until: undefined,
    directory,
    now: now(),
    zone,
    signal,
  });
  const events = answerQuestion({
    question: text,
    scope,
    model,
    tools: TOOLS.filter(({ needs }) => needs === undefined),
    directory,
    evidence,
    sanitizer,
    zone,
    now,
    clock: () => performance.now(),
    budget: { rounds: 10, tokens: undefined, seconds: undefined, cost: undefined },
    signal,
  });
  const heard = await listen(events, evidence);
  const { provider, id } = model;
  const asked = { number, text, askedAt: incident.end, owners: [], scope, redacted };
  return { ...asked, model: { provider, id }, ...heard };
}

interface Heard {
  readonly calls: readonly SessionCall[];
  readonly answer: string;
  readonly report: CheckReport | undefined;
  readonly ledgers: readonly Ledger[];
  readonly notices: readonly string[];
  readonly outcome: Outcome | undefined;
}

async function listen(events: AsyncIterable<AgentEvent>, evidence: Evidence): Promise<Heard> {
  const calls: SessionCall[] = [];
  const notices: string[] = [];
  const inputs = new Map<string, SessionCall["input"]>();
  let round = 0;
  let checked: Pick<Heard, "answer" | "report" | "ledgers"> = { answer: "", report: undefined, ledgers: [] };
  let outcome: Outcome | undefined;
  for await (const event of events) {
    if (event.type === "round-start") round = event.round;
    else if (event.type === "tool-start") inputs.set(event.call, event.input);
    else if (event.type === "notice") notices.push(event.text);
    else if (event.type === "answer-checked") checked = event;
    else if (event.type === "finish") outcome = event.outcome;
    else if (event.type === "tool-end" || event.type === "tool-failed") {
      const { call: id, tool, ms } = event;
      const input = inputs.get(id) ?? {};
      calls.push({ round, id, tool, input, ms, result: resultOf(event, evidence) });
    }
  }
  const { answer, report, ledgers } = checked;
  return { calls, answer, report, ledgers, notices, outcome };
}

function resultOf(
  event: Extract<AgentEvent, { type: "tool-end" | "tool-failed" }>,
  evidence: Evidence,
): SessionCall["result"] {
  if (event.type === "tool-failed") return { message: event.message, code: event.code, hint: event.hint };
  const { ref, summary, ledger, repeated } = event;
  const stored = evidence.findResult(ref);
  const readings = stored?.readings.map(keepReading) ?? [];
  return { ref, summary, data: stored?.data ?? {}, ledger, readings, isRepeated: repeated };
}

function keepReading(reading: Reading): SessionReading {
  const { source, request, digest, newest, ledger, samples, templatesFrom } = reading;
  const { group, window, filter, streamPrefix } = request;
  return {
    source: source.name,
    request: { group, window, filter: filter?.pattern, streamPrefix },
    digest,
    newest,
    ledger,
    samples,
    templatesFrom,
  };
}
