import { z } from "zod";
import type { Database } from "../database.ts";
import type { LogEvent } from "../log/event.ts";
import { unpack, unreadable } from "./payload.ts";
import * as schemas from "./schemas.ts";
import type { Session, SessionCall, SessionPlace, SessionQuestion } from "./session.ts";

/** What a list shows of a session. */
export interface SessionSummary {
  readonly id: string;
  /** Of the machine, ms since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly place: SessionPlace;
  /** The first one. */
  readonly question: string;
  readonly questions: number;
  /** Names of the sources that were read. */
  readonly sources: readonly string[];
  /** Of the last question. */
  readonly model: string;
  /** Dollars; undefined where no question's price is known. */
  readonly cost: number | undefined;
}

const listRow = z.object({
  id: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
  place: z.string(),
  question: z.string(),
  questions: z.number(),
  sources: z.string(),
  model: z.string(),
  cost: z.number().nullable(),
});

const names = z.array(z.array(z.string()));

export function listRows(database: Database): readonly SessionSummary[] {
  const rows = database
    .prepare(
      `SELECT id, created_at, updated_at, sessions.place AS place,
         count(*) AS questions, sum(cost) AS cost, json_group_array(json(sources)) AS sources,
         (SELECT text FROM questions WHERE session = id ORDER BY number LIMIT 1) AS question,
         (SELECT model FROM questions WHERE session = id ORDER BY number DESC LIMIT 1) AS model
       FROM sessions JOIN questions ON session = id
       GROUP BY id ORDER BY updated_at DESC, id`,
    )
    .all();
  return rows.map((row) => {
    const { created_at, updated_at, place, sources, cost, ...rest } = parse(listRow, row);
    return {
      ...rest,
      createdAt: created_at,
      updatedAt: updated_at,
      place: parseText(schemas.place, place),
      sources: [...new Set(parseText(names, sources).flat())],
      cost: cost ?? undefined,
    };
  });
}

const sessionRow = z.object({
  id: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
  zone: z.string(),
  place: z.string(),
});
const questionRow = z.object({ number: z.int(), place: z.string(), payload: z.unknown() });
const callRow = z.object({ question: z.int(), payload: z.unknown() });
const readingRow = z.object({ question: z.int(), ref: z.string(), payload: z.unknown() });

/** @throws Failure "unreadable" */
export function readSession(database: Database, id: string): Session | undefined {
  const found = database.prepare("SELECT * FROM sessions WHERE id = ?").get(id);
  if (!found) return undefined;
  const { created_at, updated_at, zone, place } = parse(sessionRow, found);
  const rows = <Schema extends z.ZodType>(schema: Schema, sql: string): z.output<Schema>[] =>
    database
      .prepare(sql)
      .all(id)
      .map((row) => parse(schema, row));
  const calls = rows(
    callRow,
    "SELECT question, payload FROM calls WHERE session = ? ORDER BY question, position",
  );
  const readings = new Map(
    rows(readingRow, "SELECT question, ref, payload FROM readings WHERE session = ?").map(
      ({ question, ref, payload }) => [`${question} ${ref}`, payload] as const,
    ),
  );
  const questions = rows(
    questionRow,
    "SELECT number, place, payload FROM questions WHERE session = ? ORDER BY number",
  ).map((row): SessionQuestion => {
    const own = calls
      .filter(({ question }) => question === row.number)
      .map(({ payload }) => unpack(payload, schemas.call));
    return {
      ...unpack(row.payload, schemas.question),
      number: row.number,
      ...(row.place === place ? {} : { place: parseText(schemas.place, row.place) }),
      calls: own.map((call) => withReadings(call, (ref) => readings.get(`${row.number} ${ref}`))),
      ledgers: own.flatMap(({ result }) =>
        "ref" in result && result.ledger && !result.isRepeated ? [result.ledger] : [],
      ),
    };
  });
  const shown = rows(
    callRow,
    "SELECT question, payload FROM events WHERE session = ? ORDER BY question, position",
  );
  return {
    id,
    createdAt: created_at,
    updatedAt: updated_at,
    zone,
    place: parseText(schemas.place, place),
    questions,
    events: new Map<string, LogEvent>(shown.flatMap(({ payload }) => [...unpack(payload, schemas.events)])),
  };
}

/** Readings are unpacked when somebody wants them: there may be many, and mostly nobody does. */
function withReadings(call: schemas.KeptCall, payloadOf: (ref: string) => unknown): SessionCall {
  const { result, ...rest } = call;
  if (!("ref" in result)) return { ...rest, result };
  const payload = payloadOf(result.ref);
  let unpacked: z.output<typeof schemas.readings> | undefined;
  return {
    ...rest,
    result: {
      ...result,
      get readings() {
        unpacked ??= payload === undefined ? [] : unpack(payload, schemas.readings);
        return unpacked;
      },
    },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(parsed.error);
}

function parseText<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(cause);
  }
}
