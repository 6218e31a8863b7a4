import { z } from "zod";
import type { Zone } from "../log/zone.ts";
import type { ListedGroup } from "../sources/directory.ts";
import { suggestNames } from "../sources/near-names.ts";
import { fitTokens } from "./budget.ts";
import type { JsonObject } from "./json.ts";
import { renderTime } from "./render.ts";
import type { LogTool } from "./tool.ts";

const input = z.object({
  prefix: z.string().describe("Only groups whose name starts with this").optional(),
  limit: z.number().int().min(1).max(1000).default(50),
});

interface Detail {
  readonly groups: number;
  /** Sizes and times too, and not just names. */
  readonly times: boolean;
}

/** In a longer list nobody looks at the newest event of each, which may take a call each. */
const MOST_DESCRIBED = 20;

const DETAILS: readonly [Detail, ...Detail[]] = [
  { groups: 1000, times: true },
  { groups: 1000, times: false },
  { groups: 300, times: false },
  { groups: 100, times: false },
  { groups: 30, times: false },
];

export const listLogGroups: LogTool<z.infer<typeof input>> = {
  name: "list_log_groups",
  description:
    "List log groups with size, oldest and newest event. Offers near names when the prefix has none. Call it first when no group is known.",
  input,
  async run({ prefix, limit }, environment) {
    const { directory, signal, zone } = environment;
    const all = await directory.list(signal);
    const found = prefix ? all.filter(({ name }) => name.startsWith(prefix)) : all;
    const near =
      prefix && found.length === 0
        ? await suggestNames(
            prefix,
            all.map(({ name }) => name),
            limit,
          )
        : [];
    const listed = found.length > 0 ? found : all.filter(({ name }) => near.includes(name));
    const shown = listed.length <= MOST_DESCRIBED ? await directory.describe(listed, signal) : listed;
    const data = fitTokens(environment.resultTokens, DETAILS, (detail) => {
      const groups = shown
        .slice(0, Math.min(limit, detail.groups))
        .map((group) => renderGroup(group, detail.times, zone));
      const hidden = shown.length - groups.length;
      return {
        groups,
        total: found.length,
        returned: groups.length,
        ...(prefix && found.length === 0
          ? {
              note: `No group starts with '${prefix}'. ${groups.length > 0 ? "Near names are listed." : "No name is near it."}`,
            }
          : {}),
        ...(hidden > 0 ? { truncated: `${hidden} more groups are not listed; narrow the prefix` } : {}),
      };
    });
    return { data, summary: `${found.length} of ${all.length} log groups` };
  },
};

function renderGroup(group: ListedGroup, times: boolean, zone: Zone): JsonObject {
  const remark = group.remark === undefined ? {} : { remark: group.remark };
  if (!times) return { name: group.name, ...remark };
  return {
    name: group.name,
    bytes: group.storedBytes ?? null,
    oldest_event: renderTime(group.oldestEvent, zone),
    newest_event: renderTime(group.newestEvent, zone),
    ...(group.retentionDays === undefined ? {} : { retention_days: group.retentionDays }),
    ...remark,
  };
}
