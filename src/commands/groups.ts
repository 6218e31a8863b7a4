import { Failure } from "../failure.ts";
import { formatInstant } from "../log/time-input.ts";
import { suggestNames } from "../sources/near-names.ts";
import type { RunCommand } from "./command.ts";
import { openSources, pathsOf, wantsJson } from "./sources.ts";

export const runGroups: RunCommand = async (context, [prefix], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const directory = await openSources(app, pathsOf(options), context.stdin);
  const all = await directory.list(context.signal);
  const wanted = typeof prefix === "string" ? prefix : "";
  const groups = all.filter(({ fullName }) => fullName.startsWith(wanted));
  if (groups.length === 0)
    throw await noGroups(
      wanted,
      all.map(({ fullName }) => fullName),
    );
  if (asJson) {
    for (const { source, fullName, ...group } of groups)
      await context.screen.json({ ...group, name: fullName, source: source.name });
    return 0;
  }
  const time = (ms: number | undefined) => (ms === undefined ? "" : formatInstant(ms, app.zone));
  await context.screen.table(
    [
      { title: "group" },
      { title: "bytes", align: "right" as const },
      { title: "streams", align: "right" as const },
      { title: "oldest event" },
      { title: "newest event" },
      { title: "remark" },
    ],
    groups.map((group) => [
      group.fullName,
      group.storedBytes === undefined ? "?" : group.storedBytes.toLocaleString("en-US"),
      String(group.streams?.length ?? "?"),
      time(group.oldestEvent),
      time(group.newestEvent),
      group.remark ?? "",
    ]),
  );
  return 0;
};

async function noGroups(prefix: string, names: readonly string[]): Promise<Failure> {
  if (names.length === 0)
    return new Failure("group-not-found", "There are no log groups here.", {
      hint: "Name files or folders that hold logs.",
    });
  const near = await suggestNames(prefix, names);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `'${name}'`).join(" or ")}?`
      : `There are ${names.length} groups; list them with: logai groups`;
  return new Failure("group-not-found", `No log group starts with '${prefix}'.`, { hint });
}
