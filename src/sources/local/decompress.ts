import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";
import { messageOf } from "../../failure.ts";

export type Compression = "gzip" | "zstd";

/** What a damaged archive had to give is given; `damage` then says what is wrong with it. */
export interface Decompression {
  readonly chunks: AsyncIterable<Buffer>;
  damage(): string | undefined;
}

const CHUNK_BYTES = 65_536;

/**
 * The text of an archive of one or several members.
 * @param read gives the compressed bytes from a position on, in small pieces: what one piece holds is lost when it is damaged
 */
export function decompress(
  compression: Compression,
  size: number,
  read: (position: number) => AsyncIterable<Buffer>,
): Decompression {
  let damage: string | undefined;
  async function* run(): AsyncGenerator<Buffer> {
    // node:zlib decodes all members of a gzip file, but only the first frame of a zstd file.
    for (let position = 0; position < size && damage === undefined; ) {
      const engine =
        compression === "gzip" ? createGunzip() : createZstdDecompress({ chunkSize: CHUNK_BYTES });
      const input = Readable.from(read(position), { highWaterMark: 2 });
      engine.on("error", (error) => {
        damage = messageOf(error);
      });
      try {
        input.on("error", (error) => engine.destroy(error));
        input.pipe(engine);
        yield* drain(engine);
      } finally {
        input.destroy();
        engine.destroy();
      }
      if (engine.bytesWritten === 0) return;
      position += engine.bytesWritten;
    }
  }
  return { chunks: run(), damage: () => damage };
}

/** All that the engine gives, also what it gave before it failed: iterating over the stream would drop that. */
async function* drain(engine: Gunzip | ZstdDecompress): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk: unknown = engine.read();
    if (Buffer.isBuffer(chunk)) yield chunk;
    else if (engine.readableEnded || engine.errored || engine.destroyed) return;
    else await nextMove(engine);
  }
}

function nextMove(engine: Gunzip | ZstdDecompress): Promise<void> {
  const events = ["readable", "end", "error", "close"] as const;
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) engine.off(event, done);
      resolve();
    };
    for (const event of events) engine.on(event, done);
  });
}
