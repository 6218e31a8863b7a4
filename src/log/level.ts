import { LEVELS, type Level } from "./event.ts";
import { codeAt, isWord } from "./header-characters.ts";

const NAMES: Readonly<Record<Level, string>> = {
  trace: "trace verbose v t finer finest silly all",
  debug: "debug dbg d dbug fine debug1 debug2 debug3 debug4 debug5",
  info: "info information informational inf i notice note n log config default",
  warn: "warn warning wrn w warnings",
  error: "error err e severe eror failure",
  fatal: "fatal f ftl crit critical c alert a emerg emergency panic dpanic p",
};

/** Every name of a level in lower case, single letters included. */
export const LEVEL_NAMES: readonly (readonly [string, Level])[] = LEVELS.flatMap((level) =>
  NAMES[level].split(" ").map((name) => [name, level] as const),
);

/** Each name as it is mostly written: error and ERROR, so that a lookup needs no lower-casing. */
const LEVEL_OF_NAME: ReadonlyMap<string, Level> = new Map(
  LEVEL_NAMES.flatMap(([name, level]): [string, Level][] => [
    [name, level],
    [name.toUpperCase(), level],
  ]),
);

const PINO: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];
const SYSLOG: readonly Level[] = ["fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug"];
const LONGEST_NAME = 13;

/** The level that a word names, in any case and in the words of syslog, Java, Android, Python, .NET, pino (10 to 60). */
export function parseLevel(word: string): Level | undefined {
  if (word.length > LONGEST_NAME) return undefined;
  if (hasPunctuation(word)) return undefined;
  const known = LEVEL_OF_NAME.get(word);
  if (known !== undefined) return known;
  const trimmed = word.trim();
  if (trimmed === "") return undefined;
  return /^\d\d$/.test(trimmed) ? levelOfNumber(Number(trimmed)) : LEVEL_OF_NAME.get(trimmed.toLowerCase());
}

/** Names and numbers of levels have none; most words that are looked up have. */
function hasPunctuation(word: string): boolean {
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if (code > 32 && code < 128 && (!isWord(code) || code === 95)) return true;
  }
  return false;
}

/** Levels of pino and bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal; those between count as the lower. */
export function levelOfNumber(value: number): Level | undefined {
  return value >= 10 && value <= 69 ? PINO[Math.floor(value / 10) - 1] : undefined;
}

/** Severities of syslog (RFC 5424): 0 emergency to 7 debug. */
export function levelOfSyslogSeverity(severity: number): Level | undefined {
  return SYSLOG[severity];
}

/** Severity numbers of OpenTelemetry: 1 to 24, four of each level. */
export function levelOfOpenTelemetry(severity: number): Level | undefined {
  return severity >= 1 && severity <= 24 ? PINO[Math.floor((severity - 1) / 4)] : undefined;
}

/** A response's level: 5xx is an error, 4xx a warning, others none. */
export function levelOfHttpStatus(status: number): Level | undefined {
  if (status >= 500 && status <= 599) return "error";
  return status >= 400 && status <= 499 ? "warn" : undefined;
}

/** Text beyond this many characters is not looked at: what went wrong stands early. */
const INFERENCE_WINDOW = 4_000;

const REQUEST_STATUS = /HTTP\/[123](?:\.[01])?"? ([1-5]\d\d)(?!\d)/;
/** AWS load balancers: the balancer's status and the target's, two sizes, and the request. */
const BALANCER_STATUS = / ([1-5]\d\d) (?:\d\d\d|-) \d{1,12} \d{1,12} "[A-Z]{3,8} /;
const STATUS_FIELD = /status(?:[_ -]?code)?"?[=:] ?"?([45]\d\d)(?![\w.])/iy;

const TROUBLE: readonly (readonly [Level, RegExp])[] = [
  [
    "fatal",
    /panic(?:ked)?|fatal|segfault|segmentation fault|core dumped|oom[- ]?kill(?:ed|er|ing)?|out of memory/iy,
  ],
  [
    "error",
    /exceptions?|errors?|fail(?:ed|ures?|s|ing)?|refused|timed out|traceback|unable to|cannot|could ?n[o']t|denied|exhausted|crash(?:ed|es|ing)?|deadlock|no space left|broken pipe|connection reset|unreachable|aborted|corrupt(?:ed|ion)?|unhandled|uncaught|exit(?:ed)?(?: with)? (?:code|status)[:= ]{1,2}[1-9]\d{0,2}/iy,
  ],
  [
    "warn",
    /warn(?:ings?)?|deprecated|retrying|timeouts?|degraded|rejected|unauthori[sz]ed|forbidden|throttled|overloaded/iy,
  ],
];
/** The first three letters of the words above (a space where the word has two), and of "status", as a set of bits. */
const BEGINNINGS = new Uint8Array(32_768);
for (const letters of "pan fat seg cor oom out exc exi err fai ref tim tra una can cou den exh cra dea no_ bro con unr abo unh unc war dep ret deg rej for thr ove sta".split(
  " ",
)) {
  BEGINNINGS[beginningAt(letters.replace("_", " "), 0)] = 1;
}

/** "no errors", "0 failed", "without any failure": words before that take the meaning away. */
const NEGATED_BEFORE =
  /(?:^|[^\w.])(?:0|no|zero|without|never|non|not an?|free of)[\s-]+(?:any |of |more |new )?$/i;
/** `error=null`, `errors: 0`, `"failed":false`, `error=""`, "failed 0": values after that say there is none. */
const EMPTY_AFTER =
  /^["']?(?:\s?[=:]\s?["']?(?:0+(?:\.0+)?%?|null|none|nil|no|false|undefined|n\/a|ok|\[\]|\{\}|<nil>|-)(?![\w.])|\s0(?![\w.])|\s?[=:]\s?(?:""|'')|=(?:[\s,;]|$))/i;

/** The level that a text without a written one speaks of: words of trouble, or the status of an HTTP response. */
export function inferLevel(body: string): Level | undefined {
  const text = body.length > INFERENCE_WINDOW ? body.slice(0, INFERENCE_WINDOW) : body;
  const request = text.includes("HTTP/") ? (REQUEST_STATUS.exec(text) ?? BALANCER_STATUS.exec(text)) : null;
  if (request) return levelOfHttpStatus(Number(request[1]));
  let worst: Level | undefined;
  let isInWord = false;
  for (let at = 0; at < text.length; at++) {
    const code = codeAt(text, at);
    const isPart = isWord(code);
    // A word begins, or the last part of a CamelCase name such as TypeError does.
    const isBeginning =
      isPart && (!isInWord || ((code === 69 || code === 70) && codeAt(text, at - 1) !== 95));
    isInWord = isPart;
    if (!isBeginning || BEGINNINGS[beginningAt(text, at)] === 0) continue;
    const found = troubleAt(text, at);
    if (found === "fatal") return found;
    if (found === "error" || worst === undefined) worst = found ?? worst;
  }
  return worst;
}

/** Three characters as 15 bits, case apart; others may fall on the same number, so it only sorts out. */
function beginningAt(text: string, at: number): number {
  return ((codeAt(text, at) & 31) << 10) | ((codeAt(text, at + 1) & 31) << 5) | (codeAt(text, at + 2) & 31);
}

function troubleAt(text: string, at: number): Level | undefined {
  STATUS_FIELD.lastIndex = at;
  const status = STATUS_FIELD.exec(text);
  if (status) return levelOfHttpStatus(Number(status[1]));
  for (const [level, words] of TROUBLE) {
    words.lastIndex = at;
    const word = words.exec(text)?.[0];
    if (word !== undefined)
      return isOwnWord(text, at, word) && !isNegated(text, at, word) ? level : undefined;
  }
  return undefined;
}

/** Not a part of error_count, error.log, /errors or fail-over. */
function isOwnWord(text: string, at: number, word: string): boolean {
  const end = at + word.length;
  const after = codeAt(text, end);
  if (isWord(after)) return false;
  if ((after === 45 || after === 46 || after === 47) && isWord(codeAt(text, end + 1))) return false;
  const before = codeAt(text, at - 1);
  return before !== 47 && before !== 45;
}

function isNegated(text: string, at: number, word: string): boolean {
  const end = at + word.length;
  return (
    NEGATED_BEFORE.test(text.slice(Math.max(0, at - 20), at)) || EMPTY_AFTER.test(text.slice(end, end + 24))
  );
}
