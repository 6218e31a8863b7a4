import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import { quoteTerm } from "../../src/log/filter-pattern.ts";

/** One case a row: pattern, what matches, what does not. */
type Case = [pattern: string, matching: string[], other: string[]];

function check(pattern: string, matching: string[], other: string[]): void {
  const filter = compileFilter(pattern);
  expect(filter.pattern).toBe(pattern);
  for (const message of matching) {
    expect([message, filter.test(message)]).toEqual([message, true]);
    for (const text of filter.required) expect(message).toContain(text);
  }
  for (const message of other) expect([message, filter.test(message)]).toEqual([message, false]);
}

const TERMS: Case[] = [
  ["", ["", "anything"], []],
  ["  ", ["", "anything"], []],
  ['""', ["", "anything"], []],
  ["Exception", ["java.lang.NullPointerException: x"], ["exception"]],
  ["disk full", ["full is the disk"], ["disk empty", "full"]],
  ['"disk full"', ["the disk full again"], ["full is the disk"]],
  ["?WARN ?ERROR", ["a WARN", "an ERROR"], ["INFO"]],
  ["?WARN", ["a WARN"], ["INFO"]],
  ["?WARN disk", ["INFO disk", "WARN disk"], ["WARN"]],
  ["?WARN -disk", ["INFO"], ["WARN disk"]],
  ["-debug", ["info", ""], ["a debug line"]],
  ['-" "', [], ["", "a b"]],
  ['"say \\"hi\\" \\\\ now"', ['say "hi" \\ now'], ['say \\"hi\\" now']],
  ['"C:\\temp"', ["in C:\\temp"], ["in C:temp"]],
  ["Größe", ["die Größe"], ["die Grösse"]],
];

const REGEXES: Case[] = [
  ["%^GET%", ["GET /"], [" GET /", "x\nGET /"]],
  ["%ms$%", ["took 5ms"], ["5ms later"]],
  ["%^$%", [""], ["x"]],
  ["%a.c%", ["abc", "a€c"], ["a\nc", "ac"]],
  ["%colou?r%", ["color", "colour"], ["colouur"]],
  ["%^ab*c$%", ["ac", "abbbc"], ["abbb"]],
  ["%^ab+?c$%", ["abc", "abbc"], ["ac"]],
  ["%^a{2,3}$%", ["aa", "aaa"], ["a", "aaaa"]],
  ["%^a{2}$%", ["aa"], ["a", "aaa"]],
  ["%^a{2,}$%", ["aa", "aaaaa"], ["a"]],
  ["%^a{0,1}b{0}c$%", ["ac", "c"], ["bc", "aac"]],
  ["%^cat|dog$%", ["cats", "hotdog"], ["a cat", "dogs"]],
  ["%[0-9]{3}-\\d+%", ["tel 555-1"], ["tel 55-1"]],
  ["%^[^a-c]+$%", ["xyz", "€"], ["xay", ""]],
  ["%[]x-]%", ["]", "-", "x"], ["[", "y"]],
  ["%^\\w+\\s\\W\\S\\D$%", ["a_1 !xy"], ["a_1 xxy", "ä !xy"]],
  ["%[\\d.]+\\x20\\x28%", ["1.2 (a)"], ["1.2(a)"]],
  ["%\\.\\*\\+\\?\\[\\]\\{\\}\\|\\\\\\^\\$%", [".*+?[]{}|\\^$"], ["x"]],
  ["%a^b%", [], ["ab", "a\nb"]],
  ["%a$|^b%", ["a", "b", "xa", "bx"], ["ax", "xb"]],
  ["%|x%", ["", "y"], []],
];

const JSON_PATTERNS: Case[] = [
  [
    '{ $.level = "error" }',
    ['{"level":"error"}', ' {"level": "error"}\n', '{"level":"\\u0065rror"}', '{"l\\u0065vel":"error"}'],
    [
      '{"level":"Error"}',
      '{"level":"errors"}',
      '{"level":["error"]}',
      "{}",
      "level error",
      '["level","error"]',
      '{"level":"error"',
    ],
  ],
  ["{ $.level = error }", ['{"level":"error"}'], ['{"level":"warn"}']],
  [
    '{ $.level != "error" }',
    ['{"level":"warn"}', '{"level":1}'],
    ['{"level":"error"}', "{}", '{"level":null}', '{"level":{}}'],
  ],
  [
    '{ $.a = "*time*out" }',
    ['{"a":"a timed out"}', '{"a":"timeout"}'],
    ['{"a":"timeouts"}', '{"a":"out time"}'],
  ],
  ['{ $.a = "ab*ba" }', ['{"a":"abba"}'], ['{"a":"aba"}']],
  [
    '{ $.exists = "*" }',
    ['{"exists":""}', '{"exists":0}', '{"exists":false}'],
    ['{"exists":null}', '{"exists":[]}', "{}"],
  ],
  [
    "{ $.code = 404 }",
    ['{"code":404}', '{"code":4.04e2}', '{"code":"404"}'],
    ['{"code":4040}', '{"code":"404.0"}'],
  ],
  ["{ $.code = 4* }", ['{"code":404}', '{"code":4.04e2}', '{"code":"4x"}'], ['{"code":504}']],
  ["{ $.ms >= 1e+3 }", ['{"ms":1000}'], ['{"ms":999.9}', '{"ms":"5000"}', '{"ms":null}']],
  ["{ $.t < -1.5 }", ['{"t":-2}'], ['{"t":-1.5}', '{"t":0}']],
  ["{ $.t <= .5 && $.t > 0 }", ['{"t":0.5}'], ['{"t":0}']],
  ["{ $.ok IS TRUE }", ['{"ok":true}'], ['{"ok":"true"}', '{"ok":1}', "{}"]],
  ["{ $.ok IS FALSE }", ['{"ok":false}'], ['{"ok":true}', '{"ok":null}']],
  ["{ $.ok IS NULL }", ['{"ok":null}'], ['{"ok":0}', "{}"]],
  ["{ $.a.b NOT EXISTS }", ["{}", '{"a":{}}', '{"a":1}'], ['{"a":{"b":null}}']],
  ["{ $.__proto__ NOT EXISTS && $.toString NOT EXISTS }", ["{}"], ['{"__proto__":1}']],
  ["{ $.a[1].b[0] = x }", ['{"a":[0,{"b":["x"]}]}'], ['{"a":[{"b":["x"]}]}', '{"a":{"1":{"b":["x"]}}}']],
  ["{ $.a[*].b = 2 }", ['{"a":[{"b":1},{"b":2}]}'], ['{"a":[{"b":1}]}', '{"a":{"b":2}}']],
  ["{ $.a.* = x }", ['{"a":{"k":"x"}}'], ['{"a":{"k":{"l":"x"}}}', '{"a":["x"]}']],
  [
    "{ $.['a.b'].c = 1 || $.[\"d e\"] = 1 || $.f['g'] = 1 }",
    ['{"a.b":{"c":1}}', '{"d e":1}', '{"f":{"g":1}}'],
    ['{"a":{"b":{"c":1}}}'],
  ],
  ["{ $.a = 1 || $.b = 2 && $.c = 3 }", ['{"a":1}', '{"b":2,"c":3}'], ['{"b":2}', '{"c":3}']],
  ["{ ($.a = 1 || $.b = 2) && $.c = 3 }", ['{"a":1,"c":3}'], ['{"a":1}']],
  ["{ $.path = %^/v[0-9]+/% }", ['{"path":"/v2/x"}'], ['{"path":"a/v2/x"}']],
  ['{ $.a = "x\\"y" }', ['{"a":"x\\"y"}'], ['{"a":"xy"}']],
];

const FIELD_PATTERNS: Case[] = [
  ["[level=ERROR, rest]", ["ERROR a", "ERROR a b c"], ["ERROR", "WARN a"]],
  ["[only]", ["a", "a b"], ["", "  "]],
  ["[a, b=x]", ["1 x", " 1\t x "], ["1 x 2", "x"]],
  ["[..., code=5*, bytes]", ["a b 500 10", "503 1"], ["500", "a 500 b c"]],
  ["[ip, ..., bytes>100]", ["1.1.1.1 x y 101", "1.1.1.1 101"], ["101", "1.1.1.1 x 99", "1.1.1.1 x 101x"]],
  ["[..., x=ERROR, ...]", ["ERROR", "a ERROR", "ERROR b", "a ERROR b"], ["a b", ""]],
  ["[..., x=A, y=B, ..., z=C]", ["A A B C", "A B x C"], ["A B", "A x B C", "A B C D"]],
  ['[when, request="*pay now*", code]', ['[1 Jan 2025] "GET /pay now" 200'], ['[1 Jan 2025] "GET /pay" 200']],
  ['[a="say \\\\\\"x", b]', ['"say \\"x" y'], ['"say x" y']],
  ["[a, b, c=d]", ['"unclosed [unclosed d'], ['"unclosed [unclosed" d']],
  ["[(code=4* || code=5*) && code!=404, rest]", ["500 x", "403 x"], ["404 x", "200 x"]],
  ["[code=%^[45]\\d\\d$%, rest]", ["404 x"], ["4040 x"]],
  ["[ms=1e3, rest]", ["1000 x", "1e3 x"], ["100 x"]],
];

describe("what a filter matches", () => {
  it.each(TERMS)("terms %s", check);
  it.each(REGEXES)("regular expression %s", check);
  it.each(JSON_PATTERNS)("JSON %s", check);
  it.each(FIELD_PATTERNS)("fields %s", check);
});

describe("required texts", () => {
  it.each([
    ["disk -full ?x", ["disk"]],
    ["?a ?b", []],
    ["?a", ["a"]],
    ['"disk full" ""', ["disk full"]],
    ["%ERROR: \\d%".replace(" ", ""), ["ERROR:"]],
    ["%ab?cd%", ["a", "cd"]],
    ["%ab|ac%", []],
    ['{ $.a = "b" }', ["{"]],
    ["[a=ERROR]", []],
  ])("%s requires %j", (pattern, required) => {
    expect(compileFilter(pattern).required).toEqual(required);
  });
});

describe("laws", () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });

  it("a quoted text matches wherever the text is", () => {
    fc.assert(
      fc.property(text, text, text, (before, wanted, after) => {
        expect(compileFilter(quoteTerm(wanted)).test(before + wanted + after)).toBe(true);
      }),
    );
  });

  it("-term is the complement of term", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "b", '"', "\\", " ") }), text, (term, other) => {
        const quoted = quoteTerm(term);
        for (const message of [other, term, `a${term}`, "ab ba"])
          expect(compileFilter(`-${quoted}`).test(message)).toBe(!compileFilter(quoted).test(message));
      }),
    );
  });

  const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "\\x61", "-");
  const quantifier = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "+?");
  const item = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(atom, quantifier).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: fc.constantFrom("^", "$", "|") },
  );
  const expression = fc.array(item, { minLength: 1, maxLength: 7 }).map((items) => items.join(""));
  const subject = fc.string({ unit: fc.constantFrom("a", "b", "1", "-", "\n", "é"), maxLength: 12 });

  it("a regular expression finds what JavaScript's own engine finds, and requires only what is there", () => {
    fc.assert(
      fc.property(expression, fc.array(subject, { minLength: 5 }), (source, messages) => {
        const filter = compileFilter(`%${source}%`);
        const reference = new RegExp(source);
        for (const message of messages) {
          expect([source, message, filter.test(message)]).toEqual([source, message, reference.test(message)]);
          if (filter.test(message)) for (const literal of filter.required) expect(message).toContain(literal);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("a JSON value is found in its own JSON text, whatever is in it and however it is escaped", () => {
    const value = fc.string({ unit: "binary", maxLength: 20 }).map((raw) => raw.replaceAll("*", ""));
    fc.assert(
      fc.property(value, (wanted) => {
        const { test } = compileFilter(`{ $.k.v = ${quoteTerm(wanted)} }`);
        const escaped = [...wanted].flatMap((char) => char.split(""));
        const units = escaped
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
          .join("");
        expect(test(JSON.stringify({ k: { v: wanted } }))).toBe(true);
        expect(test(`{"k":{"v":"${units}"}}`)).toBe(true);
        expect(test(JSON.stringify({ k: { v: `${wanted}x` } }))).toBe(false);
      }),
    );
  });
});

describe("hostile text", () => {
  it("is read in linear time by expressions that drive a backtracking engine to a standstill", () => {
    const text = "a".repeat(200_000);
    expect(compileFilter("%a*a*a*a*a*a*a*a*b%").test(`${text}c`)).toBe(false);
    expect(compileFilter("%[ab]*[ac]*[ad]*[ae]*x{1,300}$%").test(text.replaceAll("aa", "xa"))).toBe(false);
    expect(compileFilter("%a.{401}b%").test(`${"ab".repeat(2000)}`)).toBe(false);
  });

  it("with quotation marks and brackets that are never closed is read once", () => {
    expect(compileFilter("[..., last=x]").test(`${'[a "b '.repeat(100_000)}x`)).toBe(true);
  });

  it("with deep JSON is no crash", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(compileFilter("{ $.a[0][0] NOT EXISTS }").test(deep)).toBe(false);
    expect(compileFilter("{ $.a = 1 }").test(deep.slice(0, -1))).toBe(false);
  });
});
