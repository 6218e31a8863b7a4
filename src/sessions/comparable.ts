import type { Ledger, Notice } from "../log/ledger.ts";
import { type JsonObject, type JsonValue, toJson } from "../tools/json.ts";

/** Said of how and when a result came about, not of what it is. */
const OF_THE_READING: ReadonlySet<Notice["kind"]> = new Set(["from-cache", "throttled", "not-yet-ingested"]);

/** Told as of the moment of the call, whatever time was asked about: by the tool, and by any of them. */
const OF_THE_MOMENT: Readonly<Record<string, ReadonlySet<string>>> = {
  list_log_groups: new Set(["bytes", "oldest_event", "newest_event"]),
  list_alarms: new Set(["as_of"]),
};
const SPAN = "group_span";

/** What of a tool's result must be the same each time. */
export function comparable(tool: string, data: JsonObject, ledger: Ledger | undefined): JsonObject {
  const notices = ledger?.notices ?? [];
  const told = new Set(notices.filter(({ kind }) => OF_THE_READING.has(kind)).map(({ text }) => text));
  const passing = OF_THE_MOMENT[tool];
  const keep = (value: JsonValue | undefined): JsonValue | undefined => {
    if (Array.isArray(value)) {
      const left = value.filter((item) => typeof item !== "string" || !told.has(item));
      return left.map((item) => keep(item) ?? null);
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, member]) => {
        if (key === SPAN || passing?.has(key)) return [];
        const left = keep(member);
        return key === "notices" && Array.isArray(left) && left.length === 0 ? [] : [[key, left]];
      }),
    );
  };
  return toJson(keep(data));
}
