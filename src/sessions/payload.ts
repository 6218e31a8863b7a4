import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { z } from "zod";
import { Failure } from "../failure.ts";

/** Bytes; nothing that is kept comes near it, and a file from elsewhere must not fill the memory. */
const MOST_BYTES = 512 * 1024 * 1024;

/** A value as compressed JSON; maps become lists of pairs. */
export function pack(value: unknown): Uint8Array {
  const text = JSON.stringify(value, (_, member: unknown) => (member instanceof Map ? [...member] : member));
  return zstdCompressSync(text);
}

/** What was packed. @throws Failure "unreadable" where it is not what it should be */
export function unpack<Schema extends z.ZodType>(bytes: unknown, schema: Schema): z.output<Schema> {
  try {
    if (!(bytes instanceof Uint8Array)) throw new TypeError("There are no bytes.");
    const text = zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES }).toString("utf8");
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** A part of a session that is not what was kept. */
export function unreadable(cause: unknown): Failure {
  return new Failure("unreadable", "A part of this session is damaged and cannot be read.", {
    hint: "Ask again in a new session; logai sessions delete ID removes this one.",
    cause,
  });
}
