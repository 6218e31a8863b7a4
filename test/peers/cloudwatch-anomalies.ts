import { z } from "zod";
import { groupIdentifier, type Service, takeItems, token } from "./cloudwatch-groups.ts";
import { parseInput, ServiceError } from "./cloudwatch-wire.ts";

export interface NewDetector {
  readonly name: string;
  /** ARNs of the groups that it watches. */
  readonly groups: readonly string[];
}

export interface NewAnomaly {
  /** The detector's name. */
  readonly detector: string;
  /** ARNs; those that the detector watches where left out. */
  readonly groups?: readonly string[];
  readonly pattern: string;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly description?: string;
  /** "MEDIUM" where left out. */
  readonly priority?: "HIGH" | "MEDIUM" | "LOW";
  /** "Active" where left out. */
  readonly state?: "Active" | "Suppressed" | "Baseline";
  /** Whether it goes on; false where left out. */
  readonly active?: boolean;
}

export interface Anomalies {
  readonly detectors: readonly Detector[];
  readonly found: readonly (NewAnomaly & { readonly id: string })[];
}

export interface AnomalySetup {
  addDetector(detector: NewDetector): void;
  /** @throws Error where there is no such detector */
  addAnomaly(anomaly: NewAnomaly): void;
}

interface Detector extends NewDetector {
  readonly arn: string;
}

export function createAnomalies({ region, account }: { region: string; account: string }): {
  readonly anomalies: Anomalies;
  readonly setup: AnomalySetup;
} {
  const detectors: Detector[] = [];
  const found: (NewAnomaly & { id: string })[] = [];
  return {
    anomalies: { detectors, found },
    setup: {
      addDetector(detector) {
        const id = idOf(detectors.length + 1);
        detectors.push({ ...detector, arn: `arn:aws:logs:${region}:${account}:anomaly-detector:${id}` });
      },
      addAnomaly(anomaly) {
        if (!detectors.some(({ name }) => name === anomaly.detector))
          throw new Error(`No anomaly detector ${anomaly.detector} in the peer.`);
        found.push({ ...anomaly, id: idOf(found.length + 1) });
      },
    },
  };
}

function idOf(number: number): string {
  return `00000000-0000-4000-a000-${String(number).padStart(12, "0")}`;
}

const limit = z.number().int().min(1).max(50).optional();
const detectorArn = z
  .string()
  .min(1)
  .regex(/^[\w#+=/:,.@-]*$/);

const detectorsInput = z.object({
  filterLogGroupArn: groupIdentifier.optional(),
  limit,
  nextToken: token.optional(),
});

export function listLogAnomalyDetectors(service: Service, input: unknown): object {
  const { limit, nextToken, filterLogGroupArn } = parseInput(detectorsInput, input);
  const items = service.anomalies.detectors.filter(
    ({ groups }) => filterLogGroupArn === undefined || groups.includes(filterLogGroupArn),
  );
  const query = ["detectors", filterLogGroupArn];
  const page = takeItems(service, { items, key: ({ arn }) => arn, query, limit, nextToken });
  const anomalyDetectors = page.items.map(({ arn, name, groups }) => ({
    anomalyDetectorArn: arn,
    detectorName: name,
    logGroupArnList: groups,
    evaluationFrequency: "FIVE_MIN",
    anomalyDetectorStatus: "ANALYZING",
    creationTimeStamp: 0,
    lastModifiedTimeStamp: 0,
    anomalyVisibilityTime: 21,
  }));
  return { anomalyDetectors, ...page.next };
}

const anomaliesInput = z.object({
  anomalyDetectorArn: detectorArn.optional(),
  suppressionState: z.enum(["SUPPRESSED", "UNSUPPRESSED"]).optional(),
  limit,
  nextToken: token.optional(),
});

/**
 * The model speaks of seconds; the example of the AWS CLI (`aws logs list-anomalies`), which is followed here, has
 * milliseconds.
 */
export function listAnomalies(service: Service, input: unknown): object {
  const { limit, nextToken, anomalyDetectorArn, suppressionState } = parseInput(anomaliesInput, input);
  const { detectors, found } = service.anomalies;
  const asked = detectors.find(({ arn }) => arn === anomalyDetectorArn);
  if (anomalyDetectorArn !== undefined && asked === undefined)
    throw new ServiceError("ResourceNotFoundException", "The specified anomaly detector does not exist.");
  const items = found.filter(({ detector, state }) => {
    const isSuppressed = state === "Suppressed";
    const isWanted = suppressionState === undefined || isSuppressed === (suppressionState === "SUPPRESSED");
    return isWanted && (asked === undefined || asked.name === detector);
  });
  const query = ["anomalies", anomalyDetectorArn, suppressionState];
  const page = takeItems(service, { items, key: ({ id }) => id, query, limit, nextToken });
  return { anomalies: page.items.map((anomaly) => describe(anomaly, detectors)), ...page.next };
}

function describe(anomaly: Anomalies["found"][number], detectors: readonly Detector[]): object {
  const { pattern, firstSeen, lastSeen, state = "Active" } = anomaly;
  const detector = detectors.find(({ name }) => name === anomaly.detector);
  return {
    anomalyId: anomaly.id,
    patternId: Buffer.from(pattern).toString("hex").slice(0, 32),
    anomalyDetectorArn: detector?.arn,
    patternString: pattern,
    priority: anomaly.priority ?? "MEDIUM",
    firstSeen,
    lastSeen,
    description: anomaly.description ?? "Unexpected count of the pattern",
    active: anomaly.active ?? false,
    state,
    histogram: { [String(firstSeen)]: 1 },
    logSamples: [],
    patternTokens: [],
    logGroupArnList: anomaly.groups ?? detector?.groups,
    suppressed: state === "Suppressed",
    suppressedDate: 0,
    suppressedUntil: 0,
    isPatternLevelSuppression: false,
  };
}
