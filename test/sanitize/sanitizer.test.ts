import { describe, expect, test } from "vitest";
import { RULES } from "../../src/sanitize/rules.ts";
import { createSanitizer, describeCounts, UNREADABLE } from "../../src/sanitize/sanitizer.ts";

const sanitizer = createSanitizer();
const clean = (text: string) => sanitizer.sanitize(text).text as string;

describe("createSanitizer", () => {
  test("replaces an address and reports it by rule", () => {
    expect(sanitizer.sanitize("Contact user@example.com for help")).toEqual({
      text: "Contact [EMAIL_REDACTED] for help",
      counts: { email: 1 },
    });
  });

  test("keeps the host of an address with a password", () => {
    expect(clean("connect postgres://svc:Tr0ub4dor@db.internal:5432/app")).toBe(
      "connect postgres://[user]:[PASSWORD_REDACTED]@db.internal:5432/app",
    );
  });

  test("leaves out a rule that is switched off", () => {
    const some = createSanitizer({ disabled: ["email"] });
    expect(some.sanitize("a@example.com from 10.1.2.3").text).toBe("a@example.com from [IP_REDACTED]");
  });

  test("applies a rule of the user's own", () => {
    const custom = [{ name: "badge", pattern: /BADGE-\d{4}/, replacement: "[BADGE]" }];
    expect(createSanitizer({ custom }).sanitize("by BADGE-1234")).toEqual({
      text: "by [BADGE]",
      counts: { badge: 1 },
    });
  });

  test("does not touch the replacements of a rule of the user's own", () => {
    const custom = [{ name: "host", pattern: /web-\d+/, replacement: "<host 10.1.2.3>" }];
    const once = createSanitizer({ custom }).sanitize("from web-7");
    expect(once.text).toBe("from <host 10.1.2.3>");
    expect(createSanitizer({ custom }).sanitize(once.text).counts).toEqual({});
  });

  test("refuses the whole text when a rule of the user's own runs away", () => {
    const custom = [{ name: "slow", pattern: /(a+)+$/, replacement: "[SLOW]" }];
    expect(createSanitizer({ custom }).sanitize(`${"a".repeat(64)}!`).text).toBe(UNREADABLE);
  });
});

describe("describeCounts", () => {
  test("adds rules with one label together", () => {
    expect(describeCounts({ email: 3, ipv4: 4, ipv6: 1, bearer_token: 4 })).toBe(
      "12 items redacted (3 emails, 5 IPs, 4 tokens)",
    );
  });

  test("has nothing to say about nothing", () => {
    expect(describeCounts({})).toBe("");
  });
});

test("has the twelve rules", () => {
  expect(RULES).toHaveLength(12);
});
