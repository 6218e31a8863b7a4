import { codeAt } from "./header-characters.ts";

interface Position {
  readonly text: string;
  at: number;
}

const MINUTE = 60_000;

/** Names whose offset nobody disputes: RFC 822's, and the European, Japanese and Australian ones. Hours east of UTC. */
const ZONE_NAMES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    Z: 0,
    UTC: 0,
    GMT: 0,
    UT: 0,
    WET: 0,
    WEST: 1,
    CET: 1,
    CEST: 2,
    EET: 2,
    EEST: 3,
    MSK: 3,
    JST: 9,
    KST: 9,
    AEST: 10,
    AEDT: 11,
    EST: -5,
    EDT: -4,
    CDT: -5,
    MST: -7,
    MDT: -6,
    PST: -8,
    PDT: -7,
  }),
); // prettier-ignore

/** Reads `Z`, `+02:00`, `-0700`, `+00`, ` +0000`, ` UTC`, ` +0000 UTC`; ms east of UTC, undefined where there is none. */
export function readZoneOffset(position: Position): number | undefined {
  const { text, at } = position;
  const start = codeAt(text, at) === 32 ? at + 1 : at;
  const code = codeAt(text, start);
  if (code === 43 || code === 45) return readNumericOffset(position, start);
  if (isCapital(code) && !isLevelInitial(code)) return readZoneName(position, start);
  return undefined;
}

function readNumericOffset(position: Position, start: number): number | undefined {
  const { text, at } = position;
  const hours = pair(text, start + 1);
  if (hours < 0 || hours > 14) return undefined;
  const hasColon = codeAt(text, start + 3) === 58;
  const minutes = pair(text, start + (hasColon ? 4 : 3));
  const isShort = minutes < 0;
  const isDetached = start > at;
  if (minutes > 59 || (isShort && (isDetached || hasColon))) return undefined;
  const end = start + (isShort ? 3 : hasColon ? 6 : 5);
  const next = codeAt(text, end);
  if (next >= 48 && next <= 57) return undefined;
  position.at = end;
  // Go writes "+0000 UTC", Java "+01:00[Europe/Berlin]".
  const name = { text, at: end };
  if (readZoneOffsetName(name)) position.at = name.at;
  else if (next === 91) position.at = endOfRegion(text, end);
  const size = (hours * 60 + (isShort ? 0 : minutes)) * MINUTE;
  return codeAt(text, start) === 45 ? -size : size;
}

function readZoneOffsetName(position: Position): boolean {
  if (codeAt(position.text, position.at) !== 32) return false;
  return readZoneName(position, position.at + 1) !== undefined;
}

function readZoneName(position: Position, start: number): number | undefined {
  const { text } = position;
  let end = start;
  while (end - start < 5 && isCapital(codeAt(text, end))) end++;
  const next = codeAt(text, end);
  const isPart = (next >= 48 && next <= 57) || isCapital(next) || (next >= 97 && next <= 122) || next === 95;
  if (isPart) return undefined;
  const hours = ZONE_NAMES.get(text.slice(start, end));
  if (hours === undefined) return undefined;
  position.at = end;
  return hours * 60 * MINUTE;
}

function endOfRegion(text: string, at: number): number {
  const region = /^\[[A-Za-z_]{2,20}(?:\/[A-Za-z_+\-0-9]{1,20}){0,2}\]/.exec(text.slice(at, at + 70));
  return region ? at + region[0].length : at;
}

function pair(text: string, at: number): number {
  const tens = codeAt(text, at) - 48;
  const ones = codeAt(text, at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** No zone above begins like INFO, DEBUG, FATAL, NOTICE, TRACE or SEVERE: what mostly follows a time. */
function isLevelInitial(code: number): boolean {
  return code === 73 || code === 68 || code === 70 || code === 78 || code === 84 || code === 83;
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}
