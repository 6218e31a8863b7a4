import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.ts";
import type { Cache, CacheSettings } from "./cache.ts";

export interface CachesOptions {
  readonly settings: Settings["cache"];
  /** Of the machine, ms since the epoch. */
  readonly now: () => number;
  readonly onWarning: (text: string) => void;
}

/** One cache for all sources of a run, opened when the first of them wants it. */
export interface Caches {
  readonly file: string;
  /** To look at it or to clear it; an empty one where there is no such file. */
  readonly openToLook: (onWarning: (text: string) => void) => Promise<Cache>;
  /** The file's, or one in memory where the file is gone round. */
  readonly openForRun: () => Promise<Cache>;
  /** With all that is in it, however old; nothing where the file is gone round. */
  readonly openWhole: () => Promise<Cache>;
  readonly close: () => void;
}

const IN_MEMORY = ":memory:";
/** As compressed: some 250 MB of text. */
const MOST_IN_MEMORY = 32_000_000;
/** How long events are known that may not all have come, ms. */
const TAIL_LIFE = 60_000;

export function createCaches({ settings, now, onWarning: warn }: CachesOptions): Caches {
  const { enabled, dir, maxSizeMb, maxEntries, ttlHours } = settings;
  const file = join(dir, "cache.db");
  const maxBytes = maxSizeMb * 1_000_000;
  const eventLife = ttlHours * 3_600_000;
  const tailLife = Math.min(TAIL_LIFE, eventLife);
  const opened: Cache[] = [];
  type Own = Pick<CacheSettings, "maxBytes" | "onWarning"> & Partial<CacheSettings>;
  const open = async (path: string, own: Own): Promise<Cache> => {
    const { openCache } = await import("./open-cache.ts");
    const cache = openCache(path, { maxEntries, eventLife, tailLife, now, ...own });
    opened.push(cache);
    return cache;
  };
  let forRun: Promise<Cache> | undefined;
  let whole: Promise<Cache> | undefined;
  return {
    file,
    openToLook: (onWarning) => open(existsSync(file) ? file : IN_MEMORY, { maxBytes, onWarning }),
    openForRun: () => {
      forRun ??= enabled
        ? open(file, { maxBytes, onWarning: warn })
        : open(IN_MEMORY, { maxBytes: Math.min(maxBytes, MOST_IN_MEMORY), onWarning: warn });
      return forRun;
    },
    openWhole: () => {
      const forGood = { eventLife: Number.POSITIVE_INFINITY, tailLife: Number.POSITIVE_INFINITY };
      whole ??= open(enabled && existsSync(file) ? file : IN_MEMORY, {
        maxBytes,
        onWarning: warn,
        ...forGood,
      });
      return whole;
    },
    close: () => {
      for (const cache of opened) cache.close();
    },
  };
}
