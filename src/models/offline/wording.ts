import type { Conversation } from "./conversation.ts";

const NAME_CHARACTERS = 150;

export function listNames(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return joinWords(quoted);
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 3 ? words.join(" and ") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Some of many names, with how many there are in all: a number that the listing gives. */
export function listSome(names: readonly string[], most: number, all = names.length): string {
  if (names.length <= most) return listNames(names);
  const some = names.slice(0, most).map((name) => `\`${name}\``);
  return `${some.join(", ")} and others (${count(all)} in all)`;
}

/** 12345 as 12,345; small numbers keep what follows the point. */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** The clock time of an ISO instant, with its day where that is not `day`. */
export function clock(iso: string, day = ""): string {
  const [date = "", rest = ""] = iso.split("T");
  const time = rest.replace(/(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?$/, "");
  return date === day ? time : `${date} ${time}`;
}

/** `2026-03-12 02:47:28 to 04:59:25`: from one instant to another. */
export function timespan(first: string, last: string, day = ""): string {
  const from = clock(first, day);
  const to = clock(last, dayOf(first));
  return from.endsWith(to) ? from : `${from} to ${to}`;
}

export function dayOf(iso: string | null | undefined): string {
  return iso?.split("T")[0] ?? "";
}

export function describeWindow({ start, end, windowFrom }: Conversation): string {
  return `${timespan(start, end)} (${windowFrom})`;
}

/** The text of a template fit for prose: shortened between words, without pages' addresses, safe inside backticks. */
export function nameTemplate(text: string, most = NAME_CHARACTERS): string {
  const flat = text
    .replace(/`|\bhttps?:\/\/[^\s"'<>]{1,300}/g, "…")
    .replace(/\s+/g, " ")
    .trim();
  if (flat.length <= most) return flat;
  return `${flat.slice(0, most).replace(/[\s:,;]*\S{0,30}$/, "")}…`;
}
