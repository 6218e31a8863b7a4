import { expect, test } from "vitest";
import { readIntent } from "../../../src/models/offline/intent.ts";

test.each([
  ["Which log groups are there?", "list"],
  ["show me all services", "list"],
  ["How many errors in auth-service today?", "count"],
  ["how often does 'cache miss' occur in checkout-api", "count"],
  ["Compare the error rates of checkout-api and payment-api", "compare"],
  ["are there more errors in checkout-api than yesterday?", "compare"],
  ["What is new in stock since 02:30?", "new"],
  ["what has changed compared with yesterday?", "new"],
  ["any new error messages since the deployment?", "new"],
  ["Why is the shop so slow?", "slow"],
  ["latency of the gateway over the last hour", "slow"],
  ["requests take too long in billing", "slow"],
  ["Find 'connection reset' in gateway", "find"],
  ['Was there any "disk full" message?', "find"],
  ["what happened to request 0e147907d62a84e7", "find"],
  ["Troubleshoot 503 errors in api-server", "status"],
  ["which requests returned 404?", "status"],
  ["Why are checkouts failing?", "investigate"],
  ["what's wrong with payment-api", "investigate"],
  ["Were there issues with the cron job last night?", "investigate"],
  ["Do the mail errors affect customers?", "investigate"],
  ["errors in auth-service", "errors"],
  ["Show me the exceptions of the billing service", "errors"],
  ["show the last 20 logs of auth-service", "show"],
  ['post last 10 logs that contain "ERROR" from billing', "show"],
  ["get last logs from gateway", "show"],
  ["tell me about gateway", "investigate"],
  ["Are there any warnings in gateway?", "warnings"],
  ["show me warnings and errors", "investigate"],
  ["Are there any issues in gateway?", "investigate"],
  ["is there any error in gateway", "errors"],
  ["how many 404 and 500 per endpoint", "count"],
  ["logs between 14:00 and 14:10", "show"],
  ["grep timeouts in gateway", "find"],
])("%s: %s", (question, kind) => {
  expect(readIntent(question).kind).toBe(kind);
});

test.each([
  ["Find 'query failed' in app", "query failed"],
  ["logs containing TIMEOUT of app", "TIMEOUT"],
  ["errors in 'checkout-api.log'", undefined],
  ["errors in the group `payment-api`", undefined],
  ["what happened to order o-4471902", "o-4471902"],
  ["trace 7f3c9a1e-22bb-4d0e-9f6a-0c1d2e3f4a5b", "7f3c9a1e-22bb-4d0e-9f6a-0c1d2e3f4a5b"],
  ["don't show the app's logs", undefined],
  ["Pushes fail in `staging`", undefined],
  ["search for timeouts in gateway", "timeout"],
  ["look for the cause in gateway", undefined],
  ["lines that mention kafka", "kafka"],
])("the term of %s", (question, term) => {
  expect(readIntent(question).term).toBe(term);
});

test.each([
  ["503 errors in api", "503"],
  ["requests that return 5000 rows", undefined],
  ["the last 100 logs with errors", undefined],
  ["requests that took 300 ms", undefined],
  ["how many 500 in edge between 13:10 and 13:20", "500"],
  ["how many errors among 500,000 requests", undefined],
  ["errors in sts-500-worker", undefined],
])("the status of %s", (question, status) => {
  expect(readIntent(question).status).toBe(status);
});

test.each([
  ["last 10 logs of app", 10],
  ["show 25 lines of app", 25],
  ["show logs of the last 30 minutes", undefined],
  ["latest 5000 events", 1000],
  ["logs of app", undefined],
])("the limit of %s", (question, limit) => {
  expect(readIntent(question).limit).toBe(limit);
});

test.each([
  ["logs of gateway in namespace app-57", "app-57"],
  ["what is wrong with api in namespace-67?", "namespace-67"],
  ["logs from video in app-57 namespace", "app-57"],
  ["errors in the staging environment", "staging"],
  ["errors of the api", undefined],
])("the namespace of %s", (question, namespace) => {
  expect(readIntent(question).namespace).toBe(namespace);
});

test("identifiers come before words, and neither everyday words nor times are names", () => {
  expect(readIntent("Why did checkouts fail in payment-api yesterday at 14:00 UTC?").names).toEqual([
    "payment-api",
    "checkouts",
  ]);
});

test("why and whether are told apart", () => {
  expect(readIntent("Why are checkouts failing?")).toMatchObject({ asksWhy: true, asksWhether: false });
  expect(readIntent("Was there a 'reset'?")).toMatchObject({ asksWhy: false, asksWhether: true });
});

test.each([
  ["the notifier in the staging namespace and tell me", "staging"],
  ["errors in namespace qa", "qa"],
  ["is the namespace and its pods fine", undefined],
])("the namespace of %s", (question, namespace) => {
  expect(readIntent(question).namespace).toBe(namespace);
});

test("several statuses are all counted", () => {
  expect(readIntent("how many 404 and 500 per endpoint").statuses).toEqual(["404", "500"]);
});
