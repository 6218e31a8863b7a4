import { Failure } from "../failure.ts";
import { formatInstant } from "../log/time-input.ts";
import { suggestNames } from "../sources/near-names.ts";
import { formatBytes } from "../ui/text-layout.ts";
import type { RunCommand } from "./command.ts";
import { noGroups, openPrefix, wantsJson } from "./sources.ts";

export const runGroups: RunCommand = async (context, [arg], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const { directory, prefix, paths } = await openPrefix(
    context,
    app,
    typeof arg === "string" ? arg : "",
    options,
  );
  const all = await directory.list(context.signal);
  const groups = all.filter(({ name }) => name.startsWith(prefix));
  if (all.length === 0) throw noGroups(paths);
  if (groups.length === 0)
    throw await noneStartsWith(
      prefix,
      all.map(({ name }) => name),
    );
  if (asJson) {
    for (const { source, shortName: _, ...group } of groups)
      await context.screen.json({ ...group, source: source.name });
    return 0;
  }
  const time = (ms: number | undefined) => (ms === undefined ? "" : formatInstant(ms, app.zone));
  const hasRemarks = groups.some(({ remark }) => remark !== undefined);
  await context.screen.table(
    [
      { title: "group", overflow: "cut-middle" },
      { title: "size", align: "right" },
      { title: "streams", align: "right" },
      { title: "oldest event" },
      { title: "newest event" },
      ...(hasRemarks ? [{ title: "remark", overflow: "wrap" as const }] : []),
    ],
    groups.map((group) => [
      group.name,
      group.storedBytes === undefined ? "?" : formatBytes(group.storedBytes),
      String(group.streams?.length ?? "?"),
      time(group.oldestEvent),
      time(group.newestEvent),
      group.remark ?? "",
    ]),
  );
  return 0;
};

async function noneStartsWith(prefix: string, names: readonly string[]): Promise<Failure> {
  const near = await suggestNames(prefix, names);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `'${name}'`).join(" or ")}?`
      : `There are ${names.length} groups; list them with: logai groups`;
  return new Failure("group-not-found", `No log group starts with '${prefix}'.`, { hint });
}
