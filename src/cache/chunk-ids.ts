import { ByteReader, ByteWriter, damaged, unzigzag, zigzag } from "./chunk-bytes.ts";
import { readStrings, writeStrings } from "./chunk-strings.ts";

/** What ids are written beside: as long as they are. */
export interface IdNeighbours {
  /** ms */
  readonly timestamps: Float64Array;
  /** Which stream each event is of, from 0. */
  readonly streams: Uint32Array;
}

const [TEXTS, DECIMALS] = [0, 1];

/** How ids that are decimal numbers follow each other: where the time goes on by 1 ms, the id does by `step`. */
interface Rule {
  readonly step: Int32Array;
  /** Whether an id follows the one before it of the same stream, or simply the one before it. */
  readonly isByStream: boolean;
}

/** Numbers are in limbs of four digits, the lowest first: sums of them stay exact, and they are text at once. */
const LIMB_DIGITS = 4;
const BASE = 10 ** LIMB_DIGITS;
const MOST_DIGITS = 64;
/** ASCII. */
const ZERO = 48;

/**
 * CloudWatch's ids begin with the time: they are of 56 digits, the time in ms times 2^144 and a number that goes on by one
 * from event to event of a batch. Others have it in decimal, before 40 digits.
 */
const STEPS: readonly Int32Array[] = ["0", `1${"0".repeat(40)}`, String(2n ** 144n)].map((digits) => {
  const limbs = new Int32Array(MOST_DIGITS / LIMB_DIGITS);
  readLimbs(Buffer.from(digits), limbs);
  return limbs;
});
const RULES: readonly Rule[] = STEPS.flatMap((step) => [
  { step, isByStream: false },
  { step, isByStream: true },
]);

/** Beyond these, sums of limbs would not be exact: such an id is written out. */
const LARGEST_TIME_STEP = 2 ** 38;
const LARGEST_REST = 2 ** 51;

/** By how many ids the rule is chosen. */
const SAMPLE = 256;
/** Ids are cut out of texts of so many ids: as much stays in memory with any one of them. */
const TEXT_IDS = 64;

/** Each limb as text: four ASCII digits. */
function createLimbTexts(): Uint32Array {
  const texts = Buffer.allocUnsafeSlow(BASE * LIMB_DIGITS);
  for (let limb = 0, at = 0; limb < BASE; limb += 1, at += LIMB_DIGITS) {
    texts[at] = ZERO + Math.floor(limb / 1000);
    texts[at + 1] = ZERO + (Math.floor(limb / 100) % 10);
    texts[at + 2] = ZERO + (Math.floor(limb / 10) % 10);
    texts[at + 3] = ZERO + (limb % 10);
  }
  return new Uint32Array(texts.buffer);
}

/** The latest id of a stream, or of all, and its event's time, ms. */
interface Latest {
  readonly limbs: Int32Array;
  timestamp: number;
}

const DIGITS = /^[0-9]+$/;

export function writeIds(writer: ByteWriter, ids: readonly string[], neighbours: IdNeighbours): void {
  const width = ids[0]?.length ?? 0;
  const isDecimal = (id: string) => id.length === width && DIGITS.test(id);
  if (width > MOST_DIGITS || ids.length === 0 || !ids.every(isDecimal)) {
    writer.byte(TEXTS);
    writeStrings(writer, ids);
    return;
  }
  const bytes = Buffer.from(ids.join(""), "latin1");
  writer.byte(DECIMALS);
  writer.byte(width);
  const rule = chooseRule(bytes.subarray(0, SAMPLE * width), width, neighbours);
  writeDecimals(writer, bytes, width, neighbours, rule);
}

/** @param count how many there are */
export function readIds(reader: ByteReader, count: number, neighbours: IdNeighbours): string[] {
  const layout = reader.byte();
  if (layout === TEXTS) return readStrings(reader, count);
  if (layout !== DECIMALS) throw damaged("ids are of no known layout");
  const width = reader.byte();
  const rule = RULES[reader.byte()];
  if (width === 0 || width > MOST_DIGITS || rule === undefined) throw damaged("ids follow no known rule");
  return readDecimals(reader, count, neighbours, width, rule);
}

/** The rule by which these ids take the fewest bytes. */
function chooseRule(digits: Uint8Array, width: number, neighbours: IdNeighbours): Rule {
  const sizes = RULES.map((rule) => {
    const writer = new ByteWriter();
    writeDecimals(writer, digits, width, neighbours, rule);
    return { rule, bytes: writer.length };
  });
  return sizes.reduce((best, size) => (size.bytes < best.bytes ? size : best)).rule;
}

/** The rule, the ids that are written out, and for each id 0 where it is one of these, or 1 + how it differs from the rule. */
function writeDecimals(
  writer: ByteWriter,
  digits: Uint8Array,
  width: number,
  { timestamps, streams }: IdNeighbours,
  rule: Rule,
): void {
  const [rests, whole] = [new ByteWriter(), new ByteWriter()];
  const latest: (Latest | undefined)[] = [];
  const limbs = new Int32Array(Math.ceil(width / LIMB_DIGITS));
  for (let n = 0, at = 0; at < digits.length; n += 1, at += width) {
    const [timestamp = 0, stream = 0] = [timestamps[n], rule.isByStream ? streams[n] : 0];
    const id = digits.subarray(at, at + width);
    readLimbs(id, limbs);
    const before = latest[stream];
    const rest = before && restOf(limbs, before, rule.step, timestamp);
    if (rest === undefined) whole.bytes(id);
    rests.count(rest === undefined ? 0 : 1 + zigzag(rest));
    before?.limbs.set(limbs);
    latest[stream] = { limbs: before?.limbs ?? limbs.slice(), timestamp };
  }
  writer.byte(RULES.indexOf(rule));
  writer.count(whole.length);
  writer.bytes(whole.view());
  writer.bytes(rests.view());
}

/** By how much a number is more than the rule says; undefined where that is no small number. Leaves `before` as the rule says. */
function restOf(limbs: Int32Array, before: Latest, step: Int32Array, timestamp: number): number | undefined {
  if (!moveOn(before, step, timestamp, 0)) return undefined;
  let rest = 0;
  for (let at = limbs.length - 1; at >= 0; at -= 1) {
    rest = rest * BASE + ((limbs[at] ?? 0) - (before.limbs[at] ?? 0));
    if (Math.abs(rest) >= LARGEST_REST) return undefined;
  }
  return rest;
}

/** Takes an id on to an event's time, and by the rest. False where that cannot be told exactly. */
function moveOn(latest: Latest, step: Int32Array, timestamp: number, rest: number): boolean {
  const { limbs } = latest;
  const time = timestamp - latest.timestamp;
  if (Math.abs(time) >= LARGEST_TIME_STEP) return false;
  let carry = rest;
  for (let at = 0; at < limbs.length; at += 1) {
    const sum = (limbs[at] ?? 0) + time * (step[at] ?? 0) + carry;
    carry = sum >= 0 && sum < BASE ? 0 : Math.floor(sum / BASE);
    limbs[at] = sum - carry * BASE;
  }
  latest.timestamp = timestamp;
  return carry === 0;
}

function readDecimals(
  reader: ByteReader,
  count: number,
  { timestamps, streams }: IdNeighbours,
  width: number,
  rule: Rule,
): string[] {
  const whole = new ByteReader(reader.bytes(reader.count()));
  const size = Math.ceil(width / LIMB_DIGITS);
  const limbTexts = createLimbTexts();
  const texts = new Uint32Array(TEXT_IDS * size);
  const latest: (Latest | undefined)[] = [];
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const timestamp = timestamps[n] ?? 0;
    const stream = rule.isByStream ? (streams[n] ?? 0) : 0;
    const code = reader.count();
    let id = latest[stream];
    if (code === 0) {
      id = { limbs: new Int32Array(size), timestamp };
      if (!readLimbs(whole.bytes(width), id.limbs)) throw damaged("an id is no number");
      latest[stream] = id;
    } else {
      const rest = unzigzag(code - 1);
      if (id === undefined || Math.abs(rest) >= LARGEST_REST || !moveOn(id, rule.step, timestamp, rest))
        throw damaged("an id follows none");
    }
    const place = n % TEXT_IDS;
    for (let at = 0; at < size; at += 1)
      texts[place * size + at] = limbTexts[id.limbs[size - 1 - at] ?? 0] ?? 0;
    if (place === TEXT_IDS - 1 || n === count - 1) cutTexts(texts, place + 1, width, ids);
  }
  return ids;
}

/** Takes so many ids out of their texts, which have zeros in front where the width is not whole limbs. */
function cutTexts(texts: Uint32Array, count: number, width: number, ids: string[]): void {
  const padded = LIMB_DIGITS * Math.ceil(width / LIMB_DIGITS);
  const text = Buffer.from(texts.buffer, 0, count * padded).toString("latin1");
  for (let end = padded; end <= text.length; end += padded) ids.push(text.slice(end - width, end));
}

/** @returns false where these are no digits */
function readLimbs(digits: Uint8Array, limbs: Int32Array): boolean {
  limbs.fill(0);
  let scale = 1;
  let isNumber = true;
  for (let n = 0; n < digits.length; n += 1) {
    const digit = (digits[digits.length - 1 - n] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) isNumber = false;
    const at = Math.floor(n / LIMB_DIGITS);
    limbs[at] = (limbs[at] ?? 0) + digit * scale;
    scale = scale === BASE / 10 ? 1 : scale * 10;
  }
  return isNumber;
}
