import { z } from "zod";
import type { CheckReport, Citation } from "../agent/check.ts";
import type { Outcome, QuestionScope } from "../agent/events.ts";
import type { FailureCode } from "../failure.ts";
import type { JsonObject, JsonValue } from "../tools/json.ts";
import { digest, ledger, logEvent, mapOf, maybe, timeRange } from "./log-schemas.ts";
import type { SessionCall, SessionPlace, SessionQuestion, SessionReading } from "./session.ts";

const FAILURE_CODES = [
  "usage",
  "invalid-filter",
  "invalid-time",
  "invalid-query",
  "configuration",
  "credentials",
  "authentication",
  "group-not-found",
  "event-not-found",
  "context-not-found",
  "unreadable",
  "access-denied",
  "rate-limited",
  "source-unavailable",
  "model-unavailable",
  "context-too-long",
  "egress-blocked",
  "budget",
  "interrupted",
  "disk",
] as const satisfies readonly FailureCode[];

const failureCode = z.enum(FAILURE_CODES) satisfies z.ZodType<FailureCode>;

const json: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);

export const place = z.object({
  paths: z.array(z.string()),
  hadInput: z.boolean(),
  isDemo: z.boolean(),
  source: maybe(z.string()),
  profile: maybe(z.string()),
  region: maybe(z.string()),
}) satisfies z.ZodType<SessionPlace>;

const reading = z.object({
  source: z.string(),
  request: z.object({
    group: z.string(),
    window: maybe(timeRange),
    filter: maybe(z.string()),
    streamPrefix: maybe(z.string()),
  }),
  digest,
  newest: z.array(logEvent),
  ledger,
  samples: maybe(mapOf(z.string(), z.string())),
  templatesFrom: maybe(z.number()),
}) satisfies z.ZodType<SessionReading>;

export const readings = z.array(reading);

/** A call without its readings, which are kept apart: they are large, and seldom wanted. */
export type KeptCall = Omit<SessionCall, "result"> & {
  readonly result: Omit<Extract<SessionCall["result"], { ref: string }>, "readings"> | FailedResult;
};
type FailedResult = Extract<SessionCall["result"], { message: string }>;

export const call = z.object({
  round: z.int(),
  id: z.string(),
  tool: z.string(),
  input: jsonObject,
  ms: z.number(),
  result: z.union([
    z.object({
      ref: z.string(),
      summary: z.string(),
      data: jsonObject,
      ledger: maybe(ledger),
      isRepeated: z.boolean(),
    }),
    z.object({ message: z.string(), code: maybe(failureCode), hint: maybe(z.string()) }),
  ]),
}) satisfies z.ZodType<KeptCall>;

/** Events that a question's tools showed first, by their references. */
export const events = mapOf(z.string(), logEvent);

const scope = z.object({
  window: timeRange,
  zone: z.string(),
  from: z.enum(["question", "flags", "earlier", "data", "untimed", "default"]),
  words: maybe(z.string()),
  baseline: maybe(timeRange),
}) satisfies z.ZodType<QuestionScope>;

const citation = z.discriminatedUnion("kind", [
  z.object({
    ref: z.string(),
    kind: z.literal("event"),
    group: z.string(),
    stream: z.string(),
    timestamp: z.string().nullable(),
    level: z.string().nullable(),
    text: z.string(),
    link: z.string().exactOptional(),
  }),
  z.object({
    ref: z.string(),
    kind: z.literal("result"),
    tool: z.string(),
    input: json,
    link: z.string().exactOptional(),
  }),
]) satisfies z.ZodType<Citation>;

const report = z.object({
  citations: z.array(citation),
  checked: z.number(),
  unverified: z.array(
    z.object({
      kind: z.enum(["reference", "quote", "number", "time", "group"]),
      text: z.string(),
      refs: z.array(z.string()),
    }),
  ),
  uncited: z.number(),
  mainGroup: z.object({ name: z.string(), link: z.string() }).exactOptional(),
}) satisfies z.ZodType<CheckReport>;

const outcome = z.object({
  reason: z.enum(["answered", "failed", "interrupted", "budget"]),
  failure: maybe(z.object({ code: failureCode, message: z.string(), hint: maybe(z.string()) })),
  rounds: z.number(),
  usage: z.object({
    input: z.number(),
    cacheRead: z.number(),
    cacheWrite: z.number(),
    output: z.number(),
  }),
  cost: maybe(z.number()),
  ms: z.number(),
}) satisfies z.ZodType<Outcome>;

/** A question without its number and its calls, whose ledgers are with them. */
export type KeptQuestion = Omit<SessionQuestion, "number" | "calls" | "place" | "ledgers">;

/** As in all of these: what is added once sessions are about has a default, for older ones lack it. */
export const question = z.object({
  text: z.string(),
  askedAt: z.number(),
  owners: z.array(z.object({ source: z.string(), account: z.string(), region: z.string() })),
  scope,
  model: z.object({ provider: z.string(), id: z.string() }),
  answer: z.string(),
  report: maybe(report),
  notices: z.array(z.string()),
  redacted: z.record(z.string(), z.number()),
  outcome: maybe(outcome),
}) satisfies z.ZodType<KeptQuestion>;
