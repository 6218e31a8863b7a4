import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** One event of a demo file as a reader who knows only the format sees it. */
export interface ReadEvent {
  readonly file: string;
  readonly at: number;
  readonly text: string;
}

const MONTH_DAY = /\[(\d{2})\/Mar\/2026:(\d{2}:\d{2}:\d{2}) \+0000\]/;
const PLAIN = /^(\d{4})[-/](\d{2})[-/](\d{2}) (\d{2}:\d{2}:\d{2})(?:[.,](\d{3}))?/;
const LOGFMT = /^time=(\S+) level=/;

/** The instant in a line's header; undefined for a continuation line. */
function readTime(line: string): number | undefined {
  if (line.startsWith("{")) return Date.parse(JSON.parse(line).time);
  const logfmt = LOGFMT.exec(line);
  if (logfmt) return Date.parse(logfmt[1] ?? "");
  const plain = PLAIN.exec(line);
  if (plain) return Date.parse(`${plain[1]}-${plain[2]}-${plain[3]}T${plain[4]}.${plain[5] ?? "000"}Z`);
  const access = MONTH_DAY.exec(line);
  return access ? Date.parse(`2026-03-${access[1]}T${access[2]}Z`) : undefined;
}

export async function readEvents(folder: string, file: string): Promise<ReadEvent[]> {
  const bytes = await readFile(join(folder, file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const events: { file: string; at: number; text: string }[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const at = readTime(line);
    const last = events.at(-1);
    if (at !== undefined) events.push({ file, at, text: line });
    else if (last) last.text += `\n${line}`;
    else throw new Error(`${file} starts with a continuation line`);
  }
  return events;
}

/** The request's id, under the name that each service gives it. */
export function readRequestId(text: string): string | undefined {
  return /(?:request_id='?=?|"requestId":")'?([0-9a-f]{32})/.exec(text)?.[1];
}

/** Warning, error or a failed answer. */
export function isTrouble(text: string): boolean {
  return isErrorLine(text) || /level=WARN|"level":"warn"|\bWARN(?:ING)?\b/.test(text.slice(0, 120));
}

export function isErrorLine(text: string): boolean {
  return /level=ERROR|"level":"error"|\bERROR\b|\[error\]|HTTP\/1\.1" 5\d\d /.test(text.slice(0, 160));
}
