import { closeSync, createWriteStream, fstat, openSync, read } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { Failure, messageOf } from "../../failure.ts";
import { makeFolder } from "../../make-folder.ts";
import type { LogFile } from "./open-log.ts";

const readAt = promisify(read);
const statOf = promisify(fstat);

/**
 * A stream as a file that can be read many times. It is read to its end once, at the first opening, into a file that
 * has no name any more: nobody else sees it, and nothing is left behind.
 * @throws from `open`: Failure "disk" where the stream cannot be kept
 */
export function spoolStream(input: () => Readable, stream: string, folder: string | undefined): LogFile {
  let spooled: Promise<number> | undefined;
  return {
    stream,
    path: stream,
    async open() {
      spooled ??= spool(input(), folder);
      const descriptor = await spooled;
      return {
        read: (buffer, offset, length, position) => readAt(descriptor, buffer, offset, length, position),
        stat: () => statOf(descriptor),
        close: async () => {},
      };
    },
  };
}

/** A bare descriptor: a FileHandle would be closed, with a warning, when it is collected as garbage. */
async function spool(input: Readable, folder: string | undefined): Promise<number> {
  let descriptor: number | undefined;
  try {
    descriptor = await openNameless(folder ?? tmpdir());
    await pipeline(input, createWriteStream("", { fd: descriptor, autoClose: false }));
    return descriptor;
  } catch (cause) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw new Failure("disk", `Cannot keep standard input: ${messageOf(cause)}.`, {
      hint: "Free some disk space, or name a file in place of piping it.",
      cause,
    });
  }
}

async function openNameless(folder: string): Promise<number> {
  makeFolder(folder);
  const own = await mkdtemp(join(folder, "logai-spool-"));
  try {
    return openSync(join(own, "input"), "wx+", 0o600);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
