import { Failure } from "../failure.ts";

/** A time zone: wall-clock time to instants and back, daylight saving included. */
export interface Zone {
  /** IANA name as given, "UTC" or a fixed offset such as "+02:00". */
  readonly name: string;
  /** Offset from UTC in milliseconds at an instant (ms since the epoch). East is positive. */
  offsetAt(epochMs: number): number;
  /**
   * The instant of a wall-clock time that is given as if it were UTC (ms since the epoch). A time that
   * daylight saving skips is moved forward by the gap; of a time that occurs twice the first is taken.
   */
  fromWall(wallMs: number): number;
}

const QUARTER_HOUR = 900_000;

/** @throws Failure "configuration" for a name that is neither IANA nor an offset. */
export function createZone(name: string): Zone {
  const fixed = fixedOffset(name);
  if (fixed !== undefined) return { name, offsetAt: () => fixed, fromWall: (wallMs) => wallMs - fixed };
  const offsetAt = memoizeByQuarterHour(intlOffset(name));
  return { name, offsetAt, fromWall: (wallMs) => fromWall(wallMs, offsetAt) };
}

function fixedOffset(name: string): number | undefined {
  if (/^(utc|gmt|z|etc\/utc)$/i.test(name)) return 0;
  const parts = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(name);
  if (!parts) return undefined;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? 0);
  return (parts[1] === "-" ? -minutes : minutes) * 60_000;
}

function intlOffset(name: string): (epochMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      timeZoneName: "longOffset",
      year: "numeric",
    });
  } catch (cause) {
    throw new Failure("configuration", `Unknown time zone '${name}'.`, {
      hint: "Use an IANA name such as Europe/Berlin, UTC, or an offset such as +02:00.",
      cause,
    });
  }
  return (epochMs) => {
    const part = format.formatToParts(epochMs).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
    return fixedOffset(part) ?? 0;
  };
}

/** Offsets change only at quarter hours, and a log asks for millions of neighbouring instants. */
function memoizeByQuarterHour(offset: (epochMs: number) => number): (epochMs: number) => number {
  const known = new Map<number, number>();
  return (epochMs) => {
    const quarter = Math.floor(epochMs / QUARTER_HOUR);
    let value = known.get(quarter);
    if (value === undefined) {
      if (known.size > 50_000) known.clear();
      value = offset(quarter * QUARTER_HOUR);
      known.set(quarter, value);
    }
    return value;
  };
}

function fromWall(wallMs: number, offsetAt: (epochMs: number) => number): number {
  const before = offsetAt(wallMs - 86_400_000);
  const after = offsetAt(wallMs + 86_400_000);
  const earlier = wallMs - Math.max(before, after);
  const later = wallMs - Math.min(before, after);
  if (earlier + offsetAt(earlier) === wallMs) return earlier;
  if (later + offsetAt(later) === wallMs) return later;
  return wallMs - before;
}
