import { errorResponse, okResponse, ServiceError, type WireResponse } from "./cloudwatch-wire.ts";
import { createIdentity } from "./identity.ts";
import {
  describeAlarmHistory,
  describeAlarms,
  describeAlarmsForMetric,
  type Monitoring,
} from "./monitoring-alarms.ts";
import { getMetricData, listMetrics } from "./monitoring-data.ts";
import { describeMetricFilters } from "./monitoring-filters.ts";
import { createMonitoringStore, type MonitoringSetup, type MonitoringStore } from "./monitoring-store.ts";
import { type Asked, type Neighbour, readTarget } from "./monitoring-wire.ts";

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

/** What AWS has beside the logs, for one address: alarms and metrics, metric filters, who is asking. */
export function createNeighbours(options: NeighboursOptions): {
  readonly neighbours: readonly Neighbour[];
  readonly setup: MonitoringSetup;
} {
  const store = createMonitoringStore();
  const { addAlarm, addAlarmHistory, putMetric, addMetricFilter } = store;
  return {
    neighbours: [createMonitoring(store, options), createFilters(store), createIdentity(options)],
    setup: { addAlarm, addAlarmHistory, putMetric, addMetricFilter },
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

/** The one operation of the Logs service that tells which log group feeds a metric. */
function createFilters(store: MonitoringStore): Neighbour {
  const target = "Logs_20140328.DescribeMetricFilters";
  return {
    service: "logs",
    read: (request, body): Asked | undefined => {
      const asked = readTarget(request, body, { target, contentType: "application/x-amz-json-1.1" });
      return asked?.operation === "" ? { ...asked, operation: "DescribeMetricFilters" } : undefined;
    },
    run: ({ input }, paging) => okResponse(describeMetricFilters(store, input, paging)),
    refuse: (error) => errorResponse(error, "bare"),
  };
}
