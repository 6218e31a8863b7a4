import type { Level } from "./event.ts";

const NAMES: Readonly<Record<Level, string>> = {
  trace: "trace verbose v t finer finest silly all",
  debug: "debug dbg d dbug fine debug1 debug2 debug3 debug4 debug5",
  info: "info information informational inf i notice note n log config default",
  warn: "warn warning wrn w warnings",
  error: "error err e severe eror failure",
  fatal: "fatal f ftl crit critical c alert a emerg emergency panic dpanic p",
};

/** Each name as it is written: error, Error and ERROR, so that a lookup needs no lower-casing. */
const LEVEL_OF_NAME: ReadonlyMap<string, Level> = new Map(
  (["trace", "debug", "info", "warn", "error", "fatal"] as const).flatMap((level) =>
    NAMES[level].split(" ").flatMap((name): [string, Level][] => [
      [name, level],
      [name.toUpperCase(), level],
      [name.charAt(0).toUpperCase() + name.slice(1), level],
    ]),
  ),
);

const PINO: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];
const SYSLOG: readonly Level[] = ["fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug"];
const LONGEST_NAME = 13;

/** The level that a word names, in any case and in the words of syslog, Java, Android, Python, .NET, pino (10 to 60). */
export function parseLevel(word: string): Level | undefined {
  if (word.length > LONGEST_NAME) return undefined;
  const known = LEVEL_OF_NAME.get(word);
  if (known !== undefined) return known;
  const trimmed = word.trim();
  if (trimmed === "") return undefined;
  return /^\d\d$/.test(trimmed) ? levelOfNumber(Number(trimmed)) : LEVEL_OF_NAME.get(trimmed.toLowerCase());
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
const STATUS_FIELD = /\bstatus(?:[_ -]?code)?"?[=:] ?"?([45]\d\d)(?![\w.])/i;

const TROUBLE = new RegExp(
  [
    "(?<fatal>panic|fatal|segfault|segmentation fault|core dumped|oom[- ]?kill(?:ed|er|ing)?|out of memory)",
    "(?<error>exceptions?|errors?|fail(?:ed|ure|ures|s|ing)?|refused|timed out|traceback|unable to|could ?n[o']t|denied|exhausted|crash(?:ed|es|ing)?|deadlock|no space left|broken pipe|connection reset|unreachable|aborted|corrupt(?:ed|ion)?|unhandled|uncaught)",
    "(?<warn>warn(?:ing|ings)?|deprecated|retrying|timeouts?|degraded|rejected|unauthori[sz]ed|forbidden|throttled|overloaded)",
  ].join("|"),
  "gi",
);

/** "no errors", "0 failed", "without any failure": words before that take the meaning away. */
const NEGATED_BEFORE =
  /(?:^|[^\w.])(?:0|no|zero|without|never|non|not an?|free of)[\s-]+(?:any |of |more |new )?$/i;
/** `error=null`, `errors: 0`, `"failed":false`, "failed 0": values after that say there is none. */
const EMPTY_AFTER =
  /^(?:[_-]?count)?["']?(?:\s?[=:]\s?|\s(?=0))["']?(?:0+(?:\.0+)?%?|null|none|nil|no|false|undefined|n\/a|ok|""|''|\[\]|\{\}|<nil>|-)?(?:["'}\],;)|\s]|$)/i;
const WORD = /\w/;

/** The level that a text without a written one speaks of: words of trouble, or the status of an HTTP response. */
export function inferLevel(body: string): Level | undefined {
  const text = body.length > INFERENCE_WINDOW ? body.slice(0, INFERENCE_WINDOW) : body;
  const request = text.includes("HTTP/") ? REQUEST_STATUS.exec(text) : null;
  if (request) return levelOfHttpStatus(Number(request[1]));
  const field = STATUS_FIELD.exec(text);
  let worst = field ? levelOfHttpStatus(Number(field[1])) : undefined;
  for (const match of text.matchAll(TROUBLE)) {
    if (!standsAlone(text, match.index, match[0]) || isNegated(text, match.index, match[0])) continue;
    if (match.groups?.["fatal"] !== undefined) return "fatal";
    if (match.groups?.["error"] !== undefined) worst = "error";
    else worst ??= "warn";
  }
  return worst;
}

/** A word of its own, or the end of a CamelCase name (TypeError); not a part of error_count, error.log or /errors. */
function standsAlone(text: string, index: number, word: string): boolean {
  const before = text.charAt(index - 1);
  const after = text.charAt(index + word.length);
  if (WORD.test(after)) return false;
  if ((after === "." || after === "-" || after === "/") && WORD.test(text.charAt(index + word.length + 1))) {
    return false;
  }
  if (before === "/" || before === "-") return false;
  return !WORD.test(before) || (before !== "_" && /^[EF]/.test(word));
}

function isNegated(text: string, index: number, word: string): boolean {
  const end = index + word.length;
  return (
    NEGATED_BEFORE.test(text.slice(Math.max(0, index - 20), index)) ||
    EMPTY_AFTER.test(text.slice(end, end + 24))
  );
}
