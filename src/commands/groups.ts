import { Failure } from "../failure.ts";
import { wordReading } from "../log/cached-notice.ts";
import { formatInstant } from "../log/time-input.ts";
import type { ListedGroup } from "../sources/directory.ts";
import { suggestNames } from "../sources/near-names.ts";
import { formatBytes, formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { noGroups, openPrefix, wantsJson } from "./sources.ts";

/** Groups that are asked for their newest event, a call each where the source is a cloud. */
const MOST_DESCRIBED = 100;

export const runGroups: RunCommand = async (context, [arg], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const word = typeof arg === "string" ? arg : "";
  const { screen, signal } = context;
  const { directory, prefix, paths } = await openPrefix(context, app, word, options);
  screen.progress("listing the log groups");
  const startedAt = app.clock();
  const all = await directory.list(signal);
  if (all.length === 0) throw noGroups(paths);
  const found = await findGroups(all, prefix, context);
  screen.progress("asking for sizes and newest events");
  const described = await directory.describe(found.slice(0, MOST_DESCRIBED), signal);
  screen.endProgress();
  tellAge(all, startedAt, app.zone, context);
  const groups = [...described, ...found.slice(MOST_DESCRIBED)];
  if (asJson) {
    for (const { source, shortName: _, ...group } of groups)
      await screen.json({ ...group, source: source.name });
  } else {
    const columns = COLUMNS.filter(
      ({ isAlways, tell }) => isAlways || groups.some((one) => tell(one, app.zone)),
    );
    await screen.table(
      columns,
      groups.map((group) => columns.map(({ tell, unknown = "" }) => tell(group, app.zone) ?? unknown)),
    );
  }
  const left = found.filter(({ source }) => source.describeGroups).length - MOST_DESCRIBED;
  if (left > 0)
    screen.note(
      `${formatNoun(left, "group")} of ${found.length} not asked for size and newest event; a longer prefix shows them.`,
    );
  return 0;
};

type Tell = (group: ListedGroup, zone: Parameters<typeof formatInstant>[1]) => string | undefined;

interface GroupColumn {
  readonly title: string;
  readonly align?: "right";
  readonly overflow?: "cut-middle" | "wrap";
  readonly isAlways?: boolean;
  /** undefined where the group tells nothing of it; a column of which no group tells is left out. */
  readonly tell: Tell;
  /** In place of what is not known. */
  readonly unknown?: string;
}

const COLUMNS: readonly GroupColumn[] = [
  { title: "group", overflow: "cut-middle", isAlways: true, tell: ({ name }) => name },
  {
    title: "size",
    align: "right",
    unknown: "?",
    tell: ({ storedBytes }) => (storedBytes === undefined ? undefined : formatBytes(storedBytes)),
  },
  {
    title: "kept",
    align: "right",
    unknown: "for ever",
    tell: ({ retentionDays: days }) => (days === undefined ? undefined : formatNoun(days, "day")),
  },
  {
    title: "streams",
    align: "right",
    unknown: "?",
    tell: ({ streams }) => streams && String(streams.length),
  },
  { title: "oldest event", tell: ({ oldestEvent }, zone) => timeOf(oldestEvent, zone) },
  { title: "newest event", tell: ({ newestEvent }, zone) => timeOf(newestEvent, zone) },
  { title: "remark", overflow: "wrap", tell: ({ remark }) => remark },
];

function timeOf(ms: number | undefined, zone: Parameters<Tell>[1]): string | undefined {
  return ms === undefined ? undefined : formatInstant(ms, zone);
}

/** Says how old the listing is, where it was not made now. */
function tellAge(
  all: readonly ListedGroup[],
  now: number,
  zone: Parameters<Tell>[1],
  { screen }: CommandContext,
): void {
  const times = all.flatMap(({ listedAt }) => listedAt ?? []);
  const oldest = Math.min(...times);
  if (times.length === 0 || oldest >= now) return;
  const when = wordReading({ readFrom: oldest, readTo: oldest, toldAt: now }, zone);
  screen.note(`Which groups there are comes from the cache, ${when}.`);
}

/** The groups of a prefix; where none has it, those that hold the word. */
async function findGroups(
  all: readonly ListedGroup[],
  prefix: string,
  { screen }: CommandContext,
): Promise<readonly ListedGroup[]> {
  const found = all.filter(({ name }) => name.startsWith(prefix));
  if (found.length > 0) return found;
  const word = prefix.toLowerCase();
  const holding = all.filter(({ name }) => name.toLowerCase().includes(word));
  if (holding.length > 0) {
    screen.note(`No log group starts with '${prefix}'; these hold it.`);
    return holding;
  }
  const names = all.map(({ name }) => name);
  const near = await suggestNames(prefix, names);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `'${name}'`).join(" or ")}?`
      : `There are ${names.length} groups; list them with: logai groups`;
  throw new Failure("group-not-found", `No log group starts with '${prefix}' or holds it.`, { hint });
}
