import fc from "fast-check";
import { expect, test } from "vitest";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { sanitizeStream } from "../../src/sanitize/stream.ts";

const sanitizer = createSanitizer();
const { signal } = new AbortController();

const key = (lines: number) =>
  [
    "-----BEGIN RSA PRIVATE KEY-----",
    ...Array.from({ length: lines }, (_, at) => `${at}`.padStart(4, "A").padEnd(64, "MIIEpAIBAAKCAQEA7bq3")),
    "-----END RSA PRIVATE KEY-----",
  ].join("\n");

async function* inPieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function sanitizeInPieces(text: string, size: number, options: { chunk: number; margin: number }) {
  let whole = "";
  let pieces = 0;
  for await (const { text: part } of sanitizeStream(inPieces(text, size), sanitizer, signal, options)) {
    whole += part;
    pieces += 1;
  }
  return { whole, pieces };
}

const line = fc.oneof(
  fc.constantFrom(
    "2026-03-12T01:00:00Z INFO request served",
    "mail bob@example.com from 10.1.2.3",
    "password=hunter2secret user=bob",
    "",
    '{"token":"ghp_0123456789abcdefghijABCDEFGHIJ012345"}',
  ),
  fc.integer({ min: 1, max: 12 }).map(key),
);

test("gives what the sanitiser gives of the whole text, wherever it is parted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 60 }),
      fc.integer({ min: 1, max: 400 }),
      async (lines, size) => {
        const text = lines.join("\n");
        const { whole } = await sanitizeInPieces(text, size, { chunk: 900, margin: 1200 });
        expect(whole).toBe(sanitizer.sanitize(text).text);
      },
    ),
    { numRuns: 60 },
  );
});

test("gives long text in parts, and never a part of a key", async () => {
  const text = `${"fine line\n".repeat(500)}${key(25)}\n`.repeat(20);
  const { whole, pieces } = await sanitizeInPieces(text, 4096, { chunk: 16_384, margin: 8_192 });
  expect(pieces).toBeGreaterThan(3);
  expect(whole).toBe(`${"fine line\n".repeat(500)}[PRIVATE_KEY_REDACTED]\n`.repeat(20));
});

test("holds a line without an end until it is whole", async () => {
  const text = `${"x".repeat(5000)} bob@example.com ${"y".repeat(5000)}`;
  const { whole, pieces } = await sanitizeInPieces(text, 100, { chunk: 1000, margin: 100 });
  expect(pieces).toBe(1);
  expect(whole).toContain(" [EMAIL_REDACTED] ");
});
