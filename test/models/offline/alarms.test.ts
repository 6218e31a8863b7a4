import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type KnownAlarm, lastRing } from "../../../src/models/offline/alarms.ts";
import { readIntent } from "../../../src/models/offline/intent.ts";
import { createCloudWatchSource } from "../../../src/sources/cloudwatch/source.ts";
import { createDirectory } from "../../../src/sources/directory.ts";
import { type CloudWatchPeer, startCloudWatch } from "../../peers/cloudwatch.ts";
import { at, fileOf, linesOf, NOW, ZONE } from "../../tools/tool-folder.ts";
import { analyse, ask } from "./analyse.ts";

const AUTH = "/shop/auth";
const USERS = "/shop/users";
const METRIC = { namespace: "Shop", name: "AuthErrors" };
const PATTERN = '{ $.level = "ERROR" }';
/** ms since the epoch, so many minutes after ten o'clock; the logs go on for two hours. */
const minute = (minutes: number) => Date.parse(at(minutes * 60));

let peer: CloudWatchPeer;

beforeEach(async () => {
  peer = await startCloudWatch({ clock: () => NOW });
  const groups = {
    [AUTH]: [
      ...linesOf(120, (i) => `INFO token ${i} issued`, { step: 60 }),
      ...linesOf(40, (i) => `ERROR signing key ${i} denied`, { start: 1800.5, step: 30 }),
    ],
    [USERS]: linesOf(120, (i) => `INFO profile ${i} loaded`, { step: 60 }),
    "/shop/mail": linesOf(120, (i) => `ERROR mailbox ${i} is full`, { step: 60 }),
  };
  for (const [group, lines] of Object.entries(groups)) {
    peer.addGroup({ name: group, creationTime: minute(-60) });
    peer.addEvents(
      group,
      "main",
      lines.map((message) => ({ timestamp: Date.parse(message.slice(0, 24)), message })),
    );
  }
  peer.addMetricFilter({ group: AUTH, pattern: PATTERN, metric: METRIC });
});

afterEach(() => peer.close());

function question(text: string) {
  const access = { endpoint: peer.endpoint, credentials: { accessKeyId: "A", secretAccessKey: "s" } };
  const source = createCloudWatchSource({ zone: ZONE, now: () => NOW, env: {}, region: peer.region, access });
  return ask(createDirectory([source]), text);
}

/** An alarm over the auth-service's errors, which rang from one minute to another, or still does. */
function ring(from: number, to?: number): void {
  const isOn = to === undefined;
  peer.addAlarm({
    name: "auth-errors",
    state: isOn ? "ALARM" : "OK",
    changed: minute(to ?? from),
    reason: "Threshold Crossed: 1 datapoint [4.0] was greater than the threshold (2.0).",
    description: "Nobody can log in",
    watches: { metric: METRIC, statistic: "Sum", threshold: 2 },
  });
  peer.addAlarmHistory([
    { alarm: "auth-errors", at: minute(from), from: "OK", to: "ALARM" },
    ...(isOn ? [] : [{ alarm: "auth-errors", at: minute(to), from: "ALARM", to: "OK" } as const]),
  ]);
}

function deny(...operations: readonly string[]): void {
  const effect = { kind: "error", code: "AccessDeniedException", message: "no" } as const;
  peer.setFaults({ plan: operations.map((operation) => ({ operation, effect })) });
}

const ASKED = "errors in users between 10:00 and 12:00";

describe("an alarm that rang in the window", () => {
  test("makes the group that it counts worth reading, and is told with its reference", async () => {
    ring(32);
    const { answer, tools, report } = await question(ASKED);
    expect(tools.filter((tool) => tool === "fetch_logs")).toHaveLength(2);
    expect(tools.filter((tool) => tool === "list_alarms")).toHaveLength(1);
    expect(answer).toMatch(/`\/shop\/users`: no event of level error[\s\S]*`\/shop\/auth`[^\n]*signing key/);
    expect(answer).toContain(
      `**Alarms**\n\n- \`auth-errors\` has been in ALARM since 2026-01-10 10:32:00, by \`Sum of AuthErrors > 2 for 1 of 1 periods of 60 s\`; it counts events of \`/shop/auth\` that match \`${PATTERN}\` [q3]`,
    );
    expect(answer).toContain("Only logs and alarms were read");
    expect(report.unverified).toEqual([]);
  });

  test("is a lead though it is over", async () => {
    ring(32, 51);
    const { answer, tools, report } = await question(ASKED);
    expect(tools.filter((tool) => tool === "fetch_logs")).toHaveLength(2);
    expect(answer).toContain("`auth-errors` was in ALARM from 2026-01-10 10:32:00 to 10:51:00");
    expect(report.unverified).toEqual([]);
  });

  test("comes behind what was asked for by name", async () => {
    ring(32);
    const { answer } = await question("errors in mail between 10:00 and 12:00");
    expect(answer.indexOf("**`/shop/mail`: ")).toBeLessThan(answer.indexOf("**`/shop/auth`: "));
    expect(answer.indexOf("**`/shop/mail`: ")).toBeGreaterThan(0);
  });

  test("is told where no log group feeds it, and where all groups were read anyway", async () => {
    ring(32);
    const cpu = { namespace: "AWS/RDS", name: "CPUUtilization" };
    peer.addAlarm({ name: "db-cpu", state: "ALARM", changed: minute(5), watches: { metric: cpu } });
    const { answer, tools, report } = await question("Why can nobody log in? between 10:00 and 12:00");
    expect(tools.filter((tool) => tool === "fetch_logs")).toHaveLength(3);
    expect(answer).toMatch(
      /- `auth-errors` has been[^\n]*\n- `db-cpu` has been in ALARM since [^;\n]*\[q\d\]$/m,
    );
    expect(report.unverified).toEqual([]);
  });
});

test.each([
  ["after the window", 95, undefined],
  ["before the window", -40, -20],
  ["long ago", -4000, -3000],
])("an alarm that rang %s is not spoken of", async (_, from, to) => {
  ring(from, to);
  const { answer, tools } = await question("errors in users between 10:00 and 11:00");
  expect(tools.filter((tool) => tool === "fetch_logs")).toHaveLength(1);
  expect(answer).not.toContain("auth-errors");
  expect(answer).not.toContain("**Alarms**");
});

test("alarms that cannot be listed are a limit of the answer, and no more", async () => {
  ring(32);
  const told = await question("errors in auth between 10:00 and 12:00");
  deny("DescribeAlarms");
  const { answer, report } = await question("errors in auth between 10:00 and 12:00");
  expect(answer).toMatch(/- `list_alarms` failed: Access denied\. [^\n]*DescribeAlarms/);
  const body = (text: string) => text.slice(0, text.indexOf("\n\n**Alarms**")).split("\n\n**Limits**")[0];
  expect(body(answer)).toBe(body(told.answer));
  expect(report.unverified).toEqual([]);
});

test("what the service leaves open about alarms is a limit too", async () => {
  ring(32);
  deny("DescribeMetricFilters");
  const { answer } = await question(ASKED);
  expect(answer).toContain("- `auth-errors` has been in ALARM since");
  expect(answer).toMatch(/- Which log groups feed the alarms is not known: Access denied[^\n]*\[q3\]/);
});

test("alarms do not make good for logs that cannot be read", async () => {
  ring(32);
  deny("FilterLogEvents");
  const { answer } = await question("errors in auth between 10:00 and 12:00");
  expect(answer).toContain("**Nothing could be read of `/shop/auth`.** Access denied");
  expect(answer).toContain("So this says nothing about errors.");
  expect(answer).toContain("`auth-errors` has been in ALARM");
});

describe("an alarm by its name", () => {
  test("is no missing group, and leads to the group that it counts", async () => {
    ring(-300, -280);
    const { answer, tools, report } = await question("investigate alarm auth-errors");
    expect(tools.filter((tool) => tool === "fetch_logs")).toHaveLength(1);
    expect(answer).toMatch(/`\/shop\/auth`[^\n]*signing key/);
    expect(answer).not.toContain("Not found");
    expect(answer).toContain("**Alarms**\n\n- `auth-errors` ");
    expect(report.unverified).toEqual([]);
  });

  test("is explained: what it counts, why it rings, how high its metric went", async () => {
    ring(32);
    peer.putMetric(METRIC, [
      { at: minute(31), value: 4 },
      { at: minute(32), value: 7 },
    ]);
    const { answer, tools, report } = await question("what is alarm auth-errors about?");
    expect(tools).toEqual(["list_alarms", "get_metric"]);
    expect(answer).toContain("`auth-errors` has been in ALARM since 2026-01-10 10:32:00");
    expect(answer).toContain("- It is described as `Nobody can log in` [q1]");
    expect(answer).toContain("- Why it is in ALARM: `Threshold Crossed: 1 datapoint [4.0]");
    expect(answer).toContain("- `AuthErrors` (sum): at most 11, at 2026-01-10 10:30:00");
    expect(answer).toContain("**Next**: ask what is wrong in `/shop/auth` [q1].");
    expect(report.unverified).toEqual([]);
  });

  test("is asked for by itself, where there are too many to tell all of each", async () => {
    const watches = { metric: { namespace: "AWS/EC2", name: "CPUUtilization" }, threshold: 90 };
    for (let index = 0; index < 120; index += 1)
      peer.addAlarm({ name: `host-${index}`, reason: "x".repeat(400), changed: minute(index), watches });
    peer.addAlarm({ name: "old-one", reason: "It is calm.", watches });
    const { answer, tools, report } = await question("what is alarm old-one about?");
    expect(tools).toEqual(["list_alarms", "list_alarms", "get_metric"]);
    expect(answer).toContain("It is calm.");
    expect(report.unverified).toEqual([]);
  });
});

describe("a question for alarms", () => {
  test("is answered without any log", async () => {
    ring(32);
    peer.addAlarm({ name: "disk", watches: { rule: "ALARM(a)" } });
    const { answer, tools, report } = await question("which alarms are firing?");
    expect(tools).toEqual(["list_alarms"]);
    expect(answer).toContain("**1 alarm is in ALARM** at 2026-01-10 12:00:00, of 2 [q1].");
    expect(answer).toContain("- `auth-errors` has been in ALARM since 2026-01-10 10:32:00");
    expect(answer).toContain("- 2026-01-10 10:32:00 `auth-errors`: ok to alarm [q1]");
    expect(answer).not.toContain("disk");
    expect(report.unverified).toEqual([]);
  });

  test("says that none rings, that there are none, and that they cannot be listed", async () => {
    expect((await question("any alarms?")).answer).toContain("**There are no alarms** [q1].");
    ring(32, 51);
    const calm = await question("any alarms?");
    expect(calm.answer).toContain("**No alarm is in ALARM** at 2026-01-10 12:00:00, of 1 [q1].");
    expect(calm.answer).toContain("- 2026-01-10 10:51:00 `auth-errors`: alarm to ok [q1]");
    deny("DescribeAlarms");
    expect((await question("any alarms?")).answer).toContain("**The alarms could not be listed.** Access");
  });

  test("may name what the alarms are about, by their names or by those of groups", async () => {
    ring(32);
    peer.addAlarm({ name: "disk-full", watches: { rule: "ALARM(a)" } });
    for (const about of ["any alarms for auth?", "is there an alarm on /shop/auth?"]) {
      const { answer } = await question(about);
      expect(answer).toContain("- `auth-errors` has been in ALARM");
      expect(answer).not.toContain("disk-full");
    }
    const { answer, report } = await question("any alarms for billing-api?");
    expect(answer).toContain("**No alarm is named like `billing-api`");
    expect(answer).toContain("**1 alarm is in ALARM**");
    expect(report.unverified).toEqual([]);
  });
});

test.each([
  ["any alarms?", "alarms"],
  ["alarms", "alarms"],
  ["list alarms", "alarms"],
  ["show me all alarms", "alarms"],
  ["Which alarms are firing?", "alarms"],
  ["which alarms rang last night?", "alarms"],
  ["how many alarms are active?", "alarms"],
  ["are any alerts firing right now?", "alarms"],
  ["did any alarm go off between 14:00 and 15:00?", "alarms"],
  ["is the alarm checkout-5xx still ringing?", "alarms"],
  ["what is alarm auth-errors about?", "alarms"],
  ["What does the alarm 'Auth errors high' watch?", "alarms"],
  ["any new alarms since yesterday?", "alarms"],
  ["any alarms for EC2?", "alarms"],
  ["why is the alarm auth-errors ringing?", "investigate"],
  ["alarm checkout-5xx is firing", "investigate"],
  ["what happened when the alarm rang?", "investigate"],
  ["investigate alarm auth-errors", "investigate"],
  ["what should I do about the alarm?", "investigate"],
  ["are there any errors around the alarm?", "errors"],
  ["any alarms or errors in auth?", "errors"],
  ["errors in alarm-handler", "errors"],
  ["errors in the alarm service", "errors"],
  ["show the last 10 logs of the alarm service", "show"],
  ["show alarm logs", "show"],
  ["lines that mention alarm", "find"],
  ["find 'fire alarm' in gateway", "find"],
  ["Is the alarm slow?", "slow"],
  ["How many errors raised an alarm?", "count"],
])("%s: %s", (text, kind) => {
  expect(readIntent(text, true).kind).toBe(kind);
  // Without alarms the word is one like any other.
  expect(readIntent(text).kind).not.toBe("alarms");
});

test("a source without alarms is not asked for them", async () => {
  const files = { "auth.log": fileOf(linesOf(5, (i) => `ERROR alarm ${i} raised`)) };
  const { tools, answer } = await analyse(files, "any alarms?");
  expect(tools).not.toContain("list_alarms");
  expect(answer).toContain("Only logs were read;");
});

const STATES = ["ok", "alarm", "insufficient-data"] as const;

test("law: an alarm rang in the window exactly if it was in ALARM at some time of it, or shortly after", () => {
  const [start, end, lag, lead] = [minute(0), minute(60), 15, 60];
  const history = fc.record({
    first: fc.constantFrom(...STATES),
    // Minutes; whole ones, so that no two are the same.
    changes: fc.uniqueArray(fc.integer({ min: -200, max: 200 }), { maxLength: 8 }),
    states: fc.array(fc.constantFrom(...STATES), { minLength: 8, maxLength: 8 }),
  });
  fc.assert(
    fc.property(history, ({ first, changes, states }) => {
      const times = changes.toSorted((a, b) => a - b);
      const steps = times.map((time, index) => ({
        at: time + 0.5,
        from: index === 0 ? first : (states[index - 1] ?? first),
        to: states[index] ?? first,
      }));
      const real = steps.filter(({ from, to }) => from !== to);
      const stateAt = (time: number) => real.findLast(({ at: when }) => when <= time)?.to ?? first;
      const last = real.at(-1);
      const alarm: KnownAlarm = {
        name: "one",
        state: last?.to ?? first,
        since: last ? new Date(minute(last.at)).toISOString() : new Date(minute(-10_000)).toISOString(),
        metrics: [],
        logs: [],
        ref: "q1",
        asOf: new Date(minute(300)).toISOString(),
        changes: real
          .filter(({ at: when }) => when >= -lead && when <= 60 + lag)
          .map(({ at: when, from, to }) => ({
            alarm: "one",
            at: new Date(minute(when)).toISOString(),
            from,
            to,
          })),
      };
      const window = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
      const rang = Array.from({ length: 60 + lag + 1 }, (_, time) => stateAt(time)).includes("alarm");
      const isSeen = alarm.changes.length > 0 || Date.parse(alarm.since ?? "") <= end + lag * 60_000;
      // Of an alarm that rang all through the window and changed only after it, nothing is told.
      fc.pre(isSeen);
      expect(lastRing(alarm, window) !== undefined).toBe(rang);
    }),
  );
});
