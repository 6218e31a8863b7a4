import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { parseFilterPattern } from "../../src/log/filter-pattern.ts";

function failureOf(pattern: string): Failure {
  try {
    parseFilterPattern(pattern);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error(`'${pattern}' was accepted`);
}

describe("what a filter pattern is refused for", () => {
  it.each([
    ['{ ($.status = 500 && $.path = "/pay" }', "expected ')' at position 38."],
    ["{ $.status = 500", "expected '&&', '||' or '}' at position 17."],
    ["{ status = 500 }", "expected a property such as '$.name' at position 3."],
    ["{ $status = 500 }", "expected '.' behind '$' at position 4."],
    ["{ $.a }", "expected an operator (= != > < >= <=), 'IS' or 'NOT EXISTS' at position 7."],
    ["{ $.a EXISTS }", "expected an operator (= != > < >= <=), 'IS' or 'NOT EXISTS' at position 7."],
    ["{ $.a IS NOT NULL }", "expected 'NULL', 'TRUE' or 'FALSE' at position 10."],
    ["{ $.a NOT NULL }", "expected 'EXISTS' at position 11."],
    ["{ $.a > high }", "expected a number behind '>' at position 9."],
    ["{ $.a = }", "expected a value at position 9."],
    ["{ $.a = x/y }", "'/' needs quotation marks around the value at position 10."],
    ["{ $.a[x] = 1 }", "expected an index, '*' or a quoted name at position 7."],
    ["{ $.a[0 = 1 }", "expected ']' at position 8."],
    ["{ $.@t = 1 }", "expected a property's name at position 5."],
    ["{ $.a[*].b[*] = 1 }", "more than one wildcard in a selector at position 3."],
    [
      "{ $.a[*]=1 || $.b[*]=1 || $.c[*]=1 || $.*=1 }",
      "more than 3 wildcard selectors in the pattern at position 1.",
    ],
    ["{ $.a=%a% || $.b=%b% || $.c=%c% }", "more than 2 regular expressions in the pattern at position 1."],
    ["{ $.a = 1 } ERROR", "expected the end of the pattern at position 13."],
    ["[a, b", "expected ',' or ']' at position 6."],
    ["[a,, b]", "expected a field's name or '...' at position 4."],
    ["[a = 4* && b > 1]", "expected the field 'a' again at position 12."],
    ["[a = %x%, b = %y%, c = %z%]", "more than 2 regular expressions in the pattern at position 1."],
    ['ERROR "never closed', "the quotation mark is never closed at position 7."],
    ["ERROR -", "expected a term at position 8."],
    ["ERROR ? x", "expected a term at position 8."],
    ['"a""b"', "expected a space at position 4."],
    ["GET /pay", "a term with '/' needs quotation marks at position 5."],
    ["%never closed", "the '%' that opens a regular expression is never closed at position 1."],
    ["%%", "the regular expression is empty at position 1."],
    ["%(a|b)%", "a regular expression cannot hold '(' at position 2."],
    ["%a b%", "a regular expression cannot hold ' ' at position 3."],
    ["%wow!%", "a regular expression cannot hold '!' at position 5."],
    ["%straße%", "a regular expression cannot hold 'ß' at position 6."],
    ["%*a%", "nothing to repeat before '*' at position 2."],
    ["%a**%", "nothing to repeat before '*' at position 4."],
    ["%a{x}%", "expected a repetition such as '{2}', '{2,}' or '{2,5}' at position 3."],
    ["%a{3,1}%", "the repetition's bounds are the wrong way round at position 3."],
    ["%a{400}b{400}%", "the regular expression repeats more than 500 characters at position 1."],
    ["%[a-z%", "'[' is never closed at position 2."],
    ["%[z-a]%", "this range of characters is not one at position 3."],
    ["%(?=x)%", "a regular expression cannot hold '(' at position 2."],
    ["%(a)\\1%", "a regular expression cannot hold '(' at position 2."],
    ["%a\\1%", "unknown escape at position 3."],
    ["%\\bword%", "unknown escape at position 2."],
    ["%\\x4%", "expected two hexadecimal digits at position 4."],
  ])("%s: %s", (pattern, problem) => {
    const failure = failureOf(pattern);
    expect(failure.code).toBe("invalid-filter");
    expect(failure.message).toBe(`Invalid filter pattern: ${problem}`);
  });

  it("shows the pattern with a caret under the position", () => {
    expect(failureOf("{ $.a IS NOT NULL }").hint).toBe(
      "'IS NOT' does not exist.\n{ $.a IS NOT NULL }\n         ^",
    );
  });

  it("keeps the caret in place where the pattern is long, or has line breaks", () => {
    const [pattern, caret] = failureOf(`${"term ".repeat(50)}a\n/b ${"term ".repeat(50)}`)
      .hint?.split("\n")
      .slice(1) ?? [""];
    expect(pattern?.length).toBeLessThan(80);
    expect(pattern?.charAt(caret?.indexOf("^") ?? -1)).toBe("/");
  });

  it("says how a term is quoted and how a character is written", () => {
    expect(failureOf("user@example").hint).toContain('Write "user@example".');
    expect(failureOf("%a(b%").hint).toContain("Write it as '\\x28'.");
  });

  it("refuses more than 1024 characters", () => {
    expect(parseFilterPattern("x".repeat(1024)).kind).toBe("terms");
    expect(failureOf("x".repeat(1025)).message).toBe("Invalid filter pattern: it has 1025 characters.");
  });
});

describe("any text at all", () => {
  const fragments = fc.constantFrom(
    ..."{ } [ ] ( ) % \" ' \\ ? - * = != > && || $ . , ... $.a $.a[0] IS NULL NOT EXISTS 1 x ERROR \\x41 ^ + {2}".split(
      " ",
    ),
    " ",
    "é",
    "\u{1f600}",
    "\n",
  );
  const pattern = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join("")),
    fc.array(fragments, { maxLength: 30 }).map((parts) => `{${parts.join(" ")}}`),
    fc.array(fragments, { maxLength: 30 }).map((parts) => `%${parts.join("")}%`),
  );

  it("is parsed or refused with a position inside it, never a crash", () => {
    fc.assert(
      fc.property(pattern, (text) => {
        try {
          parseFilterPattern(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
          const position = / position (\d+)\.$/.exec((thrown as Failure).message)?.[1];
          expect(Number(position)).toBeGreaterThanOrEqual(1);
          expect(Number(position)).toBeLessThanOrEqual(text.length + 1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("nests as deep as a pattern can be long", () => {
    expect(parseFilterPattern(`{${"(".repeat(505)}$.a=1${")".repeat(505)}}`).kind).toBe("json");
  });
});
