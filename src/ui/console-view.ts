import type { CheckReport, Citation } from "../agent/check.ts";
import { escapeText } from "./markdown-parts.ts";
import type { Address } from "./screen.ts";

/** Cited events whose addresses are worth a line each. */
const MOST_EVENTS = 3;

type CitedEvent = Extract<Citation, { kind: "event" }>;

/** Where the vendor's console shows the main cited events, errors before others, and the main group in the window. */
export function listAddresses({ citations, mainGroup }: CheckReport): readonly Address[] {
  const linked = citations.filter((one): one is CitedEvent => one.kind === "event" && one.link !== undefined);
  const main = new Set(linked.toSorted((a, b) => rankOf(b) - rankOf(a)).slice(0, MOST_EVENTS));
  const events = linked.flatMap((one) =>
    main.has(one) ? [{ label: `[${one.ref}]`, url: one.link ?? "" }] : [],
  );
  return [
    ...events,
    ...(mainGroup ? [{ label: `${mainGroup.name}, the window:`, url: mainGroup.link }] : []),
  ];
}

function rankOf({ level }: CitedEvent): number {
  return level === "error" || level === "fatal" ? 1 : 0;
}

/** The same as an item of Markdown, or none. An address holds neither `>` nor a line break: source.ts. */
export function describeAddresses(addresses: readonly Address[]): readonly string[] {
  if (addresses.length === 0) return [];
  const links = addresses.map(
    ({ label, url }) => `[${escapeText(label.replace(/^\[|\]$|:$/g, ""))}](<${url}>)`,
  );
  return [`Console: ${links.join(", ")}`];
}
