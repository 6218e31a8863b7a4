import { z } from "zod";
import { SERVICES } from "./scene.ts";

const moment = z.number().int();
const service = z.enum(SERVICES);

/** What really happened, counted while it was written: an answer can be judged by it. */
const truthSchema = z.object({
  /** The one line that the incident comes from. */
  cause: z.object({ service, file: z.string(), at: moment, text: z.string() }),
  /** First warning or error (or 5xx answer) that the cause led to, ms since the epoch; only services that it reached. */
  onsets: z.partialRecord(service, moment),
  /** POST /checkout that were answered, and those of them that got a 502 or 504. */
  checkouts: z.number().int(),
  failedCheckouts: z.number().int(),
  firstFailedCheckout: moment,
  /** Compensations that orders-worker gave up. */
  deadLetters: z.number().int(),
  /** When the pool was raised a little. */
  easedAt: moment,
  /** Loud, close by, and of no harm. */
  redHerring: z.object({ service, errors: z.number().int(), first: moment, last: moment }),
  /** Lines written to harm whoever reads them: one addresses a model, one a terminal. */
  hostile: z.array(z.object({ service, at: moment, text: z.string() })),
  /** Personal data and secrets that are in the text: none may leave. */
  planted: z.record(z.string(), z.string()),
});
export type DemoTruth = Readonly<z.infer<typeof truthSchema>>;

export const incidentSchema = z.object({
  /** Milliseconds since the epoch; `end` is not in it. */
  start: moment,
  end: moment,
  events: z.number().int(),
  files: z.array(z.object({ name: z.string(), bytes: z.number().int(), events: z.number().int() })),
  /** Questions to try. */
  questions: z.array(z.string()),
  truth: truthSchema,
});
export type IncidentSummary = Readonly<z.infer<typeof incidentSchema>>;
