// Writes a log of about the wanted size: ordinary lines, one in a thousand of them an error, the same at every run.
import { closeSync, existsSync, openSync, statSync, writeSync } from "node:fs";

const PATHS = ["/api/cart", "/api/orders", "/api/products", "/health", "/login"];

export function writeBigLog(file, bytes) {
  if (existsSync(file) && statSync(file).size >= bytes) return file;
  const out = openSync(file, "w");
  let time = Date.UTC(2026, 0, 1);
  let written = 0;
  for (let n = 0; written < bytes; ) {
    let block = "";
    for (let line = 0; line < 10_000; line += 1, n += 1) {
      time += 20;
      const head = `${new Date(time).toISOString()} [worker-${n % 16}]`;
      block +=
        n % 1000 === 999
          ? `${head} ERROR shop.Payment: Failed password check for order ${n * 7} after ${n % 997} ms\n`
          : `${head} INFO shop.Http: GET ${PATHS[n % 5]} 200 in ${n % 97} ms user=${(n * 31) % 100_000} bytes=${(n * 13) % 65_536}\n`;
    }
    written += writeSync(out, block);
  }
  closeSync(out);
  return file;
}
