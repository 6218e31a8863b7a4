import type { Spread } from "./results.ts";
import { count } from "./wording.ts";

/** Where the events of a kind happened: their requests, endpoints, statuses, as items with their reference. */
export function listFields(
  { fields, counted }: Spread,
  { of, ref, told = "" }: { readonly of: number; readonly ref: string; readonly told?: string },
): string[] {
  if (counted === 0) return [];
  const which = counted < of ? `, among the newest ${count(counted)}` : "";
  return fields
    .filter(({ name, distinct }) => name !== told && (name !== "status" || distinct > 1))
    .filter(({ count: number }) => number >= counted / 2)
    .slice(0, 3)
    .map(({ name, top, distinct }) => {
      const shown = top.slice(0, 3).map((one) => `\`${one.value}\` (${count(one.count)})`);
      const rest = distinct > shown.length ? `, ${count(distinct)} different ones in all` : "";
      return `- By ${name}: ${shown.join(", ")}${rest}${which} [${ref}]`;
    });
}

/** `, which took 30,000 to 30,003 ms`; empty where the events tell no duration. */
export function sayTook({ took_ms: took }: Spread): string {
  if (!took) return "";
  return took.min === took.max
    ? `, which took ${count(took.min)} ms`
    : `, which took ${count(took.min)} to ${count(took.max)} ms (median ${count(took.median)} ms)`;
}
