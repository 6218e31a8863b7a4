import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { App } from "../app.ts";
import type { Cache, CacheShare } from "../cache/cache.ts";
import { Failure } from "../failure.ts";
import { suggestNames } from "../sources/near-names.ts";
import { isoInZone } from "../tools/render.ts";
import {
  type CacheView,
  cacheToJson,
  compareStatus,
  tellCleared,
  viewCacheShares,
  viewCacheTotals,
} from "../ui/cache-view.ts";
import type { CommandContext, ExitCode, RunCommand } from "./command.ts";
import { wantsJson } from "./sources.ts";

export const runCache: RunCommand = async (context, [action = "status", group]) => {
  if (action === "clear") return clear(context, typeof group === "string" ? group : undefined);
  if (action === "status" && group === undefined) return status(context);
  throw action === "status"
    ? new Failure("usage", "'cache status' takes no group: it tells of all.")
    : new Failure("usage", `There is no 'cache ${String(action)}'.`, { hint: "Use status or clear." });
};

async function status(context: CommandContext): Promise<ExitCode> {
  const app = await context.openApp();
  const { screen } = context;
  const asJson = wantsJson(context);
  const { cache, warning, problem } = await openToLook(app);
  if (warning !== undefined) screen.note(warning);
  const found = cache.status();
  const view = viewOf(app, problem);
  if (asJson) {
    await screen.json(cacheToJson(found, view, (ms) => isoInZone(ms, app.zone)));
    return 0;
  }
  await screen.table([{ title: "" }, { title: "", overflow: "wrap" }], viewCacheTotals(found, view));
  if (found.shares.length === 0) return 0;
  await screen.line();
  const { columns, rows } = viewCacheShares(found, view);
  await screen.table(columns, rows);
  return 0;
}

interface Looked {
  readonly cache: Cache;
  /** What was wrong, as it is told once. */
  readonly warning: string | undefined;
  /** The same where it still is: the file cannot be used. */
  readonly problem: string | undefined;
}

/** What can be mended is mended by opening it: whether it was, the second opening tells. */
export async function openToLook(app: App): Promise<Looked> {
  const open = async () => {
    let told: string | undefined;
    const cache = await app.openCache((text) => {
      told = text;
    });
    return { cache, told };
  };
  const { cache, told: warning } = await open();
  if (warning === undefined) return { cache, warning, problem: undefined };
  const again = await open();
  return { cache: again.cache, warning, problem: again.told };
}

function viewOf({ loaded, cacheFile, clock, zone }: App, problem: string | undefined): CacheView {
  const { enabled, ttlHours } = loaded.settings.cache;
  const why = enabled ? problem && "it cannot be used" : loaded.origins["cache.enabled"];
  const off = why === undefined ? undefined : `off (${why}): everything is read anew`;
  return { file: cacheFile, off, eventLife: ttlHours * 3_600_000, now: clock(), zone };
}

/** Nothing is asked: what is removed is read again when it is wanted. */
async function clear(context: CommandContext, wanted: string | undefined): Promise<ExitCode> {
  const app = await context.openApp();
  const { screen } = context;
  const asJson = wantsJson(context);
  const { cache, warning } = await openToLook(app);
  if (warning !== undefined) screen.note(warning);
  const before = cache.status();
  const group = wanted === undefined ? undefined : await findGroup(wanted, before.shares, app);
  const cleared = compareStatus(cache.clear(group), before, cache.status());
  const left = group === undefined ? listSetAside(app.cacheFile) : [];
  if (left.length > 0) screen.note(`Set aside before, and still there: ${left.join(", ")}`);
  if (asJson) {
    await screen.json({ group: group ?? null, ...cleared });
    return 0;
  }
  const of = group === undefined ? "" : ` of '${group}'`;
  await screen.line(
    cleared.entries === 0 ? `Nothing was kept${of}.` : `Cleared${of}: ${tellCleared(cleared)}.`,
  );
  return 0;
}

/** Damaged and foreign files that lie beside the cache: they may hold log text too. */
function listSetAside(file: string): string[] {
  const folder = dirname(file);
  if (!existsSync(folder)) return [];
  const start = `${basename(file)}.`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(start) && /^(corrupt|newer|foreign)-\d/.test(name.slice(start.length)))
    .map((name) => join(folder, name));
}

/** A name as the table shows it, with its source before it, or an alias. @throws Failure "group-not-found" with near names */
async function findGroup(wanted: string, shares: readonly CacheShare[], { loaded }: App): Promise<string> {
  const { aliases } = loaded.settings;
  const name = Object.hasOwn(aliases, wanted) ? (aliases[wanted] ?? wanted) : wanted;
  const found = shares.find(({ source, group }) => group === name || `${source}:${group}` === name)?.group;
  if (found !== undefined) return found;
  const names = shares.flatMap(({ group }) => group ?? []);
  const near = await suggestNames(name, names);
  const meant = near.length > 0 ? ` Did you mean ${near.map((one) => `'${one}'`).join(" or ")}?` : "";
  throw new Failure("group-not-found", `Nothing is kept of '${name}'.${meant}`, {
    hint: "logai cache status lists what is kept.",
  });
}
