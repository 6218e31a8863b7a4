import { crc32 } from "node:zlib";

/**
 * One message of `application/vnd.amazon.eventstream`: lengths and their checksum, headers (strings only), payload,
 * checksum of all before it; numbers are big-endian. docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html
 */
function encodeFrame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(prelude.length + head.length + body.length + 4, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body, Buffer.alloc(4)]);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return message;
}

const STRING = 7;

function encodeHeader(name: string, value: string): Buffer {
  const [key, text] = [Buffer.from(name), Buffer.from(value)];
  return Buffer.concat([
    Buffer.of(key.length),
    key,
    Buffer.of(STRING, text.length >> 8, text.length & 255),
    text,
  ]);
}

export function encodeEvent(type: string, value: object): Buffer {
  return encodeMessage("event", type, value);
}

/** An error that ends a stream that had begun well. */
export function encodeException(type: string, message: string): Buffer {
  return encodeMessage("exception", type, { message });
}

function encodeMessage(kind: "event" | "exception", type: string, value: object): Buffer {
  const headers = {
    [`:${kind}-type`]: type,
    ":content-type": "application/x-amz-json-1.1",
    ":message-type": kind,
  };
  return encodeFrame(headers, JSON.stringify(value));
}
