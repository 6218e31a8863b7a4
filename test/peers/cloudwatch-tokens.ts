import { createHash } from "node:crypto";
import { z } from "zod";
import { invalid } from "./cloudwatch-wire.ts";

/** How the service cuts its answers into pages; what is left out is the service's documented limit. */
export interface Paging {
  /** Events on a page, at most; 10,000. */
  readonly maxEvents?: number;
  /** Bytes of the events on a page, at most; 1 MB. */
  readonly maxBytes?: number;
  /** Groups or streams on a page, at most; 50. */
  readonly maxItems?: number;
  /** Groups on a page of ListLogGroups, at most; 1,000, of which it gives 50 unless asked for more. */
  readonly maxListed?: number;
  /** Events that one call looks at, matching or not: sparse matches make partial and empty pages. No limit. */
  readonly maxScanned?: number;
  /** Empty pages with a token before each page of events; none. */
  readonly emptyPages?: number;
  /** FilterLogEvents answers the first call with every n-th token with an empty page and the same token; never. */
  readonly repeatTokenEvery?: number;
  /** FilterLogEvents answers the first call with every n-th token with its page and the same token once more; never. */
  readonly repeatPageEvery?: number;
  /** Whether FilterLogEvents ignores startFromHead and begins with the oldest, as emulators do; false. */
  readonly ignoresOrder?: boolean;
  /** Whether FilterLogEvents gives a token with the last events, and ends on an empty page; false. */
  readonly trailingPage?: boolean;
  /** GetQueryResults calls that find a new query scheduled or running; none. */
  readonly queryPolls?: number;
  /** How a new query ends; Complete. */
  readonly queryEnd?: "Complete" | "Failed" | "Timeout";
  /** Seconds of the window of a query, at most, that does not end in Timeout; no limit. */
  readonly longestQuery?: number;
}

export const PAGING: Required<Paging> = {
  maxEvents: 10_000,
  maxBytes: 1_048_576,
  maxItems: 50,
  maxListed: 1000,
  maxScanned: Number.POSITIVE_INFINITY,
  emptyPages: 0,
  repeatTokenEvery: 0,
  repeatPageEvery: 0,
  ignoresOrder: false,
  trailingPage: false,
  queryPolls: 0,
  queryEnd: "Complete",
  longestQuery: Number.POSITIVE_INFINITY,
};

const cursorSchema = z.object({
  /** The query that the token belongs to, as a digest. */
  query: z.string(),
  at: z.union([z.string(), z.tuple([z.number(), z.number(), z.number()]).readonly()]),
  backwards: z.boolean(),
  /** Empty pages still to come before the next events. */
  empty: z.number(),
  serial: z.number(),
  /** Milliseconds since the epoch. */
  issued: z.number(),
});

export type Cursor = z.infer<typeof cursorSchema>;

export interface Tokens {
  issue(query: unknown, at: Cursor["at"], options?: { backwards?: boolean; empty?: number }): string;
  /** @throws ServiceError InvalidParameterException for a token that is no token, is too old, or is of another query. */
  read(token: string, query: unknown): Cursor;
  /** True once for each token that is to be repeated. */
  shouldRepeat(token: string, cursor: Cursor, every: number): boolean;
}

/** Tokens hold all that they stand for, and expire after `lifeMs`. */
export function createTokens({ clock, lifeMs }: { clock: () => number; lifeMs: number }): Tokens {
  let serial = 0;
  const repeated = new Set<string>();
  return {
    issue: (query, at, { backwards = false, empty = 0 } = {}) => {
      serial += 1;
      const cursor: Cursor = { query: digest(query), at, backwards, empty, serial, issued: clock() };
      return Buffer.from(JSON.stringify(cursor)).toString("base64url");
    },
    read: (token, query) => {
      const cursor = decode(token);
      if (cursor === undefined || cursor.query !== digest(query) || clock() - cursor.issued > lifeMs)
        throw invalid("The specified nextToken is invalid.");
      return cursor;
    },
    shouldRepeat: (token, cursor, every) => {
      if (every === 0 || cursor.serial % every !== 0 || repeated.has(token)) return false;
      repeated.add(token);
      return true;
    },
  };
}

function decode(token: string): Cursor | undefined {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(token, "base64url").toString("utf8")));
  } catch {
    return undefined;
  }
}

function digest(query: unknown): string {
  return createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 16);
}
