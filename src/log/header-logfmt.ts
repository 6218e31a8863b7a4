import type { Level } from "./event.ts";
import { readPair } from "./fields-logfmt.ts";
import { skipBlanks } from "./header-characters.ts";
import { resolveValue } from "./header-json.ts";
import { parseLevel } from "./level.ts";
import type { Resolve, ResolvedTime } from "./timestamp-resolve.ts";

/** What a line of logfmt says about itself. */
export interface LogfmtHead {
  readonly time: ResolvedTime | undefined;
  readonly level: Level | undefined;
  /** Behind the pairs for time and level that the line begins with. */
  readonly bodyStart: number;
}

const TIME_NAMES = new Set(["time", "ts", "t", "timestamp", "@timestamp", "datetime", "date", "at"]);
const LEVEL_NAMES = new Set(["level", "lvl", "severity", "loglevel", "log_level", "log.level", "at"]);
const MAX_PAIRS = 24;

/** Reads logfmt from an index; undefined where no pair begins there or none tells a time or level. */
export function readLogfmtHead(line: string, start: number, resolve: Resolve): LogfmtHead | undefined {
  let time: ResolvedTime | undefined;
  let level: Level | undefined;
  let bodyStart = start;
  let isLeading = true;
  let at = start;
  for (let count = 0; count < MAX_PAIRS; count++) {
    const pair = readPair(line, at);
    if (!pair) break;
    const ownTime = !time && TIME_NAMES.has(pair.name) ? resolveValue(pair.value, resolve) : undefined;
    const ownLevel = !level && LEVEL_NAMES.has(pair.name) ? parseLevel(pair.value) : undefined;
    time ??= ownTime;
    level ??= ownLevel;
    at = skipBlanks(line, pair.end);
    isLeading &&= ownTime !== undefined || ownLevel !== undefined;
    if (isLeading) bodyStart = at;
    if (at === pair.end || (time && level && !isLeading)) break;
  }
  return time || level ? { time, level, bodyStart: bodyStart < line.length ? bodyStart : start } : undefined;
}
