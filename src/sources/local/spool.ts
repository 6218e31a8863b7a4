import type { FileHandle } from "node:fs/promises";
import { mkdir, mkdtemp, open, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { Failure, messageOf } from "../../failure.ts";
import type { LogFile } from "./open-log.ts";

/**
 * A stream as a file that can be read many times. It is read to its end once, at the first opening, into a file that
 * has no name any more: nobody else sees it, and nothing is left behind.
 * @throws from `open`: Failure "disk" where the stream cannot be kept
 */
export function spoolStream(input: () => Readable, stream: string, folder: string | undefined): LogFile {
  let spooled: Promise<FileHandle> | undefined;
  return {
    stream,
    path: stream,
    async open() {
      spooled ??= spool(input(), folder);
      const handle = await spooled;
      return {
        read: (buffer, offset, length, position) => handle.read(buffer, offset, length, position),
        stat: () => handle.stat(),
        close: async () => {},
      };
    },
  };
}

async function spool(input: Readable, folder: string | undefined): Promise<FileHandle> {
  const handle = await openNameless(folder ?? tmpdir());
  try {
    for await (const chunk of input) await handle.writeFile(toBytes(chunk));
    return handle;
  } catch (cause) {
    await handle.close();
    throw new Failure("disk", `Cannot keep standard input: ${messageOf(cause)}.`, {
      hint: "Free some disk space, or name a file in place of piping it.",
      cause,
    });
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(await mkdtemp(join(folder, "logai-spool-")), "input");
  const handle = await open(path, "wx+", 0o600);
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => {});
  return handle;
}

function toBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
}
