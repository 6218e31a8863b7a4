import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const BUFFER_CHARACTERS = 1 << 20;
const compress = promisify(gzip);

/** A log file under construction: lines may come a little out of order and are written in order of time. */
export interface LogFile {
  add(at: number, text: string): void;
  /** Takes in what is older than `before` (ms since the epoch); nothing older may be added afterwards. */
  settle(before: number): Promise<void>;
  /** Writes the rest. Returns the number of events. */
  finish(): Promise<number>;
  /** Lets go of the file, finished or not. */
  close(): Promise<void>;
}

/** Creates the file, which must not exist; a name that ends in `.gz` is compressed, at the end and in memory. */
export async function createLogFile(path: string): Promise<LogFile> {
  const handle = await open(path, "wx");
  const compressed = path.endsWith(".gz");
  let waiting: { readonly at: number; readonly text: string }[] = [];
  let buffer = "";
  let events = 0;

  async function settle(before: number): Promise<void> {
    waiting.sort((a, b) => a.at - b.at);
    let ready = 0;
    for (const { at, text } of waiting) {
      if (at >= before) break;
      buffer += `${text}\n`;
      ready++;
    }
    events += ready;
    waiting = waiting.slice(ready);
    if (compressed || buffer.length < BUFFER_CHARACTERS) return;
    await handle.appendFile(buffer);
    buffer = "";
  }

  return {
    add: (at, text) => waiting.push({ at, text }),
    settle,
    async finish() {
      await settle(Number.POSITIVE_INFINITY);
      await writeRest(handle, buffer, compressed);
      buffer = "";
      return events;
    },
    close: () => handle.close(),
  };
}

async function writeRest(handle: FileHandle, text: string, compressed: boolean): Promise<void> {
  await handle.appendFile(compressed ? await compress(text) : text);
}
