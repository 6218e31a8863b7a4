import { expect, test } from "vitest";
import { readIntent } from "../../../src/models/offline/intent.ts";
import { selectGroups } from "../../../src/models/offline/select-groups.ts";

const NAMES = [
  "auth-service.log",
  "checkout-api.log",
  "checkout-worker.log",
  "payment-service.log",
  "paymentgateway.log",
  "postgres.log",
];

function select(question: string, names: readonly string[] = NAMES) {
  const groups = names.map((name) => ({ name, bytes: 1, oldest_event: null, newest_event: null }));
  const { named, unknown, isExact, wrongNamespace } = selectGroups(readIntent(question), groups);
  return { named: named.map(({ name }) => name), unknown, isExact, wrongNamespace };
}

test.each([
  ["errors in auth-service", ["auth-service.log"], true],
  ["errors in auth-service and checkout-api", ["auth-service.log", "checkout-api.log"], true],
  ["errors of the payment service", ["payment-service.log"], true],
  ["errors of the payment gateway", ["paymentgateway.log"], true],
  ["errors in `checkout-api.log`", ["checkout-api.log"], true],
  ["why do checkouts fail", ["checkout-api.log", "checkout-worker.log"], false],
  ["is Postgres down", ["postgres.log"], false],
  ["errors", [], false],
  ["any time-outs or read-only sessions in auth-service?", ["auth-service.log"], true],
])("%s", (question, named, isExact) => {
  expect(select(question)).toMatchObject({ named, isExact, unknown: [] });
});

test("a service that is not there is told with near names", () => {
  expect(select("errors in mail-service")).toMatchObject({
    named: [],
    unknown: [{ name: "mail-service", near: ["auth-service.log", "payment-service.log"] }],
  });
});

test("a namespace that is not there is told, with where the service is instead", () => {
  const names = ["test-57/video.log", "test-58/audio.log"];
  expect(select("logs from video in app-57 namespace", names).wrongNamespace).toEqual({
    asked: "app-57",
    found: ["test-57/video.log"],
  });
  expect(select("logs from video in test-57 namespace", names).wrongNamespace).toBeUndefined();
  expect(select("logs from auth-service in app-57 namespace").wrongNamespace).toBeUndefined();
});
