import type { LogSource } from "../sources/source.ts";
import type { JsonObject } from "./json.ts";
import { renderTime } from "./render.ts";
import type { ToolEnvironment } from "./tool.ts";

/** Where the data of a group lies, for a result that is empty: its oldest and newest event, as far as is known. */
export async function renderSpan(
  source: LogSource,
  group: string,
  { directory, signal, zone }: Pick<ToolEnvironment, "directory" | "signal" | "zone">,
): Promise<JsonObject> {
  const named = (await directory.list(signal)).filter((one) => one.source === source && one.name === group);
  const [listed] = await directory.describe(named, signal);
  if (!listed) return {};
  return {
    group_span: {
      oldest_event: renderTime(listed.oldestEvent, zone),
      newest_event: renderTime(listed.newestEvent, zone),
      ...(listed.remark === undefined ? {} : { remark: listed.remark }),
    },
  };
}
