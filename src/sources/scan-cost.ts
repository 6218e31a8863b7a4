import type { ScanEstimate } from "./source.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** What a scan comes to, in a few words: `about 12.4 GB, $0.06`. */
export function describeScan({ bytes, dollars }: Pick<ScanEstimate, "bytes" | "dollars">): string {
  return `about ${formatSize(bytes)}, ${dollars === undefined ? "price not known" : formatDollars(dollars)}`;
}

/** To the cent: `$0.06`, `$1,234.50`; `under $0.01` for less than one, and `free` only for nothing at all. */
export function formatDollars(dollars: number): string {
  if (dollars <= 0) return "free";
  if (dollars < 0.01) return "under $0.01";
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Bytes with three digits that count, in decimal units as they are billed: `999 B`, `1.23 kB`, `12.4 GB`. */
function formatSize(bytes: number): string {
  const { value, unit } = scaleBytes(bytes);
  const shown = unit === "B" ? Math.round(value) : Number(value.toPrecision(3));
  return `${shown.toLocaleString("en-US")} ${unit}`;
}

/** The decimal unit in which bytes are read best (1 kB is 1000 bytes), and how many of it they are. */
export function scaleBytes(bytes: number): { readonly value: number; readonly unit: string } {
  let value = bytes;
  let unit = 0;
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return { value, unit: UNITS[unit] ?? "B" };
}
