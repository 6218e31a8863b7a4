import { ServiceError, type WireResponse } from "./cloudwatch-wire.ts";
import { createIdentity } from "./identity.ts";
import {
  describeAlarmHistory,
  describeAlarms,
  describeAlarmsForMetric,
  type Monitoring,
} from "./monitoring-alarms.ts";
import { getMetricData, listMetrics } from "./monitoring-data.ts";
import { createMonitoringStore, type MonitoringSetup, type MonitoringStore } from "./monitoring-store.ts";
import { type Neighbour, readTarget } from "./monitoring-wire.ts";

type Operation = (monitoring: Monitoring, input: unknown) => object;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  DescribeAlarms: describeAlarms,
  DescribeAlarmHistory: describeAlarmHistory,
  DescribeAlarmsForMetric: describeAlarmsForMetric,
  GetMetricData: getMetricData,
  ListMetrics: listMetrics,
};

/** What the query protocol, which this one is compatible with, calls the service's errors. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  InternalServiceFault: "InternalServiceError",
  InvalidParameterCombinationException: "InvalidParameterCombination",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingRequiredParameterException: "MissingParameter",
  ThrottlingException: "Throttling",
  ValidationException: "ValidationError",
};

export interface NeighboursOptions {
  readonly region: string;
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What AWS has beside the logs, for one address: alarms and metrics, and who is asking. */
export function createNeighbours(options: NeighboursOptions): {
  readonly neighbours: readonly Neighbour[];
  readonly setup: MonitoringSetup;
} {
  const store = createMonitoringStore();
  const { addAlarm, addAlarmHistory, putMetric } = store;
  return {
    neighbours: [createMonitoring(store, options), createIdentity(options)],
    setup: { addAlarm, addAlarmHistory, putMetric },
  };
}

const CONTENT_TYPE = "application/x-amz-json-1.0";

/** CloudWatch's alarms and metrics as AWS's client speaks to them: AWS JSON 1.0 in its query-compatible form. */
function createMonitoring(store: MonitoringStore, options: NeighboursOptions): Neighbour {
  return {
    service: "monitoring",
    read: (request, body) =>
      readTarget(request, body, { target: "GraniteServiceVersion20100801.", contentType: CONTENT_TYPE }),
    run({ operation, input }, paging) {
      const run = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
      if (!run) throw new ServiceError("UnknownOperationException", "");
      const output = run({ store, paging, ...options }, input);
      return { status: 200, headers: { "content-type": CONTENT_TYPE }, body: JSON.stringify(output) };
    },
    refuse: refuseCompatibly,
  };
}

function refuseCompatibly({ code, message, status }: ServiceError): WireResponse {
  const fault = status < 500 ? "Sender" : "Receiver";
  return {
    status,
    headers: {
      "content-type": CONTENT_TYPE,
      "x-amzn-query-error": `${QUERY_CODES[code] ?? code};${fault}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch#${code}`, message }),
  };
}
