import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { collect } from "../contracts/source.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import type { NewGroup } from "../peers/cloudwatch-store.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 20, 12);

let peer: CloudWatchPeer;
let count = 0;

beforeAll(async () => {
  peer = await startCloudWatch();
});
afterAll(() => peer.close());

/** What a reading of the days before now says of a new group with one event. */
async function noticesOf(group: Omit<NewGroup, "name">, days: number): Promise<string[]> {
  count += 1;
  const name = `/told/${count}`;
  peer.addGroup({ name, ...group });
  const masked = group.isProtected ? { masked: "login of ***" } : {};
  peer.addEvents(name, "s", [{ timestamp: NOW - 1000, message: "login of ann", ...masked }]);
  const source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => NOW,
    env: {},
    region: peer.region,
    access: {
      endpoint: peer.endpoint,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    },
  });
  const window = { start: NOW - days * DAY, end: NOW };
  const { events, notices } = await collect(source, { group: name, window });
  expect(events.map(({ message }) => message)).toEqual([group.isProtected ? "login of ***" : "login of ann"]);
  return notices.map(({ kind, text }) => `${kind}: ${text}`);
}

describe("what a reading says of its group", () => {
  it("is nothing where the window lies within what the group holds", async () => {
    expect(await noticesOf({ retentionDays: 14, creationTime: NOW - 30 * DAY }, 7)).toEqual([]);
    expect(await noticesOf({ creationTime: NOW - 7 * DAY }, 7)).toEqual([]);
  });

  it("is where its retention cuts the window", async () => {
    expect(await noticesOf({ retentionDays: 1, creationTime: NOW - 30 * DAY }, 7)).toEqual([
      "beyond-retention: Events before 2026-03-19 12:00:00 UTC have passed the retention of 1 day and are gone; the window begins earlier.",
    ]);
  });

  it("is that it was made later", async () => {
    expect(await noticesOf({ creationTime: NOW - 2 * DAY }, 7)).toEqual([
      "beyond-retention: The group was made at 2026-03-18 12:00:00 UTC; the window begins earlier.",
    ]);
  });

  it("is that values are masked, which are read as they are", async () => {
    expect(await noticesOf({ isProtected: true, creationTime: NOW - 30 * DAY }, 1)).toEqual([
      "masked: A data protection policy masks values in these events; they are read as they are masked (****).",
    ]);
  });
});
