import type { AgentEvent, Outcome } from "../agent/events.ts";
import type { CacheOwner } from "../cache/cache.ts";
import { DatabaseFault } from "../database.ts";
import { messageOf } from "../failure.ts";
import type { Counts } from "../sanitize/sanitizer.ts";
import type { Evidence, Reading } from "../tools/evidence.ts";
import { type Redactor, redactLedger, redactReport } from "./redact.ts";
import { keepReading } from "./redact-reading.ts";
import type { KeptCall, KeptQuestion } from "./schemas.ts";
import type { SessionPlace } from "./session.ts";
import type { Earlier, QuestionKey, SessionStore } from "./store.ts";

export interface RecorderOptions {
  readonly store: SessionStore;
  readonly redactor: Redactor;
  readonly evidence: Evidence;
  readonly earlier: Earlier | undefined;
  readonly zone: string;
  readonly place: SessionPlace;
  /** What the program takes for now, ms since the epoch. */
  readonly now: () => number;
  /** What was replaced in what went to the model, so far. */
  readonly redacted: () => Counts;
  /** Told once where the question cannot be kept: it goes on without. */
  readonly onWarning: (text: string) => void;
  /** Told of what no file or disk can be blamed for. */
  readonly onBug: (error: unknown) => void;
}

/** Keeps a question as it goes on, so that what was found is kept whatever becomes of the process. */
export interface Recorder {
  /** Where the question is kept; undefined where it is not, or no longer. */
  readonly key: QuestionKey | undefined;
  take(event: AgentEvent): void;
  /** As whom the sources were read. */
  identify(owners: readonly CacheOwner[]): void;
}

type Ended = Extract<AgentEvent, { type: "tool-end" | "tool-failed" }>;

export function createRecorder(options: RecorderOptions): Recorder {
  const { store, redactor, evidence, onWarning } = options;
  const started = new Map<string, { readonly input: KeptCall["input"]; readonly position: number }>();
  let key: QuestionKey | undefined;
  let question: KeptQuestion | undefined;
  const sources = new Set<string>();
  let round = 0;
  let kept = evidence.events().size;

  function begin(event: Extract<AgentEvent, { type: "question-start" }>): void {
    question = startOf(event, options);
    key = store.begin({ ...options, question });
  }

  function addStep(event: Ended): void {
    const start = started.get(event.call);
    if (!key || !start) return;
    const { position, input } = start;
    const fresh = [...evidence.events()].slice(kept);
    // Readings first: there an event is looked at among its neighbours.
    const readings = readingsOf(event, evidence).map((reading) => keepReading(reading, redactor));
    const events = redactor.events(fresh.map(([, one]) => one));
    const call = keepCall(event, { input: redactor.json(input), round }, evidence, redactor);
    if ("ref" in call.result && call.result.ledger) sources.add(call.result.ledger.source);
    const isThere = store.addStep(key, {
      position,
      call,
      sources: [...sources],
      readings,
      events: new Map(
        fresh.flatMap(([ref], index) => (events[index] ? [[ref, events[index]] as const] : [])),
      ),
    });
    kept += fresh.length;
    if (!isThere) stop();
  }

  function update(change: Partial<KeptQuestion>): void {
    if (!key || !question) return;
    // Only what was read since may have told what in it is a credential.
    question = { ...question, text: redactor.text(question.text), ...change };
    if (!store.update(key, question)) stop();
  }

  function stop(): void {
    key = undefined;
    onWarning("The session was deleted meanwhile: this question is not kept.");
  }

  function keep(event: AgentEvent): void {
    switch (event.type) {
      case "question-start":
        begin(event);
        break;
      case "round-start":
        round = event.round;
        break;
      case "tool-start":
        started.set(event.call, { input: event.input, position: started.size + 1 });
        break;
      case "tool-end":
      case "tool-failed":
        addStep(event);
        break;
      case "notice":
        update({ notices: [...(question?.notices ?? []), redactor.text(event.text)] });
        break;
      case "answer-checked":
        update({
          answer: redactor.text(event.answer),
          report: redactReport(event.report, redactor),
        });
        break;
      case "finish":
        update({ outcome: keepOutcome(event.outcome, redactor), redacted: options.redacted() });
        break;
      case "text-delta":
      case "tool-progress":
      case "retry-wait":
        break;
      default:
        event satisfies never;
    }
  }

  function tryTo(write: () => void): void {
    try {
      write();
    } catch (error) {
      key = undefined;
      onWarning(`${messageOf(error)}: this question is not kept.`);
      if (!(error instanceof DatabaseFault)) options.onBug(error);
    }
  }

  return {
    get key() {
      return key;
    },
    take(event) {
      if (event.type === "question-start" || key) tryTo(() => keep(event));
    },
    identify(owners) {
      if (key && owners.length > 0) tryTo(() => update({ owners }));
    },
  };
}

function startOf(
  { question, scope, provider, model }: Extract<AgentEvent, { type: "question-start" }>,
  { redactor, now }: RecorderOptions,
): KeptQuestion {
  const { words, ...rest } = scope;
  return {
    text: redactor.text(question),
    askedAt: now(),
    owners: [],
    scope: { ...rest, words: words === undefined ? undefined : redactor.text(words) },
    model: { provider, id: model },
    answer: "",
    report: undefined,
    notices: [],
    redacted: {},
    outcome: undefined,
  };
}

/** An identical call's readings are kept with the first. */
function readingsOf(event: Ended, evidence: Evidence): readonly Reading[] {
  if (event.type === "tool-failed" || event.repeated) return [];
  return evidence.findResult(event.ref)?.readings ?? [];
}

function keepCall(
  event: Ended,
  { input, round }: Pick<KeptCall, "input" | "round">,
  evidence: Evidence,
  redactor: Redactor,
): KeptCall {
  const { call: id, tool, ms } = event;
  const { text } = redactor;
  if (event.type === "tool-failed") {
    const { message, code, hint } = event;
    const result = { message: text(message), code, hint: hint === undefined ? undefined : text(hint) };
    return { round, id, tool, input, ms, result };
  }
  const { ref, summary, ledger, repeated } = event;
  const result = {
    ref,
    summary: text(summary),
    data: redactor.json(evidence.findResult(ref)?.data ?? {}),
    ledger: ledger && redactLedger(ledger, redactor),
    isRepeated: repeated,
  };
  return { round, id, tool, input, ms, result };
}

function keepOutcome(outcome: Outcome, { text }: Redactor): Outcome {
  const { failure } = outcome;
  if (!failure) return outcome;
  const { code, message, hint } = failure;
  return {
    ...outcome,
    failure: { code, message: text(message), hint: hint === undefined ? undefined : text(hint) },
  };
}
