import { z } from "zod";
import type { LogSource } from "../../src/sources/source.ts";
import { startCloudWatch } from "../peers/cloudwatch.ts";
import { openSource, openTools } from "./run-tools.ts";
import { NOW } from "./tool-folder.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What a group of 30 days stores whose hours hold so many bytes: 15 % of them. */
export const storing = (bytesAnHour: number) => bytesAnHour * 0.15 * 24 * 30;
const BIG = storing(300e6);

type GroupClass = "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY";

/** A group stores 300 MB an hour unless told. */
interface Given {
  readonly messages?: readonly string[];
  readonly storedBytes?: number;
  readonly class?: GroupClass;
  readonly created?: number;
}

interface Opened {
  readonly limit?: number;
  readonly hasBudget?: boolean;
  readonly sources?: readonly LogSource[];
  readonly now?: () => number;
}

/** A CloudWatch with groups that are told to be big, and tools that search the hour before now. */
export type CloudLogs = Awaited<ReturnType<typeof openCloudLogs>>;

export async function openCloudLogs() {
  const peer = await startCloudWatch({ clock: () => NOW });
  /** Messages a second apart, the last a minute before now. */
  function addGroup(name: string, given: Given = {}): void {
    const {
      messages = [],
      storedBytes = BIG,
      class: groupClass = "STANDARD",
      created = NOW - 30 * DAY,
    } = given;
    peer.addGroup({ name, creationTime: created, storedBytes, class: groupClass });
    const from = NOW - 60_000 - messages.length * 1000;
    const events = messages.map((message, index) => ({ timestamp: from + index * 1000, message }));
    if (events.length > 0) peer.addEvents(name, "web", events);
  }

  const sourceOf = (name?: string) => openSource(peer, NOW, name);

  /** Runs tools, with a budget for scans. */
  function open({ limit = 10, hasBudget = true, sources = [sourceOf()], now = () => NOW }: Opened = {}) {
    const tools = openTools({ sources, now, limit, hasBudget });
    const search = (search_pattern: string, log_group_prefixes: readonly string[] = [""]) =>
      tools.call("search_logs", {
        ...{ log_group_prefixes, search_pattern },
        ...{ start_time: String(NOW - HOUR), end_time: String(NOW) },
      });
    return { ...tools, search };
  }

  const callsOf = (operation: string) => peer.calls.filter((call) => call.operation === operation);
  return { peer, addGroup, sourceOf, open, callsOf };
}

/** The groups of a result of search_logs. */
export const groupsOf = (data: unknown) =>
  z
    .object({
      groups: z.array(
        z.object({
          log_group: z.string(),
          matched: z.number(),
          errors: z.number(),
          first: z.string().nullable(),
          last: z.string().nullable(),
          templates_from: z.string().optional(),
          templates: z.array(z.looseObject({ template: z.string(), count: z.number() })),
          events: z.array(z.string()),
        }),
      ),
    })
    .parse(data).groups;

export const textsOf = (notices: readonly { readonly text: string }[] = []) =>
  notices.map(({ text }) => text).join("\n");
