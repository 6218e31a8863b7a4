import { rmSync } from "node:fs";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import type { GroupTruth } from "../peers/cloudwatch-shop.ts";
import { addShop } from "../peers/cloudwatch-shop.ts";
import { builtProgram, makeFolder, type Ran, type RunOptions, run } from "./program.ts";

/** The time of every run of the program: see environmentOf. */
export const NOW = Date.UTC(2026, 2, 12, 6);
export const AUTH = "/aws/lambda/auth-service-prod";
export const USERS = "/aws/lambda/user-service-prod";
/** Hands its events out to billed queries only. */
export const RARE = "/archive/audit";

export interface CloudShop {
  readonly home: string;
  readonly peer: CloudWatchPeer;
  /** What is in a group. @throws Error for a group that is not the shop's */
  truth(group: string): GroupTruth;
  /** Runs the program with the shop as its AWS and, unless told, the offline analyst. */
  logai(args: readonly string[], options?: Partial<RunOptions>): Promise<Ran>;
  close(): Promise<void>;
}

/** A shop's CloudWatch, and the program on it. */
export async function openCloudShop(): Promise<CloudShop> {
  await builtProgram();
  const home = makeFolder();
  const peer = await startCloudWatch();
  const truths = addShop(peer, { now: NOW });
  const day = 86_400_000;
  peer.addGroup({ name: RARE, class: "INFREQUENT_ACCESS", storedBytes: 5e9, creationTime: NOW - 30 * day });
  peer.addEvents(RARE, "s", [{ timestamp: NOW - 60_000, message: "ERROR audit trail broken" }]);
  const env = {
    AWS_REGION: peer.region,
    AWS_ENDPOINT_URL: peer.endpoint,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    LOGAI_LLM_PROVIDER: "offline",
  };
  return {
    home,
    peer,
    truth: (group) => {
      const known = truths.find((one) => one.group === group);
      if (!known) throw new Error(`${group} is not in the shop.`);
      return known;
    },
    logai: (args, options = {}) => {
      // The home of all tests together keeps nothing that was read from one to the next.
      const cache = options.home === undefined ? { LOGAI_CACHE_ENABLED: "false" } : {};
      return run(args, { home, ...options, env: { ...env, ...cache, ...options.env } });
    },
    close: async () => {
      await peer.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
