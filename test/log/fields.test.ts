import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldOf, messageField, parseFields, summaryText } from "../../src/log/fields.ts";

describe("parseFields", () => {
  test.each([
    ['{"a":1,"b":{"c":"x"}}', { a: 1, b: { c: "x" } }],
    ['  {"a":[1,null]}  ', { a: [1, null] }],
    ['2025-11-20T12:00:00Z INFO {"a":1}', { a: 1 }],
    [
      'level=info msg="took 5 ms" n=7 ok=true x=null',
      { level: "info", msg: "took 5 ms", n: 7, ok: true, x: null },
    ],
    ["2025-11-20 WARN slow query ms=41.5 table=orders", { ms: 41.5, table: "orders" }],
    ['a="say \\"hi\\"\\n" b=', { a: 'say "hi"\n', b: "" }],
    ["zip=00123x id=1234567890123456789 v=1.2.3", { zip: "00123x", id: "1234567890123456789", v: "1.2.3" }],
  ])("%s", (text, fields) => {
    expect(parseFields(text)).toEqual(fields);
  });

  test.each(["", "plain text", "one=pair only", "[1,2]", '"text"', "7", '{"broken":', "= = =", "1=2 3=4"])(
    "%j has none",
    (text) => {
      expect(parseFields(text)).toBeUndefined();
    },
  );

  test("a JSON object comes back as it went in", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object);
        expect(parseFields(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("quoted logfmt comes back as it went in", () => {
    const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.string(), { minKeys: 2, noNullPrototype: true }), (object) => {
        const text = Object.entries(object).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
        fc.pre(!text.some((pair) => /\\[^"\\ntr]/.test(pair)));
        expect(parseFields(text.join(" "))).toEqual(object);
      }),
    );
  });

  test("never throws, and a name such as __proto__ is only a name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseFields(text);
        summaryText(text);
      }),
    );
    const fields = parseFields('{"__proto__":{"polluted":true},"a":1}');
    expect(fieldOf(fields ?? {}, "polluted")).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each(["a=", 'a="', "a=b ", "{", '{"a":', "= ", 'a="\\" '])("a megabyte of %j is read", (unit) => {
    const text = unit.repeat(1_000_000 / unit.length);
    expect(() => [parseFields(text), summaryText(text)]).not.toThrow();
  });
});

describe("fieldOf", () => {
  const fields = { "log.level": "warn", a: { b: { c: 1 }, "d.e": 2 }, list: [1], nothing: null };

  test.each([
    ["log.level", "warn"],
    ["a.b.c", 1],
    ["a.d.e", 2],
    ["nothing", null],
    ["a.x", undefined],
    ["list.0", undefined],
    ["toString", undefined],
    ["a.constructor", undefined],
    ["", undefined],
    [".", undefined],
  ])("%s", (path, value) => {
    expect(fieldOf(fields, path)).toEqual(value);
  });
});

describe("messageField", () => {
  test.each([
    [{ message: "m", msg: "n" }, "m"],
    [{ msg: "n" }, "n"],
    [{ message: " ", log: "l" }, "l"],
    [{ "@message": "x" }, "x"],
    [{ err: { message: "refused" } }, "refused"],
    [{ error: "refused" }, "refused"],
    [{ message: 7 }, undefined],
    [{}, undefined],
  ])("%j", (fields, message) => {
    expect(messageField(fields)).toBe(message);
  });
});

describe("summaryText", () => {
  test.each([
    ['{"message":"Order stored","n":1}', "Order stored"],
    [
      '{"message":"Charge failed","error":"card refused","code":7}',
      "Charge failed error=card refused code=7",
    ],
    ['{"msg":"lost","err":{"message":"reset","stack":"x"}}', "lost err=reset"],
    ['{"message":"lost: reset","error":"reset"}', "lost: reset"],
    ['{"msg":"two\\nlines"}', "two lines"],
    ['{"msg":"done","res":{"statusCode":503}}', "done res.statusCode=503"],
    ['{"n":1}', '{"n":1}'],
    ["plain text", "plain text"],
    ['{"broken', '{"broken'],
  ])("%s", (text, summary) => {
    expect(summaryText(text)).toBe(summary);
  });
});
