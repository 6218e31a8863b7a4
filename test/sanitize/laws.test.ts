import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { viewOf } from "../../src/sanitize/normalize.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { cutOut, mergeSpans, type Span } from "../../src/sanitize/spans.ts";

const sanitizer = createSanitizer();
const clean = (text: string): string => sanitizer.sanitize(text).text;

const BODY = "q7Rk2VnX9bTz4LmW8cYs6HdJ3fGp5AvE1uKo";
const SECRETS: Readonly<Record<string, string>> = {
  email: "jane.doe@corp.example.com",
  ipv4: "203.0.113.77",
  ipv6: "2001:db8:77::4c1f:9a20",
  credit_card: "4111111111111111",
  ssn: "417-38-2265",
  phone_us: "(212) 555-0187",
  aws_access_key: `AKIA${"Q3XZ7NPTL5WVJ2RD"}`,
  generic_api_key: `ghp${"_"}${BODY}`,
  bearer_token: `Bearer ${BODY}`,
  url_password: "postgres://svc:Tr0ub4dor@db/app",
};
/** The part of each that must not be seen again. */
const CORE: Readonly<Record<string, string>> = { ...SECRETS, bearer_token: BODY, url_password: "Tr0ub4dor" };

/** Pieces of what logs and attackers are made of. */
const piece = fc.oneof(
  fc.constantFrom(
    ..."@:/.-_=&?%\\\"'<>[](){},; \t\n|#$~+*",
    "://",
    "\\n",
    '\\"',
    "%40",
    "\u001b[31m",
    "\u200b",
  ),
  fc.constantFrom(
    "password=",
    "token: ",
    "key",
    '"secret":"',
    "Bearer ",
    "Cookie: ",
    "kind: Secret\n",
    "-----BEGIN ",
  ),
  fc.constantFrom(
    "PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "[EMAIL_REDACTED]",
    "://[user]:[PASSWORD_REDACTED]@",
  ),
  fc.constantFrom(...Object.values(SECRETS)),
  fc.constantFrom(
    "2026-02-17T21:40:03.118Z",
    "0c9b1f7e-52ad-4e86-b3f1-7a90d2e4c615",
    "ERROR",
    "1.2.3",
    "v1.2.3.4",
  ),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const logText = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));

describe("the sanitiser", () => {
  test("never throws, and a second pass changes nothing", () => {
    fc.assert(
      fc.property(logText, (text) => {
        const once = sanitizer.sanitize(text);
        const twice = sanitizer.sanitize(once.text);
        expect(twice.text).toBe(once.text);
        expect(twice.counts).toEqual({});
      }),
      { numRuns: 3000 },
    );
  });

  test("changes nothing outside of what it replaces", () => {
    fc.assert(
      fc.property(logText, (text) => {
        let from = 0;
        for (const part of clean(text).split(/:\/\/\[user\]:\[PASSWORD_REDACTED\]@|\[[A-Z_]+_REDACTED\]/)) {
          const at = text.indexOf(part, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + part.length;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("reports something if and only if it changes something", () => {
    fc.assert(
      fc.property(logText, (text) => {
        const { text: cleaned, counts } = sanitizer.sanitize(text);
        expect(Object.keys(counts).length > 0).toBe(cleaned !== text);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(Object.keys(SECRETS))("finds %s wherever it stands", (rule) => {
    const secret = SECRETS[rule] ?? "";
    const around = fc.constantFrom(
      " ",
      "\n",
      '"',
      "'",
      "(",
      ")",
      "<",
      ">",
      ", ",
      "; ",
      "\t",
      "|",
      "\\n",
      "\u001b[0m",
    );
    const words = fc.array(fc.constantFrom("failed", "at", "ERROR", "took 12ms", "user", "{", "}", "200"), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, around, around, words, (before, left, right, after) => {
        const text = `${before.join(" ")}${left}${secret}${right}${after.join(" ")}`;
        expect(clean(text)).not.toContain(CORE[rule]);
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.keys(SECRETS))("finds %s with invisible characters in it", (rule) => {
    const secret = SECRETS[rule] ?? "";
    const hidden = fc.constantFrom(
      "\u200b",
      "\u00ad",
      "\u2060",
      "\u202e",
      "\ufeff",
      "\u001b[1m",
      "\u{e0041}",
      "\u0000",
    );
    fc.assert(
      fc.property(fc.nat({ max: secret.length - 1 }), hidden, (at, char) => {
        const cleaned = clean(`x ${secret.slice(0, at)}${char}${secret.slice(at)} y`);
        expect(viewOf(cleaned).text).not.toContain(CORE[rule]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("spans", () => {
  const span = fc
    .tuple(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom("a", "b", "c"))
    .map(([start, length, rule]): Span => ({ start, end: start + length, rule }));
  const options = { rankOf: (rule: string) => "abc".indexOf(rule), structural: () => false };
  const covers = (spans: readonly { start: number; end: number }[], at: number) =>
    spans.some((one) => at >= one.start && at < one.end);
  const isSorted = (spans: readonly Span[]) =>
    spans.every((one, place) => place === 0 || one.start >= (spans[place - 1]?.end ?? 0));

  test("cover after merging just what they covered before, and never overlap", () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
        const merged = mergeSpans(spans, options);
        expect(isSorted(merged)).toBe(true);
        for (let at = 0; at < 90; at++) expect(covers(merged, at)).toBe(covers(spans, at));
      }),
    );
  });

  test("lose just the holes that are cut out", () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), fc.array(span, { maxLength: 4 }), (spans, others) => {
        const merged = mergeSpans(spans, options);
        const holes = mergeSpans(others, options);
        const cut = cutOut(merged, holes);
        expect(isSorted(cut)).toBe(true);
        for (let at = 0; at < 90; at++)
          expect(covers(cut, at)).toBe(covers(merged, at) && !covers(holes, at));
      }),
    );
  });
});

test("a view maps every range back to one that covers the same characters", () => {
  fc.assert(
    fc.property(logText, fc.nat(), fc.nat(), (text, one, other) => {
      const view = viewOf(text);
      const length = view.text.length;
      if (length === 0) return;
      const start = Math.min(one % length, other % length);
      const end = Math.max(one % length, other % length) + 1;
      const range = view.toOriginal(start, end);
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeLessThanOrEqual(text.length);
      expect(range.end).toBeGreaterThan(range.start);
      expect(viewOf(text.slice(range.start, range.end)).text).toContain(view.text.slice(start, end));
    }),
    { numRuns: 500 },
  );
});
