import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonValue, sanitizeDeep } from "../../src/sanitize/deep.ts";
import { createSanitizer, UNREADABLE } from "../../src/sanitize/sanitizer.ts";

const sanitizer = createSanitizer();
const clean = (value: JsonValue) => sanitizeDeep(value, sanitizer).value;

describe("sanitizeDeep", () => {
  test("replaces in strings and keys, and counts", () => {
    const value = { "jane@corp.example.com": ["from 10.1.2.3", 42, true, null] };
    expect(sanitizeDeep(value, sanitizer)).toEqual({
      value: { "[EMAIL_REDACTED]": ["from [IP_REDACTED]", 42, true, null] },
      counts: { email: 1, ipv4: 1 },
    });
  });

  test("keeps both members when two keys become the same", () => {
    expect(clean({ "a@x.example.com": 1, "b@x.example.com": 2 })).toEqual({
      "[EMAIL_REDACTED]": 1,
      "[EMAIL_REDACTED] (2)": 2,
    });
  });

  test("a key gives its value's context", () => {
    expect(clean({ password: "hunter2", user: "bob" })).toEqual({
      password: "[API_KEY_REDACTED]",
      user: "bob",
    });
    expect(clean({ db: { passwords: ["hunter2", "letmein9"] } })).toEqual({
      db: { passwords: ["[API_KEY_REDACTED]", "[API_KEY_REDACTED]"] },
    });
    expect(clean({ ssn: 417382265, count: 417382265 })).toEqual({ ssn: "[SSN_REDACTED]", count: 417382265 });
    expect(clean({ name: "DB_PASSWORD", value: "hunter2" })).toEqual({
      name: "DB_PASSWORD",
      value: "[API_KEY_REDACTED]",
    });
    expect(clean([["Authorization", "Basic dXNlcjpwYXNz"]])).toEqual([
      ["Authorization", "Basic [TOKEN_REDACTED]"],
    ]);
  });

  test("finds a private key that is spread over the items of a list", () => {
    const line = "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun";
    const value = ["start", "-----BEGIN PRIVATE KEY-----", line, line, "-----END PRIVATE KEY-----", "stop"];
    const text = JSON.stringify(clean(value));
    expect(text).not.toContain(line.slice(0, 20));
    expect(clean({ events: value.map((message) => ({ id: "e1", message })) })).toEqual({
      events: [
        { id: "e1", message: "start" },
        ...["", "", "", ""].map(() => ({ id: "e1", message: "[PRIVATE_KEY_REDACTED]" })),
        { id: "e1", message: "stop" },
      ],
    });
  });

  test("refuses what is nested without end, and a member called __proto__ stays a member", () => {
    let deep: JsonValue = "a@x.example.com";
    for (let level = 0; level < 5000; level++) deep = [deep];
    expect(JSON.stringify(clean(deep))).toContain(UNREADABLE);
    const parsed: JsonValue = JSON.parse('{"__proto__":"a@x.example.com"}');
    expect(JSON.stringify(clean(parsed))).toBe('{"__proto__":"[EMAIL_REDACTED]"}');
  });

  test.each([
    "2026-03-12T00:00:00.000Z",
    "2026-03-12T04:00:00.000Z",
    "2026-03-12T05:47:13.123+05:30",
    "2026-03-12 19:38:24,567",
  ])("leaves the time %s, also where a key could stand", (time) => {
    const rows = [{ key: time, count: 7671 }];
    expect(sanitizeDeep(rows, sanitizer)).toEqual({ value: rows, counts: {} });
    expect(sanitizeDeep([{ key: `${time}ab9X` }], sanitizer).counts).not.toEqual({});
  });

  test("leaves ordinary results of tools as they are", () => {
    const value = {
      context_id: "c1",
      ledger: { matched: 120, returned: 100, window: ["2026-02-17T09:00:00Z", "2026-02-17T10:00:00Z"] },
      next_token: null,
      events: [{ ref: "e1", group: "/aws/lambda/auth", level: "error", message: "timeout after 30417 ms" }],
    };
    expect(sanitizeDeep(value, sanitizer)).toEqual({ value, counts: {} });
  });

  test("never throws, keeps the JSON's outline, and a second pass changes nothing", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        "hunter2",
        "a@x.example.com",
        "10.1.2.3",
        "password",
        "token",
        "value",
        "name",
        '"',
        "\\",
      ),
    );
    const json = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(text, tie("value"), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const once = sanitizeDeep(value, sanitizer);
        expect(Array.isArray(once.value)).toBe(Array.isArray(value));
        expect(sanitizeDeep(once.value, sanitizer)).toEqual({ value: once.value, counts: {} });
      }),
      { numRuns: 1000 },
    );
  });
});
