import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Database, inTransaction } from "../database.ts";
import type { CacheOwner, KnownResult, ResultKind } from "./cache.ts";
import { isAlive } from "./life.ts";
import { bytesIn, numberIn } from "./rows.ts";

export interface Results {
  find(owner: CacheOwner, kind: ResultKind, key: string): KnownResult | undefined;
  keep(owner: CacheOwner, kind: ResultKind, key: string, value: unknown, readAt: number): void;
}

interface ResultOptions {
  readonly database: Database;
  readonly now: () => number;
  /** How long each kind is taken as it was read, ms. */
  readonly lives: Readonly<Record<ResultKind, number>>;
  /** What is to be done in the same transaction once something is kept. */
  readonly onKept: (now: number) => void;
}

/** Of a result's JSON: more than this is not kept. */
const MOST_BYTES = 8 << 20;
/** To this many ms it is known when a result was used. */
const TOUCH_MS = 60_000;
const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};

export function openResults({ database, now, lives, onKept }: ResultOptions): Results {
  const find = database.prepare(
    `SELECT id, read_at, used_at, payload FROM results
     WHERE source = ? AND account = ? AND region = ? AND kind = ? AND key = ?`,
  );
  const keep = database.prepare(
    `INSERT INTO results (source, account, region, kind, key, read_at, used_at, bytes, payload)
     VALUES (:source, :account, :region, :kind, :key, :readAt, :now, :bytes, :payload)
     ON CONFLICT DO UPDATE SET read_at = :readAt, used_at = :now, bytes = :bytes, payload = :payload
     WHERE :readAt >= read_at OR read_at > :now`,
  );
  const touch = database.prepare("UPDATE results SET used_at = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM results WHERE id = ?");

  return {
    find({ source, account, region }, kind, key) {
      const row = find.get(source, account, region, kind, key);
      const at = now();
      const readAt = row && numberIn(row, "read_at");
      if (readAt === undefined || !isAlive(readAt, at, lives[kind])) return undefined;
      const id = numberIn(row, "id");
      const unpacked = unpack(bytesIn(row, "payload"));
      if (!unpacked) remove.run(id);
      else if (Math.abs(at - numberIn(row, "used_at")) > TOUCH_MS) touch.run(at, id);
      return unpacked && { value: unpacked.value, readAt };
    },
    keep({ source, account, region }, kind, key, value, readAt) {
      const text = JSON.stringify(value);
      const at = now();
      const isKeepable = [source, account, region, key].every((part) => part.isWellFormed());
      if (text === undefined || !isKeepable || !isAlive(readAt, at, lives[kind])) return;
      const bytes = Buffer.from(text);
      if (bytes.byteLength > MOST_BYTES) return;
      const payload = zstdCompressSync(bytes, COMPRESSION);
      inTransaction(database, () => {
        const named = { source, account, region, kind, key };
        keep.run({ ...named, readAt, now: at, bytes: payload.byteLength, payload });
        onKept(at);
      });
    },
  };
}

/** undefined where it is damaged. */
function unpack(payload: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(zstdDecompressSync(payload, { maxOutputLength: MOST_BYTES }).toString()) };
  } catch {
    return undefined;
  }
}
