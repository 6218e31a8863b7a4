import fc from "fast-check";
import { expect, test } from "vitest";
import { inferLevel, parseLevel } from "../../src/log/level.ts";

test.each([
  ["trace", "verbose VERBOSE Trace V finer FINEST"],
  ["debug", "debug D DBG dbug Fine FINE DEBUG5"],
  ["info", "INFO Information informational notice I i 30 inf"],
  ["warn", "warn WARNING Warning W wrn 40 wArNiNg"],
  ["error", "error E err ERR severe SEVERE 50"],
  ["fatal", "fatal crit CRITICAL alert emerg Emergency panic 60 F"],
])("%s is what %s mean", (level, words) => {
  for (const word of words.split(" ")) expect([word, parseLevel(word)]).toEqual([word, level]);
});

test.each(["", "hello", "errors", "3", "5", "100", "99", "constructor", "__proto__", "x".repeat(1_000)])(
  "%j names no level",
  (word) => {
    expect(parseLevel(word)).toBeUndefined();
  },
);

test.each([
  ["unhandled exception in handler", "error"],
  ["java.lang.NullPointerException: x", "error"],
  ["TypeError: x is not a function", "error"],
  ["Job FAILED after 3 tries", "error"],
  ["connect: connection refused", "error"],
  ["request timed out", "error"],
  ["Traceback (most recent call last):", "error"],
  ["unable to open file", "error"],
  ["permission denied", "error"],
  ["pool exhausted", "error"],
  ["error=refused", "error"],
  ['{"error":"refused"}', "error"],
  ["errors: 3", "error"],
  ["Error: x", "error"],
  ["0 warnings, 2 errors", "error"],
  ["panic: runtime error", "fatal"],
  ["Out of memory: Killed process 7", "fatal"],
  ["container was OOMKilled", "fatal"],
  ["Warning: disk at 91%", "warn"],
  ["option is deprecated", "warn"],
  ['"GET /a HTTP/1.1" 503 12', "error"],
  ['"GET /a HTTP/2" 404 12', "warn"],
  ["status=500 path=/a", "error"],
  ["thread 'main' panicked at src/main.rs:4:5", "fatal"],
  ["process exited with code 3", "error"],
  ["worker exit code: 137", "error"],
  ["child exited with status 0", undefined],
  ['{"statusCode": 429}', "warn"],
] as const)("%s speaks of %2$s", (body, level) => {
  expect(inferLevel(body)).toBe(level);
});

test.each([
  "",
  "started in 5 ms",
  "0 errors",
  "no error",
  "No errors found",
  "finished without failure",
  "finished without any errors",
  "error=null",
  "error=",
  "errors: 0",
  "errors=0 warnings=0",
  'error_count":0',
  '{"error":null}',
  '{"error": ""}',
  '{"failed":false}',
  "failed 0, passed 7",
  "wrote /var/log/error.log",
  "GET /errors",
  "errorHandler installed",
  "terror and mirrors",
  "error-free",
  '"GET /failed HTTP/1.1" 200 12',
  "status=200",
  "status=5000",
])("%s speaks of nothing bad", (body) => {
  expect(inferLevel(body)).toBeUndefined();
});

test("the worst word counts, wherever it stands", () => {
  const words = fc.shuffledSubarray(["warning", "failed", "panic"], { minLength: 1 });
  fc.assert(
    fc.property(words, (chosen) => {
      const worst = chosen.includes("panic") ? "fatal" : chosen.includes("failed") ? "error" : "warn";
      expect(inferLevel(`x ${chosen.join(" y ")} z`)).toBe(worst);
    }),
  );
});

test("case does not matter", () => {
  fc.assert(
    fc.property(fc.mixedCase(fc.constantFrom("timed out", "refused", "traceback")), (word) => {
      expect(inferLevel(`it ${word} now`)).toBe("error");
    }),
  );
});
