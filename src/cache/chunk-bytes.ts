/** Of what is written into one column at first, bytes. */
const FIRST_CAPACITY = 1024;

/** Numbers and bytes one after the other. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** @param value a safe integer, not negative: seven bits to a byte, the lowest first */
  count(value: number): void {
    let left = value;
    for (; left > 0x7fffffff; left = Math.floor(left / 128)) this.byte((left % 128) + 128);
    for (; left > 127; left >>>= 7) this.byte((left & 127) | 128);
    this.byte(left);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What was written: a view, until more is. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#length + more, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Reads what a writer wrote. Whatever the bytes, each call returns a value of its kind, or throws. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#buffer.length - this.#at;
  }

  byte(): number {
    const value = this.#buffer[this.#at++];
    if (value === undefined) throw damaged("it ends too early");
    return value;
  }

  count(): number {
    const first = this.byte();
    return first < 128 ? first : this.#longCount(first - 128);
  }

  double(): number {
    this.#assertLeft(8);
    this.#at += 8;
    return this.#buffer.readDoubleLE(this.#at - 8);
  }

  /** A view. */
  bytes(length: number): Buffer {
    this.#assertLeft(length);
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }

  #longCount(low: number): number {
    let value = low;
    let scale = 128;
    for (;;) {
      const next = this.byte();
      value += (next & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw damaged("a number is too large");
      if (next < 128) return value;
      scale *= 128;
    }
  }

  #assertLeft(length: number): void {
    if (length > this.left) throw damaged("it ends too early");
  }
}

export function damaged(what: string): Error {
  return new Error(`The chunk is damaged: ${what}.`);
}

/** A number of either sign as a count: small where it is near 0. @param value below 2^52 in size */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(count: number): number {
  return count % 2 === 0 ? count / 2 : -(count + 1) / 2;
}
