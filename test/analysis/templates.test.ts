import fc from "fast-check";
import { expect, test } from "vitest";
import { createDigest } from "../../src/analysis/digest.ts";
import { matchesTemplate } from "../../src/analysis/match.ts";
import { createParse, parseText } from "../../src/analysis/tokens.ts";
import { eventsOf } from "./events.ts";

function mask(text: string): string {
  const parse = createParse();
  parseText(text, parse);
  return parse.masked;
}

function templatesOf(lines: readonly string[]): string[] {
  const digest = createDigest();
  for (const each of eventsOf(lines)) digest.add(each);
  return digest
    .summarize()
    .templates.map(({ text }) => text)
    .toSorted();
}

test.each([
  ["from 10.0.0.1 port 22", "from <*> port <*>"],
  ["from 10.0.0.1:8080 to fe80::1c2b:3dff", "from <*> to <*>"],
  ["block blk_-1608999687919862906 done", "block blk_<*> done"],
  ["read workers2.properties", "read workers<*>.properties"],
  ["order 1ab2c3d4-0011-4a2b-8c3d-0123456789ab shipped.", "order <*> shipped."],
  ["GET https://shop.example/a?b=c 200", "GET <*> <*>"],
  ["open /var/log/app-1.log: denied", "open <*>: denied"],
  ["at Sat Jul  9 12:16:52 2005 from x", "at <*> from x"],
  ["took 45ms, used 12.5MB", "took <*>, used <*>"],
  ["at 0x00004ed8 deadbeef01", "at <*> <*>"],
  ["rhost=  user=", "rhost= user="],
  ["ids [1, 2, 3,4]", "ids [<*>]"],
  ["hosts bn654 bn655 bn656 bn657", "hosts bn<*>"],
  ["literal <*> stays one wildcard", "literal <*> stays one wildcard"],
  ["  white \t space  ", "white space"],
  ["the add and bed words", "the add and bed words"],
  ["v2.app.Container", "v<*>.app.Container"],
])("%s", (text, masked) => {
  expect(mask(text)).toBe(masked);
});

test("any text is matched by its masked form, and masking is bounded", () => {
  const part = fc.constantFrom(
    "10.0.0.1",
    "a:b",
    "::",
    "(",
    ")",
    "[]",
    '""',
    "=",
    " ",
    "  ",
    "Jul 9",
    "/x/y",
    "http://",
    "<*>",
    "f00",
    "-1",
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(part, fc.string(), fc.string({ unit: "binary" })), { maxLength: 40 }),
      (parts) => {
        const text = parts.join("");
        expect(matchesTemplate(mask(text), text)).toBe(true);
      },
    ),
  );
  expect(mask("a ".repeat(100_000)).length).toBeLessThan(5000);
});

test("methods of HTTP, classes of errors and states are told apart", () => {
  const requests = ["GET", "POST", "PUT", "PATCH", "DELETE"].flatMap((method) => [
    `"${method} /a/1" 200`,
    `"${method} /b/2" 500`,
  ]);
  expect(templatesOf(requests)).toHaveLength(5);
  const errors = ["IOException", "TimeoutException", "NullPointerException", "SQLException", "EOFException"];
  expect(templatesOf(errors.map((name) => `job failed with ${name}`))).toHaveLength(5);
  const states = ["started", "stopped", "paused", "resumed", "deleted"];
  expect(templatesOf(states.map((state) => `container <1> was ${state} today`))).toHaveLength(5);
});

test("names vary, even at the beginning if there are many", () => {
  expect(templatesOf(["no route to host alpha", "no route to host beta", "no route to host gamma"])).toEqual([
    "no route to host <*>",
  ]);
  const words = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(4));
  expect(templatesOf(words.map((word) => `${word} logged in again`))).toEqual(["<*> logged in again"]);
});

test("short texts of many kinds are not thrown together", () => {
  const verbs = ["open", "close", "read", "write", "flush", "sync"];
  const nouns = ["cache", "index", "journal", "ledger", "socket", "volume"];
  const lines = verbs.flatMap((verb) => nouns.map((noun) => `${verb} ${noun}`));
  expect(templatesOf(lines)).toEqual(verbs.map((verb) => `${verb} <*>`).toSorted());
});

test("lists of unequal length and values of unequal shape are one template, with what they held", () => {
  const lines = [
    "synced to 10.0.0.1",
    "synced to 10.0.0.2",
    "synced to LOCAL(0)",
    "synced to 10.0.0.1 10.0.0.2",
  ];
  const digest = createDigest();
  for (const each of eventsOf(lines)) digest.add(each);
  const [template, ...others] = digest.summarize().templates;
  expect(others).toEqual([]);
  expect(template).toMatchObject({ text: "synced to <*>", count: 4 });
  expect(template?.parameters[0]?.distinct).toBe(4);
});

test("a wildcard never swallows words that say something", () => {
  const lines = [
    "failed password for root7 from 10.0.0.1",
    "failed password for invalid user root7 from 10.0.0.1",
    "failure; rhost=10.0.0.1",
    "failure; rhost=10.0.0.1 user=7",
  ];
  expect(templatesOf(lines)).toHaveLength(4);
});

test("of JSON the message counts, with the fields that tell more", () => {
  const lines = [1, 2, 3].map((i) =>
    JSON.stringify({ time: i, msg: `order ${i} rejected`, err: "no stock", pid: i }),
  );
  expect(templatesOf(lines)).toEqual(["order <*> rejected err=no stock"]);
  const trace = JSON.stringify({ message: "it broke\n\tat a.b.C\nCaused by: x.BadException: 1" });
  expect(templatesOf([trace])).toEqual(["it broke Caused by: x.BadException"]);
});
