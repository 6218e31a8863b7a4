import { Failure } from "../../src/failure.ts";
import type { BilledScan } from "../../src/log/ledger.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { createDirectory } from "../../src/sources/directory.ts";
import { createScanBudget } from "../../src/sources/scan-budget.ts";
import type { LogSource, ScanEstimate } from "../../src/sources/source.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import type { ToolEnvironment, ToolProgress } from "../../src/tools/tool.ts";
import { toolsFor } from "../../src/tools/toolbox.ts";
import type { CloudWatchPeer } from "../peers/cloudwatch.ts";
import { ZONE } from "./tool-folder.ts";

/** A source on a peer. */
export function openSource(peer: CloudWatchPeer, now: number, name = "cloudwatch"): LogSource {
  return createCloudWatchSource({
    ...{ name, zone: ZONE, now: () => now, env: {}, region: peer.region },
    access: {
      endpoint: peer.endpoint,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    },
  });
}

export interface RunOptions {
  readonly sources: readonly LogSource[];
  readonly now: () => number;
  /** Dollars for scans. */
  readonly limit: number;
  readonly hasBudget?: boolean;
}

/** Runs tools as the loop does, with a budget for scans. */
export function openTools({ sources, now, limit, hasBudget = true }: RunOptions) {
  const evidence = createEvidence();
  const directory = createDirectory(sources);
  const approved: ScanEstimate[] = [];
  const recorded: BilledScan[] = [];
  const told: ToolProgress[] = [];
  const budget = createScanBudget({ limit });
  const scans = {
    approve: async (estimate: ScanEstimate) => {
      await budget.approve(estimate);
      approved.push(estimate);
    },
    record: (scan: BilledScan) => {
      budget.record(scan);
      recorded.push(scan);
    },
  };
  const environment: ToolEnvironment = {
    ...{ directory, evidence, zone: ZONE, window: undefined, resultTokens: 6000, now },
    signal: new AbortController().signal,
    report: (progress) => told.push(progress),
    ...(hasBudget ? { scans } : {}),
  };
  const call = async (name: string, input: object) => {
    const tool = toolsFor(directory.sources).find((one) => one.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const ref = evidence.reserveResult();
    const outcome = await tool.run(input, environment, ref);
    const { data, ledger, readings = [] } = outcome;
    evidence.store({ ref, tool: name, input: {}, data, ledger, readings });
    return outcome;
  };
  return { call, evidence, approved, recorded, told, budget, environment };
}

/** How a call fails. */
export async function failureOf(run: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`no Failure but ${String(thrown)}`);
}
