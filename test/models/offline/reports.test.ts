import { describe, expect, test } from "vitest";
import { at, fileOf, linesOf } from "../../tools/tool-folder.ts";
import { analyse } from "./analyse.ts";

const id = (i: number) => `request_id=${(0xabcdef012300 + i).toString(16)}`;
const json = (seconds: number, fields: object) => JSON.stringify({ time: at(seconds), ...fields });

/** One service that is well, is given a smaller pool, and fails until it is given more. */
const STOCK = {
  "stock-service.log": fileOf(
    linesOf(720, (i) => `INFO reserved item ${i} in ${10 + (i % 7)} ms`, { step: 10 }),
    [
      `${at(3500)} WARN config reloaded: pool size 50 -> 2`,
      `${at(6500)} INFO config reloaded: pool size 2 -> 50`,
    ],
    linesOf(90, (i) => `ERROR cannot reserve item ${i}: pool exhausted (2/2)`, { start: 3600, step: 20 }),
    linesOf(4, (i) => `ERROR health check ${i} failed`, { start: 4000, step: 300 }),
  ),
};

const seconds = (time: number) => at(time).replace(/\.\d{3}Z$/, "Z");

/** Three services that fail one after the other, the proxy in whole seconds; and one that is only loud. */
const SHOP = {
  "stock.log": fileOf(
    linesOf(300, (i) => `INFO reserved item ${i}`, { start: 0.1, step: 12 }),
    [`${at(1700.25)} WARN deployment finished: revision 4187`],
    linesOf(60, (i) => `ERROR reserve failed: lock timeout after 5000 ms ${id(i)}`, {
      start: 1800.2,
      step: 20,
    }),
  ),
  "cart.log": fileOf(
    linesOf(300, (i) => `INFO cart ${i} opened`, { start: 0.1, step: 12 }),
    linesOf(60, (i) => `ERROR cart not saved: stock answered 503 ${id(i)}`, { start: 1800.204, step: 20 }),
  ),
  "proxy.log": fileOf(
    Array.from({ length: 300 }, (_, i) => `${seconds(i * 12)} INFO "GET /item/${i} HTTP/1.1" 200`),
    Array.from(
      { length: 60 },
      (_, i) => `${seconds(1800 + i * 20)} ERROR "POST /cart HTTP/1.1" 502 ${id(i)}`,
    ),
  ),
  "mail.log": fileOf(linesOf(400, (i) => `ERROR bounce ${i}: mailbox of customer is full`, { step: 9 })),
};

const SLOW = {
  "front.log": fileOf(
    Array.from({ length: 100 }, (_, i) =>
      json(i * 30, { level: "info", msg: "request completed", path: "/home", responseTimeMs: 2300 + i }),
    ),
  ),
  "fraud.log": fileOf(
    Array.from({ length: 100 }, (_, i) =>
      json(i * 30, { level: "info", msg: "request completed", path: "/score", responseTimeMs: 2000 + i }),
    ),
  ),
  "mail.log": fileOf(
    Array.from({ length: 100 }, (_, i) =>
      json(i * 30, { level: "info", msg: "sent", responseTimeMs: 8 + (i % 5) }),
    ),
  ),
};

const GATEWAY = {
  "gateway.log": fileOf(
    Array.from({ length: 300 }, (_, i) => {
      const took = 100 + i * 20;
      return took > 5000
        ? json(i * 10, {
            level: "error",
            msg: "Request timeout after 5000ms",
            path: "/api",
            response_time_ms: took,
          })
        : json(i * 10, { level: "info", msg: "Request completed", path: "/api", response_time_ms: took });
    }),
  ),
};

const API = {
  "api.log": fileOf(
    linesOf(80, (i) => `INFO "GET /users/${i} HTTP/1.1" 200 ${20 + (i % 9)}ms`),
    linesOf(5, (i) => `ERROR "POST /reports HTTP/1.1" 503 ${30000 + i}ms - upstream timed out`, {
      start: 30.5,
    }),
    [`${at(50.5)} INFO "GET /users/503 HTTP/1.1" 200 21ms`],
  ),
};

const MIXED = {
  "prod/video.log": fileOf(linesOf(12, (i) => `INFO frame ${i}`)),
  "prod/silent.log": "",
  "prod/job.log": [
    "Starting checker v2",
    ...Array.from({ length: 3 }, (_, i) => [
      "java.net.ConnectException: Connection refused",
      `Attempt ${i + 1} failed`,
      "Target host: db-1, port: 3333",
    ]).flat(),
    "",
  ].join("\n"),
};

const CASES: readonly [string, Readonly<Record<string, string>>, string][] = [
  ["one-service", STOCK, "What happened in stock-service?"],
  ["errors-of-one-service", STOCK, "errors in stock-service"],
  ["window-after-the-change", STOCK, "Why did stock-service fail between 11:00 and 11:20?"],
  ["cause-by-ids", SHOP, "Why can't carts be saved?"],
  ["loud-but-apart", SHOP, "Do the mail errors in mail.log affect customers?"],
  ["errors-of-all", SHOP, "Show me the errors"],
  ["slow", SLOW, "Why is the shop slow?"],
  ["degradation", GATEWAY, "What's wrong with the gateway?"],
  ["no-duration", MIXED, "Why is video slow?"],
  ["status", API, "Troubleshoot 503 errors in api"],
  ["find-nothing", API, "Was there any 'disk full' in api?"],
  ["find-any-case", API, "Was there any 'Upstream Timed Out' in api?"],
  ["find-an-id", SHOP, `what happened to request ${id(7).slice(11)}`],
  ["last-lines", API, 'show the last 3 logs of api that contain "POST"'],
  ["all-lines", MIXED, "show me the logs of video"],
  ["count", STOCK, "How many errors are in stock-service?"],
  ["count-a-term", STOCK, "How often does 'pool exhausted' occur in stock-service?"],
  ["compare-services", SHOP, "Compare the error rates of stock.log and cart.log"],
  ["new-since", STOCK, "What is new in stock-service since 10:50 compared with the hour before?"],
  ["new-without-a-baseline", STOCK, "What is new in stock-service compared with yesterday?"],
  ["new-in-all-there-is", STOCK, "What is new in stock-service?"],
  ["no-errors", MIXED, "Were there issues with video?"],
  ["no-errors-but-elsewhere", MIXED, "Why does video not work?"],
  ["without-time", MIXED, "What is the issue with job?"],
  ["empty-log", MIXED, "Show me the logs of silent"],
  ["empty-window", STOCK, "errors in stock-service yesterday"],
  ["unknown-service", SHOP, "errors in auth-service"],
  ["wrong-namespace", MIXED, "get last logs from video in test namespace"],
  ["list", MIXED, "Which log groups are there?"],
];

describe("whole reports", () => {
  test.each(CASES)("%s", async (name, files, question) => {
    const { answer, report } = await analyse(files, question);
    expect(report.unverified).toEqual([]);
    expect(answer.split("\n").length).toBeLessThanOrEqual(60);
    await expect(`${question}\n\n---\n\n${answer}\n`).toMatchFileSnapshot(`./reports/${name}.md`);
  });
});

test("the change, and not the loud service, is named as the likely cause", async () => {
  const { answer } = await analyse(SHOP, "Why can't carts be saved?");
  const [head = ""] = answer.split("**What followed**");
  expect(head).toContain("deployment finished: revision 4187");
  expect(head).toContain("`stock.log` fails from 10:30:00");
  expect(answer).toContain("it writes whole seconds");
  expect(head).not.toContain("mail.log");
  expect(answer).toMatch(/\*\*Not the cause\*\*[\s\S]*mail\.log[\s\S]*all the time/);
});

test("a change before the window is found too", async () => {
  const { answer } = await analyse(STOCK, "Why did stock-service fail between 11:00 and 11:20?");
  expect(answer).toContain("pool size 50 -> 2");
});

test("a status is no part of a path", async () => {
  const { answer } = await analyse(API, "Troubleshoot 503 errors in api");
  expect(answer).toContain("occurs 5 times");
  expect(answer).toContain("all `POST /reports`, which took 30,000 to 30,004 ms");
});

test("a search that finds nothing is tried again in any case, a search that finds something is not", async () => {
  const upper = await analyse(API, "Was there any 'Upstream Timed Out' in api?");
  expect(upper.tools.filter((tool) => tool === "search_logs")).toHaveLength(2);
  const exact = await analyse(API, "Was there any 'upstream timed out' in api?");
  expect(exact.tools.filter((tool) => tool === "search_logs")).toHaveLength(1);
});

test("nothing is read of a service that is not there", async () => {
  const { tools, answer } = await analyse(SHOP, "errors in auth-service");
  expect(tools).toEqual(["list_log_groups"]);
  expect(answer).toContain("this says nothing about errors");
});

test("the same question gives the same answer", async () => {
  const one = await analyse(SHOP, "Why can't carts be saved?");
  expect((await analyse(SHOP, "Why can't carts be saved?")).answer).toBe(one.answer);
});

test("of more groups than can be listed, the named one is found", async () => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 150; i += 1)
    files[`production/${"a-service-with-a-long-name-".repeat(5)}${i}.log`] = `${at(i)} INFO up\n`;
  files["production/eu-central-1/zebra-api.log"] = fileOf(linesOf(5, (i) => `ERROR stripe ${i} lost`));
  const { answer, tools, report } = await analyse(files, "errors in zebra-api");
  expect(answer).toContain("zebra-api.log` fails with `stripe <*> lost`** (5 times)");
  expect(answer).toContain("Not all log groups were listed");
  expect(tools.filter((tool) => tool === "fetch_logs")).toHaveLength(1);
  expect(report.unverified).toEqual([]);
});
