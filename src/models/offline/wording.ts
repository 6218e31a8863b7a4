import type { Conversation } from "./conversation.ts";
import { type EvidenceLine, readEvidence, type Template } from "./results.ts";

const QUOTED_CHARACTERS = 300;

export function listNames(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 3 ? quoted.join(" and ") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}

/** 12345 as 12,345. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** The clock time of an ISO instant with its zone, with the day where it differs from `day`. */
export function clock(iso: string, day = ""): string {
  const [date = "", rest = ""] = iso.split("T");
  const time = rest.replace(/\.000(?=Z|[+-])/, "").replace(/(\.\d{3})(Z|[+-].*)$/, "");
  const bare = time.replace(/(?:Z|[+-]\d{2}:\d{2})$/, "");
  return date === day ? bare : `${date} ${bare}`;
}

export function describeWindow({ start, end, windowFrom }: Conversation): string {
  return `${start} to ${end} (${windowFrom})`;
}

/** One line of evidence as it is quoted: its first line, cut where it is very long. */
export function quoteLine(line: string): string {
  const [first = ""] = line.split("\n");
  const cut = first.length > QUOTED_CHARACTERS || first.length < line.length;
  return cut ? `${first.slice(0, QUOTED_CHARACTERS)}…` : first;
}

/** Lines of evidence as a code block; each carries its reference. */
export function quoteBlock(lines: readonly string[]): string {
  return ["```text", ...lines.map(quoteLine), "```"].join("\n");
}

export function firstExample({ examples }: Template): EvidenceLine | undefined {
  return examples[0] === undefined ? undefined : readEvidence(examples[0]);
}

/** The text of a template fit for prose: shortened, and safe inside backticks. */
export function nameTemplate(text: string): string {
  const flat = text.replace(/`/g, "'").replace(/\s+/g, " ").trim();
  return flat.length > 140 ? `${flat.slice(0, 140)}…` : flat;
}
