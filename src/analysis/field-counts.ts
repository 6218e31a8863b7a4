import type { LogEvent } from "../log/event.ts";
import { fieldOf, parseFields } from "../log/fields.ts";

/** Distinct values that are counted one by one; later ones are counted together. */
const MOST_VALUES = 10_000;

export interface FieldCounts {
  add(event: LogEvent): void;
  /** Most frequent first. */
  rows(): { readonly key: string; readonly count: number }[];
}

/** Counts events by the value of one field of their JSON or logfmt; bounded, and says what it did not tell apart. */
export function createFieldCounts(wanted: string): FieldCounts {
  // As filters write it, too: `$.http.status`.
  const field = wanted.replace(/^\$\./, "");
  const counts = new Map<string, number>();
  let without = 0;
  let others = 0;
  return {
    add(event) {
      const fields = parseFields(event.message);
      const value = fields && fieldOf(fields, field);
      if (value === undefined) {
        without += 1;
        return;
      }
      const key = typeof value === "string" ? value : JSON.stringify(value);
      const known = counts.get(key);
      if (known === undefined && counts.size >= MOST_VALUES) others += 1;
      else counts.set(key, (known ?? 0) + 1);
    },
    rows() {
      const rows = [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
      if (others > 0) rows.push({ key: "(other values)", count: others });
      if (without > 0) rows.push({ key: `(no field '${field}')`, count: without });
      return rows;
    },
  };
}
