/**
 * Calls a second that an account may make in a region, by operation: the defaults of "CloudWatch Logs quotas"
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html). Where a region has a value of its own
 * it is named; whatever is higher in a real account is found to be unused, whatever is lower shows itself by refusals.
 */
const DEFAULTS: Readonly<Record<string, number>> = {
  FilterLogEvents: 10,
  GetLogEvents: 25,
  DescribeLogGroups: 10,
  ListLogGroups: 10,
  DescribeLogStreams: 25,
  DescribeMetricFilters: 5,
  StartQuery: 10,
  GetQueryResults: 10,
  StopQuery: 10,
  StartLiveTail: 5,
  GetLogRecord: 10,
  GetLogGroupFields: 10,
  DescribeAlarms: 9,
  DescribeAlarmHistory: 20,
  GetMetricData: 50,
  ListMetrics: 25,
  GetCallerIdentity: 50,
};

const BY_REGION: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  FilterLogEvents: {
    "us-east-1": 25,
    "ap-northeast-3": 5,
    "ap-southeast-3": 5,
    "ca-west-1": 5,
    "eu-central-1": 5,
    "il-central-1": 5,
  },
  GetLogEvents: {
    "us-west-2": 10,
    "eu-west-1": 10,
    "eu-central-1": 10,
    "ap-northeast-3": 10,
    "ap-southeast-3": 10,
    "ca-west-1": 10,
    "il-central-1": 10,
    "eu-west-3": 30,
  },
};

/** Of an operation that the table does not know. */
const CAUTIOUS = 5;

/** Calls a second. */
export function quotaOf(operation: string, region: string): number {
  return BY_REGION[operation]?.[region] ?? DEFAULTS[operation] ?? CAUTIOUS;
}
