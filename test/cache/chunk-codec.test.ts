import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeChunk, encodeChunk } from "../../src/cache/chunk-codec.ts";
import { LEVELS, type LogEvent } from "../../src/log/event.ts";
import { contains, type TimeRange } from "../../src/log/time-range.ts";

const GROUP = "/shop/app";
const START = Date.UTC(2026, 2, 12);
const SPAN = { start: START, end: START + 3_600_000 };

const MARKS = ["\n", "\0", "\x1e", "\x1f", "\x1d", "\x1c", "\x01", "\x02"];

/** Any strings that JavaScript has: halves of surrogate pairs, control characters, none at all. */
const anyString = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", "é", "日", "😀", "\ud83d", "\ude00", "\ufeff", ...MARKS) }),
);

const digits = (width: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: width, maxLength: width });

/** Ids of one chunk: of one kind, or of any. */
const anyIds = fc.oneof(
  fc.constant(anyString),
  fc.integer({ min: 1, max: 70 }).map(digits),
  fc.constant(fc.bigInt(0n, 9n).map((serial) => String(10n ** 55n + serial))),
  fc.constant(fc.bigInt(0n, 10n ** 20n).map((serial) => String(10n ** 56n - 1n - serial))),
);

const anySpan = fc.oneof(
  fc.constant(SPAN),
  fc.constant({ start: START, end: START + 1 }),
  fc.constant({ start: -(2 ** 53) + 1, end: 2 ** 53 }),
  fc.constant({ start: Number.NEGATIVE_INFINITY, end: 0.5 }),
  fc.constant({ start: -20.5, end: 20.5 }),
);

const anyChunk = fc.tuple(anySpan, anyIds).chain(([span, id]) => {
  const most = Number.MAX_SAFE_INTEGER;
  const event = fc.record(
    {
      id,
      group: fc.constant(GROUP),
      stream: fc.oneof(fc.constantFrom("app/0", "app/1", ""), anyString),
      timestamp: fc.integer({
        min: Math.ceil(Math.max(span.start, -most)),
        max: Math.ceil(Math.min(span.end, most)) - 1,
      }),
      message: anyString,
      bodyStart: fc.oneof(fc.nat(300), fc.maxSafeNat()),
      level: fc.constantFrom(undefined, ...LEVELS),
      levelInferred: fc.boolean(),
    },
    { noNullPrototype: true },
  );
  return fc.record({ span: fc.constant(span), events: fc.array(event, { maxLength: 40 }) });
});

function eventAt(timestamp: number, rest: Partial<LogEvent> = {}): LogEvent {
  return {
    id: String(timestamp),
    group: GROUP,
    stream: "app/0",
    timestamp,
    message: `INFO shop.Http: GET /api/cart 200 in ${timestamp % 97} ms`,
    bodyStart: 5,
    level: "info",
    levelInferred: false,
    ...rest,
  };
}

/** So many events, a few ms apart, of several streams that send in batches. */
function makeEvents(count: number, idOf: (timestamp: number, n: number) => string): LogEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const timestamp = START + n * 7 + (n % 5);
    return eventAt(timestamp, { id: idOf(timestamp, n), stream: `app/${n % 3}` });
  });
}

const IDS: Record<string, (timestamp: number, n: number) => string> = {
  "of CloudWatch": (timestamp, n) => String((BigInt(timestamp) << 144n) + 2n ** 143n + BigInt(n)),
  "with the time in decimal": (timestamp, n) =>
    `3${String(timestamp).padStart(15, "0")}${String(n).padStart(40, "0")}`,
  "of rows": (timestamp, n) => `row:${timestamp.toString(36).padStart(24, "a")}:${n % 2}`,
  "that count": (_, n) => String(1_000_000 + n),
};

async function roundTrip(span: TimeRange, events: readonly LogEvent[]): Promise<readonly LogEvent[]> {
  const { bytes } = await encodeChunk(span, events);
  return decodeChunk(GROUP, span, bytes);
}

describe("the events of a chunk as bytes", () => {
  it("are the same when read", async () => {
    await fc.assert(
      fc.asyncProperty(anyChunk, async ({ span, events }) => {
        const { bytes, textLength } = await encodeChunk(span, events);
        expect(await decodeChunk(GROUP, span, bytes)).toStrictEqual(events);
        expect(textLength).toBe(events.reduce((sum, { message }) => sum + message.length, 0));
      }),
      { numRuns: 500 },
    );
  });

  it.each(Object.entries(IDS))("are the same with ids %s", async (_, idOf) => {
    const events = makeEvents(5000, idOf);
    expect(await roundTrip(SPAN, events)).toStrictEqual(events);
  });

  it("take little for ids that follow from times", async () => {
    const sizes = await Promise.all(
      Object.values(IDS).map(async (idOf) => {
        const events = makeEvents(5000, idOf);
        const [all, without] = await Promise.all([
          encodeChunk(SPAN, events),
          encodeChunk(
            SPAN,
            events.map((event) => ({ ...event, id: "0" })),
          ),
        ]);
        return (all.bytes.length - without.bytes.length) / events.length;
      }),
    );
    const [aws = 9, decimal = 9, , counting = 9] = sizes;
    expect(Math.max(aws, decimal, counting)).toBeLessThan(0.1);
  });

  it("are none where there are none", async () => {
    expect(await roundTrip(SPAN, [])).toStrictEqual([]);
  });

  it("are the same where one message is huge", async () => {
    const message = "x é 日 😀\n".repeat(2_000_000);
    const events = [eventAt(START), eventAt(START, { message }), eventAt(START + 1)];
    const read = await roundTrip(SPAN, events);
    expect(read[1]?.message === message).toBe(true);
    expect(read.map(({ message }) => message.length)).toEqual(events.map(({ message }) => message.length));
  });

  it("are the same where they are 200,000", async () => {
    const events = makeEvents(200_000, (timestamp, n) => String((BigInt(timestamp) << 144n) + BigInt(n)));
    const read = await roundTrip(SPAN, events);
    expect(read.length).toBe(events.length);
    expect(read.every((event, n) => JSON.stringify(event) === JSON.stringify(events[n]))).toBe(true);
  });

  it("are read from a part of a larger buffer", async () => {
    const events = makeEvents(10, (timestamp) => String(timestamp));
    const { bytes } = await encodeChunk(SPAN, events);
    const larger = new Uint8Array(bytes.length + 20).fill(7);
    larger.set(bytes, 9);
    expect(await decodeChunk(GROUP, SPAN, larger.subarray(9, 9 + bytes.length))).toStrictEqual(events);
  });

  it.each([
    ["has no time", eventAt(START, { timestamp: undefined })],
    ["is before the span", eventAt(START - 1)],
    ["is at the span's end", eventAt(SPAN.end)],
    ["is between two milliseconds", eventAt(START + 0.5)],
    ["is of another group", eventAt(START, { group: "/shop/other" })],
    ["has a body that starts nowhere", eventAt(START, { bodyStart: -1 })],
  ])("are refused where one %s", async (_, event) => {
    await expect(encodeChunk(SPAN, [eventAt(START), event])).rejects.toThrow();
  });
});

/** The bytes with other columns, and a header that says so and has the right checksum. */
function sealColumns(bytes: Uint8Array, columns: Uint8Array): Buffer {
  const sealed = Buffer.concat([bytes.subarray(0, 32), zstdCompressSync(columns)]);
  sealed.writeUInt32LE(columns.length, 8);
  sealed.writeUInt32LE(crc32(sealed.subarray(8)), 4);
  return sealed;
}

describe("damaged bytes", () => {
  const events = makeEvents(40, (timestamp, n) => String((BigInt(timestamp) << 144n) + BigInt(n)));

  it("are refused whichever bit is another", async () => {
    const { bytes } = await encodeChunk(SPAN, events);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const other = Uint8Array.from(bytes);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(decodeChunk(GROUP, SPAN, other), `bit ${bit}`).rejects.toThrow();
    }
  });

  it("are refused wherever they end", async () => {
    const { bytes } = await encodeChunk(SPAN, events);
    for (let length = 0; length < bytes.length; length += 1)
      await expect(decodeChunk(GROUP, SPAN, bytes.subarray(0, length)), `${length}`).rejects.toThrow();
  });

  it("are refused where something follows them", async () => {
    const { bytes } = await encodeChunk(SPAN, events);
    await expect(decodeChunk(GROUP, SPAN, Buffer.concat([bytes, Buffer.of(0)]))).rejects.toThrow();
  });

  it("are refused, or are events of the span, whatever is in them under a right checksum", async () => {
    for (const idOf of Object.values(IDS)) {
      const { bytes } = await encodeChunk(SPAN, makeEvents(40, idOf));
      const columns = zstdDecompressSync(bytes.subarray(32));
      for (let at = 0; at < Math.min(columns.length, 400); at += 1) {
        for (const change of [1, 0x80, 0xff]) {
          const other = Uint8Array.from(columns);
          other[at] = (other[at] ?? 0) ^ change;
          const read = await decodeChunk(GROUP, SPAN, sealColumns(bytes, other)).catch((error) => error);
          if (read instanceof Error) continue;
          expect(read.length).toBe(40);
          expect(
            read.every(({ timestamp }: LogEvent) => timestamp !== undefined && contains(SPAN, timestamp)),
          ).toBe(true);
        }
      }
    }
  });

  it("are refused where they say that they are more than memory has, or fewer than they are", async () => {
    const { bytes } = await encodeChunk(SPAN, events);
    for (const [place, value] of [
      [8, 0xffffffff],
      [8, 2 ** 28],
      [8, 100],
      [8, 0],
      [12, 0xffffffff],
      [12, 39],
      [12, 41],
    ] as const) {
      const other = Buffer.from(bytes);
      other.writeUInt32LE(value, place);
      other.writeUInt32LE(crc32(other.subarray(8)), 4);
      await expect(decodeChunk(GROUP, SPAN, other), `${value} at ${place}`).rejects.toThrow();
    }
  });

  it("are refused where they are of another span", async () => {
    const { bytes } = await encodeChunk(SPAN, events);
    for (const span of [
      { ...SPAN, end: SPAN.end + 1 },
      { ...SPAN, start: SPAN.start - 1 },
    ])
      await expect(decodeChunk(GROUP, span, bytes)).rejects.toThrow("another span");
  });
});
