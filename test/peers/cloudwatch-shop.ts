import { createRandom, type Random } from "../../src/demo/random.ts";
import type { CloudWatchPeer } from "./cloudwatch.ts";
import type { NewEvent } from "./cloudwatch-store.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Span {
  /** Milliseconds since the epoch; the end is exclusive. */
  readonly from: number;
  readonly to: number;
}

/** What is in a group, to hold an answer against. Errors are the events that hold the word ERROR, and no others. */
export interface GroupTruth {
  readonly group: string;
  readonly events: number;
  readonly errorsLastHour: number;
  readonly errorsLastDay: number;
}

interface ShopEvent extends NewEvent {
  readonly stream: string;
}

type Writer = (span: Span, random: Random, isBroken: (time: number) => boolean) => Iterable<ShopEvent>;

const WRITERS: Readonly<Record<string, Writer>> = {
  "/aws/lambda/auth-service-prod": writeAuth,
  "/aws/lambda/user-service-prod": writeUsers,
  "/ecs/checkout-api": writeCheckout,
  "/aws/rds/cluster/orders/error": writeDatabase,
  "/aws/lambda/report-export-prod": function* () {},
};

/**
 * A small shop's log groups with the 26 hours before `now`, one group empty. From 42 to 12 minutes ago the
 * auth-service could not read its signing key, and the checkout that asks it failed with it.
 */
export function addShop(
  peer: CloudWatchPeer,
  { now, seed = 1 }: { now: number; seed?: number },
): GroupTruth[] {
  const isBroken = (time: number) => time >= now - 42 * MINUTE && time < now - 12 * MINUTE;
  const span = { from: now - 26 * HOUR, to: now };
  return Object.entries(WRITERS).map(([group, write]) => {
    const events = [...write(span, createRandom(seed), isBroken)].filter(({ timestamp }) => timestamp < now);
    const storedBytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
    peer.addGroup({ name: group, storedBytes, retentionDays: 30, creationTime: now - 400 * 24 * HOUR });
    addAll(peer, group, events);
    const errors = events.filter(({ message }) => message.includes("ERROR"));
    const since = (ms: number) => errors.filter(({ timestamp }) => timestamp >= now - ms).length;
    return { group, events: events.length, errorsLastHour: since(HOUR), errorsLastDay: since(24 * HOUR) };
  });
}

/**
 * What watches the shop: alarms over the errors of the auth-service and the failures of the checkout, which rang in
 * the half hour that `addShop` describes (the second still does), and two that have nothing to do with it.
 */
export function addShopAlarms(peer: CloudWatchPeer, { now, seed = 1 }: { now: number; seed?: number }): void {
  for (const { alarm, group, pattern, isCounted } of WATCHED) {
    const { metric } = alarm.watches;
    const isBroken = (time: number) => time >= now - 42 * MINUTE && time < now - 12 * MINUTE;
    const events = [
      ...(WRITERS[group]?.({ from: now - 26 * HOUR, to: now }, createRandom(seed), isBroken) ?? []),
    ];
    const counts = new Map<number, number>();
    for (const { timestamp, message } of events) {
      const at = Math.floor(timestamp / MINUTE) * MINUTE;
      counts.set(at, (counts.get(at) ?? 0) + Number(isCounted(message)));
    }
    peer.addMetricFilter({ group, pattern, metric });
    peer.putMetric(
      metric,
      [...counts].map(([at, value]) => ({ at, value })),
    );
  }
  const [auth, checkout] = WATCHED;
  const below =
    "Threshold Crossed: 3 out of the last 3 datapoints were not greater than the threshold (2.0).";
  const above = "Threshold Crossed: 3 out of the last 30 datapoints were greater than the threshold (2.0).";
  peer.addAlarm({ ...auth.alarm, state: "OK", changed: now - 9 * MINUTE, reason: below });
  peer.addAlarm({ ...checkout.alarm, state: "ALARM", changed: now - 38 * MINUTE, reason: above });
  peer.addAlarmHistory([
    { alarm: auth.alarm.name, at: now - 39 * MINUTE, from: "OK", to: "ALARM" },
    { alarm: checkout.alarm.name, at: now - 38 * MINUTE, from: "OK", to: "ALARM" },
    { alarm: auth.alarm.name, at: now - 9 * MINUTE, from: "ALARM", to: "OK" },
  ]);
  const cpu = {
    namespace: "AWS/RDS",
    name: "CPUUtilization",
    dimensions: { DBInstanceIdentifier: "orders-1" },
  };
  peer.addAlarm({ name: "orders-db-cpu", changed: now - 90 * HOUR, watches: { metric: cpu, threshold: 80 } });
  const exported = { namespace: "Shop", name: "ReportExports" };
  peer.addAlarm({
    name: "report-export-missing",
    state: "INSUFFICIENT_DATA",
    changed: now - 200 * HOUR,
    watches: { metric: exported, comparison: "LessThanThreshold", threshold: 1 },
  });
}

const WATCHED = [
  {
    group: "/aws/lambda/auth-service-prod",
    pattern: '{ $.level = "ERROR" }',
    isCounted: (message: string) => message.includes('"level":"ERROR"'),
    alarm: {
      name: "auth-service-errors",
      description: "The auth-service does not issue tokens",
      watches: {
        metric: { namespace: "Shop", name: "AuthErrors" },
        statistic: "Sum",
        threshold: 2,
        evaluate: 3,
        breach: 2,
      },
    },
  },
  {
    group: "/ecs/checkout-api",
    pattern: "{ $.status >= 500 }",
    isCounted: (message: string) => message.includes('"status":502'),
    alarm: {
      name: "checkout-5xx",
      description: "Customers cannot pay",
      watches: {
        metric: { namespace: "Shop", name: "Checkout5xx" },
        statistic: "Sum",
        threshold: 2,
        evaluate: 30,
        breach: 3,
      },
    },
  },
] as const;

/** Goes on with a shop that runs well again; spans that follow each other make one log. */
export function continueShop(peer: CloudWatchPeer, span: Span): void {
  for (const [group, write] of Object.entries(WRITERS))
    addAll(peer, group, [...write(span, createRandom(span.from), () => false)]);
}

function addAll(peer: CloudWatchPeer, group: string, events: readonly ShopEvent[]): void {
  for (const [stream, list] of Map.groupBy(events, ({ stream }) => stream))
    peer.addEvents(group, stream, list);
}

const USERS = ["ann.lee", "b.ortiz", "chidi", "dana.k", "e.moreau", "farid", "g.novak", "hana.s"] as const;

const emailOf = (random: Random) => `${random.pick(USERS)}${random.whole(1, 400)}@example.com`;
const addressOf = (random: Random) =>
  `${random.pick(["203.0.113", "198.51.100", "192.0.2"])}.${random.whole(1, 254)}`;

function requestIdOf(random: Random): string {
  return [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join("-");
}

/** Times with `everyMs` between them on average; one that falls behind the span is left to the next. */
function* times({ from, to }: Span, everyMs: number, random: Random): Generator<number> {
  let time = from + random.skewed(0, 2 * everyMs);
  for (; time < to; time += random.whole(1, 2 * everyMs)) yield time;
}

interface Invocation {
  readonly start: number;
  readonly requestId: string;
  readonly stream: string;
}

/** A Lambda function's own lines around those of its program. */
function* invoke(
  { start, requestId, stream }: Invocation,
  lines: readonly string[],
  random: Random,
): Generator<ShopEvent> {
  const duration = random.skewed(12, 900);
  yield { stream, timestamp: start, message: `START RequestId: ${requestId} Version: 42\n` };
  for (const [index, message] of lines.entries())
    yield { stream, timestamp: start + Math.floor((duration * (index + 1)) / (lines.length + 1)), message };
  const timestamp = start + duration;
  yield { stream, timestamp, message: `END RequestId: ${requestId}\n` };
  const billed = `Duration: ${duration}.${random.whole(10, 99)} ms\tBilled Duration: ${duration + 1} ms`;
  const memory = `Memory Size: 256 MB\tMax Memory Used: ${random.whole(88, 131)} MB`;
  yield { stream, timestamp, message: `REPORT RequestId: ${requestId}\t${billed}\t${memory}\t\n` };
}

function lambdaStream(time: number, random: Random): string {
  const day = new Date(time).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${random.pick(["5b1f0c", "e7a942"])}${"0".repeat(26)}`;
}

/** JSON lines between Lambda's plain ones. */
function* writeAuth(span: Span, random: Random, isBroken: (time: number) => boolean): Generator<ShopEvent> {
  for (const start of times(span, 8 * SECOND, random)) {
    const requestId = requestIdOf(random);
    const line = (level: string, message: string, more: object) =>
      JSON.stringify({
        timestamp: new Date(start).toISOString(),
        level,
        service: "auth-service",
        requestId,
        message,
        ...more,
      });
    const caller = { email: emailOf(random), ip: addressOf(random) };
    const lines = [line("INFO", "Token requested", caller)];
    if (isBroken(start) && random.chance(0.6)) {
      const key = { keyId: "signing-2026-03", error: "KMSAccessDenied", attempt: random.whole(1, 3) };
      lines.push(line("ERROR", "Could not read signing key: access denied by key policy", key));
    } else if (random.chance(0.004)) lines.push(line("ERROR", "User store timed out after 3000 ms", {}));
    else if (random.chance(0.05)) lines.push(line("WARN", "Wrong password", caller));
    else lines.push(line("INFO", "Token issued", { expiresIn: 3600 }));
    yield* invoke({ start, requestId, stream: lambdaStream(start, random) }, lines, random);
  }
}

/** Lambda's text format: time, request id, level and text between tabs. */
function* writeUsers(span: Span, random: Random): Generator<ShopEvent> {
  for (const start of times(span, 12 * SECOND, random)) {
    const requestId = requestIdOf(random);
    const line = (level: string, text: string) =>
      `${new Date(start).toISOString()}\t${requestId}\t${level}\t${text}\n`;
    const profile = line("INFO", `Loaded profile user=${emailOf(random)} from=${addressOf(random)}`);
    const lines = random.chance(0.003)
      ? [line("ERROR", "ConditionalCheckFailedException: profile was changed by another request")]
      : [profile, ...(random.chance(0.03) ? [line("WARN", "Slow query: getProfile took 812 ms")] : [])];
    yield* invoke({ start, requestId, stream: lambdaStream(start, random) }, lines, random);
  }
}

function* writeCheckout(
  span: Span,
  random: Random,
  isBroken: (time: number) => boolean,
): Generator<ShopEvent> {
  const route = { method: "POST", path: "/v1/checkout" };
  for (const timestamp of times(span, 5 * SECOND, random)) {
    const stream = `ecs/checkout-api/${random.pick(["3f9c12ab", "a01be77d", "c4d5e6f7"])}`;
    const request = { requestId: requestIdOf(random), customer: emailOf(random), ip: addressOf(random) };
    const line = (level: string, msg: string, more: object) =>
      JSON.stringify({ ts: new Date(timestamp).toISOString(), level, msg, ...request, ...more });
    const took = { durationMs: random.skewed(40, 1900) };
    if (isBroken(timestamp) && random.chance(0.3)) {
      const status = { status: 502, upstream: "auth-service", ...took };
      yield {
        stream,
        timestamp,
        message: line("ERROR", "auth-service answered 500", { ...route, ...status }),
      };
    } else if (random.chance(0.004)) {
      const card = { provider: "cardpay", ...took };
      yield { stream, timestamp, message: line("ERROR", "Payment provider closed the connection", card) };
    } else {
      const done = { ...route, status: 200, orderId: random.whole(100_000, 999_999), ...took };
      yield { stream, timestamp, message: line("INFO", "Order placed", done) };
    }
  }
}

type Statement = readonly [level: string, text: string];

const ROUTINE: readonly [Statement, ...Statement[]] = [
  ["LOG", "checkpoint complete: wrote 812 buffers (0.6%)"],
  ["LOG", "checkpoint starting: time"],
];

const UNUSUAL: readonly [Statement, ...Statement[]] = [
  ["ERROR", "deadlock detected\nDETAIL:  Process 4021 waits for ShareLock on transaction 88213."],
  ["ERROR", 'duplicate key value violates unique constraint "orders_pkey"'],
  ["LOG", "duration: 2204.113 ms  statement: select * from orders where customer = $1"],
  ["WARNING", "there is no transaction in progress"],
];

/** PostgreSQL's own plain text. */
function* writeDatabase(span: Span, random: Random): Generator<ShopEvent> {
  for (const timestamp of times(span, 2 * MINUTE, random)) {
    const when = new Date(timestamp).toISOString().slice(0, 19).replace("T", " ");
    const client = `10.0.3.${random.whole(2, 40)}(${random.whole(32_768, 60_999)})`;
    const [level, text] = random.pick(random.chance(0.15) ? UNUSUAL : ROUTINE);
    const message = `${when} UTC:${client}:app@orders:[${random.whole(900, 9999)}]:${level}:  ${text}`;
    yield { stream: "orders-instance-1", timestamp, message };
  }
}

/** One group of `count` events of about 190 bytes over the hour before `now`; every 200th is an error. */
export function addBig(peer: CloudWatchPeer, { now, count }: { now: number; count: number }): GroupTruth[] {
  const group = "/big/app";
  peer.addGroup({ name: group, storedBytes: count * 216, creationTime: now - 24 * HOUR });
  peer.addEvents(group, "app/0", bigEvents(now, count));
  const errors = Math.ceil(count / 200);
  return [{ group, events: count, errorsLastHour: errors, errorsLastDay: errors }];
}

function* bigEvents(now: number, count: number): Generator<NewEvent> {
  const random = createRandom(2);
  for (let index = 0; index < count; index += 1) {
    const timestamp = now - HOUR + Math.floor((index * HOUR) / count);
    const isError = index % 200 === 0;
    const [level, status] = isError ? ["ERROR", 500] : ["INFO", 200];
    const trace = `trace=${random.hex(32)} user=u${random.whole(10_000, 99_999)}`;
    const text = `GET /api/v1/items/${random.whole(1000, 9999)} ${status} in ${random.skewed(1, 900)} ms`;
    const where = `[worker-${random.whole(10, 99)}] app.http.access ${trace} ip=${addressOf(random)}`;
    const size = `bytes=${random.whole(100_000, 999_999)} cache=miss zone=a`;
    const message = `${new Date(timestamp).toISOString()} ${level} ${where} ${text} ${size}`;
    yield { timestamp, message };
  }
}
