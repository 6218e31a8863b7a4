import { Failure } from "../../failure.ts";
import type { GroupClass } from "../source.ts";
import { factsOf } from "./call-errors.ts";
import type { Connection } from "./client.ts";

/** What of a log group a probe needs. */
export interface ProbedGroup {
  /** How a request names it: by its ARN where other accounts are looked into too, by its name else. */
  readonly identifier: { readonly logGroupName: string } | { readonly logGroupIdentifier: string };
  readonly name: string;
  readonly arn: string | undefined;
  readonly class: GroupClass;
}

export interface ProbeContext extends Pick<Connection, "logs" | "commands" | "monitoring" | "identity"> {
  /** @throws Failure as Send does */
  readonly call: <Output>(
    operation: string,
    run: (signal: AbortSignal) => Promise<Output>,
    about?: string,
  ) => Promise<Output>;
  /** The smallest first. */
  readonly groups: readonly ProbedGroup[];
  /** ms since the epoch. */
  readonly now: number;
  /** A query that was started, once for all who ask; undefined where it was not to be had. */
  readonly query: () => Promise<StartedQuery | Untested>;
}

export interface StartedQuery {
  readonly queryId: string;
  /** Where it runs, for the reader. */
  readonly place: string;
}

/** Why a permission could not be tried out. */
export interface Untested {
  readonly untested: string;
}

/** An action of IAM that LogAI uses, and a way to try it out that changes nothing. */
export interface Permission {
  readonly action: string;
  /** What does not work without it; undefined where LogAI cannot do without. */
  readonly without?: string;
  /** Gives what was found, in a few words. @throws Failure "access-denied" | whatever a call can fail with */
  readonly probe: (context: ProbeContext) => Promise<string | Untested>;
}

/** Groups that are tried at most: a policy may allow some of them only. */
const MOST_TRIED = 5;
const NO_QUERY = "00000000-0000-0000-0000-000000000000";

/** The calls of the one query that the doctor makes. */
export async function startProbeQuery({ call, logs, commands, groups, now }: ProbeContext) {
  const second = Math.floor(now / 1000);
  let queryId = NO_QUERY;
  const isQueryable = (group: ProbedGroup) => group.class !== "delivery";
  const place = await onSome(groups.filter(isQueryable), "log group that can be queried", async (group) => {
    const { identifier } = group;
    const which =
      "logGroupName" in identifier
        ? { logGroupNames: [identifier.logGroupName] }
        : { logGroupIdentifiers: [identifier.logGroupIdentifier] };
    const input = {
      ...which,
      queryString: "fields @timestamp | limit 1",
      limit: 1,
      startTime: second - 1,
      endTime: second,
    };
    const started = await call(
      "StartQuery",
      (abortSignal) => logs.send(new commands.StartQueryCommand(input), { abortSignal }),
      group.name,
    );
    queryId = started.queryId ?? NO_QUERY;
  });
  return typeof place === "string" ? { queryId, place } : place;
}

/** In the order in which they are told. */
export const PERMISSIONS: readonly Permission[] = [
  {
    action: "sts:GetCallerIdentity",
    without: "who you are is not shown here",
    async probe({ call, identity }) {
      const [sts, { GetCallerIdentityCommand }] = await Promise.all([
        identity(),
        import("@aws-sdk/client-sts"),
      ]);
      const { Arn = "unknown", Account = "unknown" } = await call("GetCallerIdentity", (abortSignal) =>
        sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
      );
      return `${Arn} (account ${Account})`;
    },
  },
  {
    action: "logs:FilterLogEvents",
    probe: ({ call, logs, commands, groups, now }) =>
      onSome(groups.filter(isStandard), "log group of the Standard class", async ({ identifier, name }) => {
        const input = { ...identifier, limit: 1, startTime: now - 1000, endTime: now };
        await call(
          "FilterLogEvents",
          (abortSignal) => logs.send(new commands.FilterLogEventsCommand(input), { abortSignal }),
          name,
        );
      }),
  },
  {
    action: "logs:ListLogGroups",
    without: "an account of thousands of groups is listed slowly",
    async probe({ call, logs, commands }) {
      await call("ListLogGroups", (abortSignal) =>
        logs.send(new commands.ListLogGroupsCommand({ limit: 1 }), { abortSignal }),
      );
      return "allowed";
    },
  },
  {
    action: "logs:DescribeLogStreams",
    without: "groups are listed without their newest event",
    probe: ({ call, logs, commands, groups }) =>
      onSome(groups, "log group", async ({ identifier, name }) => {
        const input = { ...identifier, limit: 1 };
        await call(
          "DescribeLogStreams",
          (abortSignal) => logs.send(new commands.DescribeLogStreamsCommand(input), { abortSignal }),
          name,
        );
      }),
  },
  {
    action: "logs:GetLogEvents",
    without: "the lines before an event of 2023 or earlier are found slowly",
    probe: ({ call, logs, commands, groups }) =>
      onSome(groups.filter(isStandard), "log group of the Standard class", async ({ identifier, name }) => {
        const input = { ...identifier, logStreamName: "logai-doctor", limit: 1, startFromHead: true };
        await unlessRefused(
          call(
            "GetLogEvents",
            (abortSignal) => logs.send(new commands.GetLogEventsCommand(input), { abortSignal }),
            name,
          ),
        );
      }),
  },
  {
    action: "logs:StartQuery",
    without:
      "nothing is counted in Logs Insights: large windows are read event by event, and groups of the Infrequent Access and Essentials classes not at all",
    async probe({ query }) {
      const started = await query();
      if ("untested" in started) return started;
      return `a second of ${started.place} was queried, which is billed next to nothing`;
    },
  },
  {
    action: "logs:GetQueryResults",
    without: "queries have no results, as without logs:StartQuery",
    async probe({ query, call, logs, commands }) {
      await unlessRefused(
        call("GetQueryResults", async (abortSignal) =>
          logs.send(new commands.GetQueryResultsCommand({ queryId: await idOf(query) }), { abortSignal }),
        ),
      );
      return "allowed";
    },
  },
  {
    action: "logs:StopQuery",
    without: "a query that is left goes on in the service and is billed to its end",
    async probe({ query, call, logs, commands }) {
      await unlessRefused(
        call("StopQuery", async (abortSignal) =>
          logs.send(new commands.StopQueryCommand({ queryId: await idOf(query) }), { abortSignal }),
        ),
      );
      return "allowed";
    },
  },
  {
    action: "logs:StartLiveTail",
    without: "following looks for new events every 2 s",
    probe: tryLiveTail,
  },
  {
    action: "logs:ListLogAnomalyDetectors",
    without: "anomalies that CloudWatch has found are no leads",
    async probe({ call, logs, commands }) {
      await call("ListLogAnomalyDetectors", (abortSignal) =>
        logs.send(new commands.ListLogAnomalyDetectorsCommand({ limit: 1 }), { abortSignal }),
      );
      return "allowed";
    },
  },
  {
    action: "logs:ListAnomalies",
    without: "as without logs:ListLogAnomalyDetectors",
    async probe({ call, logs, commands }) {
      await call("ListAnomalies", (abortSignal) =>
        logs.send(new commands.ListAnomaliesCommand({ limit: 1 }), { abortSignal }),
      );
      return "allowed";
    },
  },
  {
    action: "logs:DescribeMetricFilters",
    without: "which log groups feed an alarm is not known",
    async probe({ call, logs, commands }) {
      await call("DescribeMetricFilters", (abortSignal) =>
        logs.send(new commands.DescribeMetricFiltersCommand({ limit: 1 }), { abortSignal }),
      );
      return "allowed";
    },
  },
  {
    action: "cloudwatch:DescribeAlarms",
    without: "alarms are no leads, and questions about them have no answer",
    async probe({ call, monitoring }) {
      const { client, sdk } = await open(monitoring);
      await call("DescribeAlarms", (abortSignal) =>
        client.send(new sdk.DescribeAlarmsCommand({ MaxRecords: 1 }), { abortSignal }),
      );
      return "allowed";
    },
  },
  {
    action: "cloudwatch:DescribeAlarmHistory",
    without: "when alarms changed is not known",
    async probe({ call, monitoring }) {
      const { client, sdk } = await open(monitoring);
      await call("DescribeAlarmHistory", (abortSignal) =>
        client.send(new sdk.DescribeAlarmHistoryCommand({ MaxRecords: 1 }), { abortSignal }),
      );
      return "allowed";
    },
  },
  {
    action: "cloudwatch:GetMetricData",
    without: "metrics are not read, and scans are estimated from stored bytes, less exactly",
    probe: tryMetricData,
  },
  {
    action: "cloudwatch:ListMetrics",
    without: "for a metric without data none is offered that may be meant",
    async probe({ call, monitoring }) {
      const { client, sdk } = await open(monitoring);
      await call("ListMetrics", (abortSignal) =>
        client.send(new sdk.ListMetricsCommand({ Namespace: "AWS/Logs" }), { abortSignal }),
      );
      return "allowed";
    },
  },
];

function isStandard(group: ProbedGroup): boolean {
  return group.class === "standard";
}

async function open(monitoring: ProbeContext["monitoring"]) {
  const [client, sdk] = await Promise.all([monitoring(), import("@aws-sdk/client-cloudwatch")]);
  return { client, sdk };
}

/** Tries the smallest groups until one is allowed. @throws Failure "access-denied" where none is */
async function onSome(
  groups: readonly ProbedGroup[],
  kind: string,
  run: (group: ProbedGroup) => Promise<void>,
): Promise<string | Untested> {
  const denied: Failure[] = [];
  for (const group of groups.slice(0, MOST_TRIED)) {
    try {
      await run(group);
      return denied.length === 0 ? group.name : `${group.name}, but not ${denied.length} smaller`;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "access-denied") throw error;
      denied.push(error);
    }
  }
  if (denied[0]) throw denied[0];
  return { untested: `no ${kind} is known here` };
}

/** Where no query was started, one that there is not. */
async function idOf(query: ProbeContext["query"]): Promise<string> {
  const started = await query().catch(() => undefined);
  return started && "queryId" in started ? started.queryId : NO_QUERY;
}

/** The service looks for what a request names after it has looked for the permission. */
const REFUSED = /^(ResourceNotFound|InvalidParameter|InvalidOperation)/;

async function unlessRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Failure) || !REFUSED.test(factsOf(error.cause).name)) throw error;
  }
}

/** Asks for a group that does not exist, so that no session opens, which would be billed by the minute. */
async function tryLiveTail({ call, logs, commands, groups }: ProbeContext): Promise<string | Untested> {
  const [group] = groups.filter((one) => isStandard(one) && one.arn !== undefined);
  if (!group) return { untested: "no log group of the Standard class is known here" };
  const input = { logGroupIdentifiers: [`${group.arn}-logai-doctor`] };
  const closing = new AbortController();
  await unlessRefused(
    call("StartLiveTail", (signal) =>
      logs.send(new commands.StartLiveTailCommand(input), {
        abortSignal: AbortSignal.any([signal, closing.signal]),
      }),
    ),
  ).finally(() => closing.abort());
  return "allowed; no session was opened to test it";
}

/** One metric of five minutes. */
async function tryMetricData({ call, monitoring, groups, now }: ProbeContext): Promise<string> {
  const { client, sdk } = await open(monitoring);
  const [group] = groups;
  const Dimensions = group ? [{ Name: "LogGroupName", Value: group.name.replace(/@\d{12}$/, "") }] : [];
  const end = Math.floor(now / 300_000) * 300_000;
  const input = {
    StartTime: new Date(end - 300_000),
    EndTime: new Date(end),
    MetricDataQueries: [
      {
        Id: "bytes",
        MetricStat: {
          Metric: { Namespace: "AWS/Logs", MetricName: "IncomingBytes", Dimensions },
          Period: 300,
          Stat: "Sum",
        },
      },
    ],
  };
  await call("GetMetricData", (abortSignal) =>
    client.send(new sdk.GetMetricDataCommand(input), { abortSignal }),
  );
  return "allowed";
}
