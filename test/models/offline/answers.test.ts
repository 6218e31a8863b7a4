import { expect, test } from "vitest";
import { at, fileOf, linesOf } from "../../tools/tool-folder.ts";
import { analyse } from "./analyse.ts";

test("what every start says is no change that explains a crash", async () => {
  const starts = Array.from({ length: 5 }, (_, i) => [
    `${at(i * 60)} INFO starting sync`,
    `${at(i * 60 + 1)} INFO migrations checked, release 2.4`,
    `${at(i * 60 + 2)} INFO loading config from /etc/sync.yaml`,
    "panic: runtime error: nil pointer dereference",
    "goroutine 1 [running]:",
  ]).flat();
  const { answer, report } = await analyse({ "sync.log": `${starts.join("\n")}\n` }, "Why does sync crash?");
  expect(answer).toContain("nil pointer dereference`** (5 times)");
  expect(answer).not.toContain("Suspect");
  expect(report.unverified).toEqual([]);
});

const ACCESS = Array.from({ length: 60 }, (_, i) => {
  const status = i % 10 === 0 ? 500 : i % 6 === 1 ? 404 : 200;
  return `${at(i)} "GET /item/${i} HTTP/1.1" ${status} ${i % 3 === 0 ? 500 : 404} "-"`;
});

test("statuses are counted each, and sizes are not among them", async () => {
  const { answer, report } = await analyse({ "edge.log": fileOf(ACCESS) }, "how many 404 and 500 in edge");
  expect(answer).toContain("`404` occurs 10 times [q2] and `500` occurs 6 times [q3].");
  expect(report.unverified).toEqual([]);
});

const SHELF = {
  "shelf.log": fileOf(
    linesOf(50, (i) => `INFO ok ${i}`),
    linesOf(7, (i) => `WARN slow query took ${1000 + i}ms`, { start: 0.5 }),
  ),
  "calm.log": fileOf(linesOf(50, (i) => `INFO ok ${i}`)),
};

test("a question for warnings is answered with warnings, and not with whatever there is", async () => {
  const any = await analyse(SHELF, "Are there any warnings in shelf?");
  expect(any.answer).toContain("**`shelf.log`: 7 warnings** among 57 events");
  expect(any.answer).toContain("7 x `slow query took <*>`");
  const number = await analyse(SHELF, "how many warnings are in shelf?");
  expect(number.answer).toContain("`shelf.log` has 7 warnings");
  const none = await analyse(SHELF, "show warnings of calm");
  expect(none.answer).toContain("no event of level warn");
  expect(none.answer).not.toContain("INFO ok");
  for (const { report } of [any, number, none]) expect(report.unverified).toEqual([]);
});

const SPACES = {
  "prod/push.log": fileOf(linesOf(20, (i) => `ERROR token ${i} invalid`)),
  "staging/push.log": fileOf(linesOf(20, (i) => `INFO pushed ${i}`)),
};

test("a service is looked at in the namespace that is named", async () => {
  const staging = await analyse(
    SPACES,
    "In `staging` the push fails. Read push in the staging namespace and tell me why",
  );
  expect(staging.answer).not.toContain("Not found");
  const prod = await analyse(SPACES, "errors of push in namespace prod");
  expect(prod.answer).toContain("`prod/push.log` fails with `token <*> invalid`");
  expect(prod.answer).toContain("Not looked at: `staging/push.log`");
});

test("what is wrong with a service may lie in another one", async () => {
  const id = (i: number) => `trace_id=${(0xabcdef012300 + i).toString(16)}`;
  const files = {
    "wallet.log": fileOf(linesOf(60, (i) => `ERROR upstream returned 502 ${id(i)}`, { start: 300.04 })),
    "ledger.log": fileOf(
      linesOf(60, (i) => `ERROR lookup db.internal: no such host ${id(i)}`, { start: 300.01 }),
    ),
  };
  const { answer } = await analyse(files, "customers see 502 from wallet. what's wrong");
  expect(answer).toContain("no such host");
});

test("what fills up is told first, though no line is an error", async () => {
  const lag = (i: number) => (i < 60 ? 3 + (i % 4) : (i - 59) * 800);
  const files = {
    "bills.log": fileOf(linesOf(120, (i) => `INFO poll lag=${lag(i)} total=${i * 40}`, { step: 30 })),
  };
  const { answer, report } = await analyse(files, "Is bills keeping up?");
  expect(answer).toMatch(
    /fixed rules[^\n]*\n\n\*\*`lag` grows in `bills.log`\*\*: it rises from a median of \d/,
  );
  expect(answer).not.toContain("`total`");
  expect(answer).toContain("No event has the level error or fatal");
  expect(report.unverified).toEqual([]);
});

test("swift requests are not called slow, slow ones come first", async () => {
  const took = (ms: (i: number) => number) => ({
    "gate.log": fileOf(linesOf(100, (i) => `INFO handled total_ms=${ms(i)}`, { step: 10 })),
  });
  const swift = await analyse(
    took((i) => 8 + (i % 9)),
    "Why is gate slow?",
  );
  expect(swift.answer).toContain("**No sign that `gate.log` is slow**");
  const slow = await analyse(
    took((i) => 20 + i * 15),
    "Why is gate slow?",
  );
  expect(slow.answer).toMatch(/no language model\.\*\n\n\*\*Slow: `gate.log`\*\*/);
  for (const { report } of [swift, slow]) expect(report.unverified).toEqual([]);
});

test("an error that set in is told before a louder one that was there all the time, with its change", async () => {
  const files = {
    "cart.log": fileOf(
      linesOf(600, (i) => `INFO cart ${i} saved`, { step: 5 }),
      linesOf(200, () => "ERROR metrics push failed: connection refused", { start: 1, step: 15 }),
      [`${at(1790)} INFO Deployment: rolling out image cart:1.18.0`],
      linesOf(40, (i) => `ERROR cannot read cart ${i}: unknown field "gift"`, { start: 1800, step: 30 }),
    ),
  };
  const { answer, report } = await analyse(files, "What is wrong with the cart service?");
  expect(answer).toContain(
    '`cart.log` began to fail with `cannot read cart <*>: unknown field "gift"`** (40 times',
  );
  expect(answer).toContain("rolling out image cart:1.18.0` [");
  expect(answer).toContain("200 x `metrics push failed: connection refused`");
  expect(report.unverified).toEqual([]);
});

test("two troubles with a silence between them are not called steady", async () => {
  const files = {
    "export.log": fileOf(
      linesOf(360, (i) => `INFO job ${i} done`, { step: 10 }),
      linesOf(40, (i) => `ERROR cache refused connection ${i}`, { start: 600, step: 6 }),
      linesOf(70, (i) => `ERROR bucket denied access to r${i}`, { start: 2400, step: 6 }),
    ),
  };
  const { answer } = await analyse(files, "what happened to export");
  expect(answer).not.toContain("steady");
  expect(answer).toContain("in separate stretches, each of another kind");
});
