/** One line (or one line with its continuation) in the format that each kind of service really writes. */

type Fields = Readonly<Record<string, unknown>>;

/** What nginx's `combined` format holds, and the request's id and upstream behind it. */
export interface AccessEntry {
  readonly ip: string;
  readonly request: string;
  readonly status: number;
  readonly bytes: number;
  readonly referer?: string;
  readonly agent: string;
  readonly requestId: string;
  /** Milliseconds. */
  readonly took: number;
  readonly upstream?: string;
  /** What the upstream answered; absent where it did not. */
  readonly upstreamStatus?: number;
}

/** nginx's access log; the agent is hostile text, which nginx escapes. */
export function accessLine(at: number, entry: AccessEntry): string {
  const iso = isoTime(at);
  const time = `${iso.slice(8, 10)}/Mar/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
  const seconds = (entry.took / 1000).toFixed(3);
  const upstream = entry.upstream
    ? ` upstream=${entry.upstream} upstream_status=${entry.upstreamStatus ?? "-"}`
    : "";
  return (
    `${entry.ip} - - [${time}] "${entry.request}" ${entry.status} ${entry.bytes}` +
    ` "${entry.referer ?? "-"}" "${entry.agent}" request_id=${entry.requestId} request_time=${seconds}${upstream}`
  );
}

/** nginx's error log, which a container mixes with the access log on its output. */
export function proxyErrorLine(at: number, connection: number, message: string): string {
  const iso = isoTime(at);
  return `${iso.slice(0, 10).replaceAll("-", "/")} ${iso.slice(11, 19)} [error] 31#31: *${connection} ${message}`;
}

/** pino with level names and ISO times. */
export function pinoLine(at: number, level: string, msg: string, fields: Fields = {}): string {
  return JSON.stringify({ level, time: isoTime(at), service: "checkout-api", ...fields, msg });
}

/** logback's usual pattern, with the request's id from the MDC. */
export function logbackLine(
  at: number,
  level: "DEBUG" | "INFO" | "WARN" | "ERROR",
  entry: {
    readonly logger: string;
    readonly thread: string;
    readonly requestId?: string;
    readonly message: string;
  },
): string {
  const context = entry.requestId ? ` [request_id=${entry.requestId}]` : "";
  return `${wallTime(at, ".")} [${entry.thread}] ${level.padEnd(5)} ${entry.logger}${context} - ${entry.message}`;
}

/** Go's slog text handler (logfmt). */
export function slogLine(
  at: number,
  level: "DEBUG" | "INFO" | "WARN" | "ERROR",
  msg: string,
  fields: Fields = {},
): string {
  let line = `time=${isoTime(at)} level=${level} msg=${quoteValue(msg)}`;
  for (const name in fields) line += ` ${name}=${quoteValue(String(fields[name]))}`;
  return line;
}

function quoteValue(text: string): string {
  return /[\s="]/.test(text) ? JSON.stringify(text) : text;
}

/** Python's logging with `%(asctime)s %(levelname)s %(name)s: %(message)s`. */
export function pythonLine(
  at: number,
  level: "INFO" | "WARNING" | "ERROR",
  name: string,
  message: string,
): string {
  return `${wallTime(at, ",")} ${level} ${name}: ${message}`;
}

/** PostgreSQL with `log_line_prefix = '%m [%p] %q%u@%d '`. */
export function postgresLine(
  at: number,
  level: "LOG" | "DETAIL" | "ERROR" | "STATEMENT",
  message: string,
  session: { readonly pid: number; readonly user?: string },
): string {
  const who = session.user ? `${session.user}@inventory ` : "";
  return `${wallTime(at, ".")} UTC [${session.pid}] ${who}${level}:  ${message}`;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function wallTime(at: number, beforeMs: string): string {
  const iso = isoTime(at);
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${beforeMs}${iso.slice(20, 23)}`;
}
