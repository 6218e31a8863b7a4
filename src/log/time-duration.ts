export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** What cannot follow a word of time: it would be part of a name such as `sun-service` or `5s.log`. */
export const WORD_END = "(?![\\p{L}\\p{N}_]|[-./:@][\\p{L}\\p{N}_])";

const UNIT_WORDS = "s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|months?";
const NUMBER_WORDS =
  "an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|sixty|half an?|(?:a )?couple(?: of)?";

const NUMBERS = new Map<string, number>([
  ...["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"].map(
    (word, index): [string, number] => [word, index + 1],
  ),
  ...(["fifteen", "twenty", "thirty", "forty", "sixty"] as const).map((word, index): [string, number] => [
    word,
    [15, 20, 30, 40, 60][index] ?? 0,
  ]),
]);

/** The source of an expression for one number with its unit, for use with readDuration; two groups. */
export const DURATION = `(\\d{1,6}(?:\\.\\d{1,3})?|(?:${NUMBER_WORDS})(?=[ -]))[ -]?(${UNIT_WORDS})${WORD_END}`;

/** Milliseconds of a number and a unit as DURATION finds them; a month is 30 days. */
export function readDuration(amount: string, unit: string): number {
  return readAmount(amount.toLowerCase()) * unitOf(unit);
}

function readAmount(amount: string): number {
  if (amount === "a" || amount === "an") return 1;
  if (amount.startsWith("half")) return 0.5;
  if (amount.includes("couple")) return 2;
  return NUMBERS.get(amount) ?? Number(amount);
}

/** Milliseconds of a unit by its name or abbreviation (`m` is a minute). */
export function unitOf(name: string): number {
  const unit = name.toLowerCase();
  if (unit.startsWith("s")) return SECOND;
  if (unit.startsWith("mo")) return 30 * DAY;
  if (unit.startsWith("m")) return MINUTE;
  if (unit.startsWith("h")) return HOUR;
  return unit.startsWith("d") ? DAY : WEEK;
}

/** The milliseconds of a duration such as `90m`, `1h 30m`, `2 days`, `an hour`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const part = new RegExp(`\\s*${DURATION.replace(WORD_END, "(?!\\p{L})")}\\s*`, "iuy");
  let total = 0;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const [all, amount, unit] = part.exec(text) ?? [];
    if (!all || !amount || !unit) return undefined;
    total += readDuration(amount, unit);
    at += all.length;
  }
  return at > 0 ? total : undefined;
}

/** A duration for people, its two largest units: `350ms`, `1.5s`, `45m`, `1h 30m`, `2d 3h`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < SECOND) return ms === 0 ? "0s" : `${Math.round(ms)}ms`;
  if (ms < MINUTE) return `${Math.floor(ms / 10) / 100}s`;
  const units: [string, number][] = [
    ["d", DAY],
    ["h", HOUR],
    ["m", MINUTE],
    ["s", SECOND],
  ];
  const largest = units.findIndex(([, unit]) => ms >= unit);
  const [name = "s", size = SECOND] = units[largest] ?? [];
  const [smallName, smallSize] = units[largest + 1] ?? [];
  const rest = smallSize ? Math.floor((ms % size) / smallSize) : 0;
  return `${Math.floor(ms / size)}${name}${rest > 0 ? ` ${rest}${smallName}` : ""}`;
}
