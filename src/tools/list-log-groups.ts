import { z } from "zod";
import { suggestNames } from "../sources/near-names.ts";
import { renderTime } from "./render.ts";
import type { LogTool } from "./tool.ts";

const input = z.object({
  prefix: z.string().describe("Only groups whose name starts with this").optional(),
  limit: z.number().int().min(1).max(1000).default(50),
});

export const listLogGroups: LogTool<z.infer<typeof input>> = {
  name: "list_log_groups",
  description:
    "List log groups with size, oldest and newest event. Offers near names when the prefix has none. Call it first when no group is known.",
  input,
  async run({ prefix, limit }, { directory, signal, zone }) {
    const all = await directory.list(signal);
    const found = prefix ? all.filter(({ fullName }) => fullName.startsWith(prefix)) : all;
    const near =
      prefix && found.length === 0
        ? await suggestNames(
            prefix,
            all.map(({ fullName }) => fullName),
            limit,
          )
        : [];
    const shown = found.length > 0 ? found : all.filter(({ fullName }) => near.includes(fullName));
    const groups = shown.slice(0, limit).map((group) => ({
      name: group.fullName,
      bytes: group.storedBytes ?? null,
      oldest_event: renderTime(group.oldestEvent, zone),
      newest_event: renderTime(group.newestEvent, zone),
      ...(group.retentionDays === undefined ? {} : { retention_days: group.retentionDays }),
      ...(group.remark === undefined ? {} : { remark: group.remark }),
    }));
    const data = {
      groups,
      total: found.length,
      returned: groups.length,
      ...(prefix && found.length === 0
        ? {
            note: `No group starts with '${prefix}'. ${groups.length > 0 ? "Near names are listed." : "No name is near it."}`,
          }
        : {}),
      ...(found.length > groups.length
        ? { truncated: `${found.length - groups.length} more groups are not listed` }
        : {}),
    };
    return { data, summary: `${found.length} of ${all.length} log groups` };
  },
};
