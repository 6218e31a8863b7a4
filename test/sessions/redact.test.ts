import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import { createRedactor, redactLedger } from "../../src/sessions/redact.ts";
import { makeEvent } from "../agent/shop.ts";
import { KEY_LINES, SECRETS } from "./secrets.ts";

const cleanOne = (event: LogEvent): LogEvent => createRedactor().events([event])[0] ?? event;

const plain = fc.constantFrom(
  "2026-03-12T02:47:00.123Z ",
  "ERROR ",
  "[worker-3] ",
  "request_id=0c9b1f7e-52ad-4e86-b3f1-7a90d2e4c615 ",
  "user=jane@corp.example.com ",
  "from 203.0.113.77 ",
  "paid with 4111111111111111 ",
  "ünïcode 🦊 ",
  "{",
  '"msg":"',
  '"} ',
);
const secret = fc.constantFrom(...SECRETS.map(({ text }) => `${text} `));
const pieces = fc.array(fc.oneof({ weight: 3, arbitrary: plain }, secret), { maxLength: 6 });
const text = pieces.map((all) => all.join(""));

describe("an event as it is kept", () => {
  test("holds no credential, and its text still begins where it began", () => {
    fc.assert(
      fc.property(text, text, (head, body) => {
        const event = makeEvent("api.log", 1, head + body, { bodyStart: head.length });
        const kept = cleanOne(event);
        for (const { core } of SECRETS) expect(kept.message).not.toContain(core);
        expect(kept.bodyStart).toBeLessThanOrEqual(kept.message.length);
        const redactor = createRedactor();
        const isCut = redactor.text(head) + redactor.text(body) !== kept.message;
        if (isCut) return;
        expect(kept.message.slice(0, kept.bodyStart)).toBe(redactor.text(head));
        expect(kept.message.slice(kept.bodyStart)).toBe(redactor.text(body));
      }),
      { numRuns: 1000 },
    );
  });

  test("is the very same where there is nothing to take out; personal data stays", () => {
    const event = makeEvent(
      "api.log",
      1,
      "mail to jane@corp.example.com from 203.0.113.77, card 4111111111111111",
    );
    expect(cleanOne(event)).toBe(event);
  });

  test.each([
    ["the header", "token=9f8e7d6c5b4a39281706 it fails", 27, "it fails"],
    ["the text", "ERROR password=hunter2 it fails", 6, "password=[API_KEY_REDACTED] it fails"],
    ["both", "password=hunter2 password=hunter3 it fails", 17, "password=[API_KEY_REDACTED] it fails"],
    ["what lies across the border", "ERROR password=hunter2 it fails", 15, "[API_KEY_REDACTED] it fails"],
  ])("knows its text where a credential is in %s", (_, message, bodyStart, body) => {
    const kept = cleanOne(makeEvent("api.log", 1, message, { bodyStart }));
    expect(kept.message.slice(kept.bodyStart)).toBe(body);
  });

  test("keeps its id and the names of group and stream, unless they hold a credential", () => {
    const names = {
      id: "31132629274945519779805322857203735586714454643391594505",
      group: "/aws/lambda/checkout-prod",
      stream: "2026/03/12/[$LATEST]0c9b1f7e52ad4e86b3f17a90d2e4c615",
    };
    expect(cleanOne(makeEvent("x", 1, "password=hunter2", names))).toMatchObject(names);
    const bad = {
      id: "api.log?password=hunter2",
      group: "redis://:s3cr3t@cache",
      stream: "password=hunter2",
    };
    expect(JSON.stringify(cleanOne(makeEvent("x", 1, "fine", bad)))).not.toMatch(/hunter2|s3cr3t/);
  });

  test("is looked at among its neighbours: a private key may be spread over them", () => {
    const lines = ["-----BEGIN PRIVATE KEY-----", ...KEY_LINES, "-----END PRIVATE KEY-----"];
    const events = lines.map((line, index) => makeEvent("api.log", index, line));
    const redactor = createRedactor();
    const kept = redactor.events(events);
    const again = redactor.events(events.slice(1, 2));
    for (const line of KEY_LINES) expect(JSON.stringify([kept, again])).not.toContain(line);
    expect(kept).toHaveLength(lines.length);
    expect(again[0]).toBe(kept[1]);
  });
});

describe("an address", () => {
  const redactor = createRedactor();
  test.each([
    "https://console.example/logs?filter=password%3Dhunter2",
    "https://console.example/logs?filter=password%253Dhunter2",
    "https://console.example/logs$3FfilterPattern$3Dpassword$253Dhunter2",
    "https://console.example/logs-insights?query~'filter*20password*3dhunter2",
    "https://jane:hunter2@console.example/",
  ])("goes where a credential is in it: %s", (url) => {
    expect(redactor.link(url)).toBeUndefined();
    expect(redactor.json({ link: url, groups: [{ link: url }] })).toEqual({ groups: [{}] });
  });

  test.each([
    "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fcheckout/log-events$3Fstart$3D1741744800000$26end$3D1741748400000$26filterPattern$3DERROR",
    "https://console.example/logs?filter=%3FERROR%20%3FWARN",
  ])("stays where none is: %s", (url) => {
    expect(redactor.link(url)).toBe(url);
    expect(redactor.json({ link: url })).toEqual({ link: url });
  });
});

test("a ledger's filter, names and notices hold none, its counts stay", () => {
  const kept = redactLedger(
    {
      source: "local",
      groups: ["api.log", "redis://:s3cr3t@cache"],
      window: { start: 1, end: 2 },
      filter: '"password=hunter2"',
      matched: 12,
      returned: 3,
      analysed: 12,
      scannedBytes: 900,
      link: "https://console.example/?f=password%3Dhunter2",
      notices: [{ kind: "truncated", text: "Cut at password=hunter2", group: "api.log" }],
    },
    createRedactor(),
  );
  expect(JSON.stringify(kept)).not.toMatch(/hunter2|s3cr3t/);
  expect(kept).toMatchObject({ matched: 12, returned: 3, analysed: 12, scannedBytes: 900 });
  expect(kept.groups[0]).toBe("api.log");
});

describe("what was a credential once", () => {
  // Of a part alone nobody can say what it is a part of.
  test.each(SECRETS.filter(({ text }) => !/PRIVATE|clone with|Basic|jwt/.test(text)))(
    "is one wherever it stands later: $core",
    ({ text, core }) => {
      const redactor = createRedactor();
      expect(redactor.text(text)).not.toContain(core);
      const [event] = redactor.events([makeEvent("api.log", 1, `INFO refused: ${core}`)]);
      const later = [
        redactor.text(`Not found: ${core}.`),
        redactor.json({ groups: [core], [core]: 1 }),
        redactor.link(`https://console.example/?q=${core}`),
        event,
      ];
      expect(JSON.stringify(later)).not.toContain(core);
      expect(JSON.stringify(later)).toContain("_REDACTED]");
    },
  );

  test("stands in a member of JSON or in an event first", () => {
    const redactor = createRedactor();
    redactor.json({ items: [{ id: 1 }, { password: "hunter2x" }] });
    redactor.events([makeEvent("api.log", 1, "ERROR login with password=marmalade9 refused")]);
    expect(redactor.text("hunter2x and marmalade9")).toBe("[API_KEY_REDACTED] and [API_KEY_REDACTED]");
  });

  test("is no word and no number: these stay where they mean something else", () => {
    const redactor = createRedactor();
    redactor.text(
      "password=marmalade token=2026 secret=true db_password='long and easy to say' Cookie: theme=dark",
    );
    const later = "marmalade at 2026-03-12, true, long and easy to say, theme=dark";
    expect(redactor.text(later)).toBe(later);
  });
});
