import { tellsOfChange } from "../../analysis/changes.ts";
import type { Conversation } from "./conversation.ts";
import { type Analysed, analysesOf, changedBefore } from "./origin.ts";
import { quoteText } from "./quote.ts";
import { type EvidenceLine, readEvidence } from "./results.ts";

/** A line that tells of a change shortly before trouble began. */
export interface Suspect extends EvidenceLine {
  /** The line of evidence as the tool gave it. */
  readonly line: string;
}

/** What is said more often around that time is a habit. */
const RARE = 3;
/** A change is suspected for so long, ms. */
const SUSPECTED_FOR = 3_600_000;

/** Changes before the errors of `main` began: those of its own group first, then the latest. */
export function findSuspects(talk: Conversation, main: Analysed): Suspect[] {
  const began = Date.parse(changedBefore(main) ?? "");
  if (Number.isNaN(began)) return [];
  const searched = talk
    .results("search_logs")
    .flatMap(({ groups }) => groups)
    .flatMap(({ templates }) => templates)
    .filter(({ count }) => count <= RARE)
    .map(({ examples }) => examples[0] ?? "");
  const fresh = analysesOf(talk).flatMap(({ new_before_onset }) => new_before_onset);
  const lines = [...new Set([...fresh, ...searched])].flatMap((line) => {
    const read = readEvidence(line);
    return read && mayBeCause(read) && !isHabit(read, talk) ? [{ ...read, line }] : [];
  });
  const own = ({ group }: Suspect) => Number(group === main.log_group);
  const at = ({ time }: Suspect) => Date.parse(time ?? "");
  const unique = [...new Map(lines.map((suspect) => [suspect.ref, suspect])).values()];
  return unique
    .filter((suspect) => at(suspect) < began && at(suspect) >= began - SUSPECTED_FOR)
    .toSorted((a, b) => own(b) - own(a) || at(b) - at(a));
}

/** An error is trouble already, and a request for /config changes nothing. */
function mayBeCause({ level, text }: EvidenceLine): boolean {
  return level !== "error" && level !== "fatal" && !REQUEST.test(text) && tellsOfChange(text);
}

/** Said often in the whole window, if only once before the trouble: a part of every start, not a change. */
function isHabit({ group, text }: EvidenceLine, talk: Conversation): boolean {
  const words = text.trim().split(/\s+/);
  return talk
    .results("fetch_logs")
    .filter(({ ledger }) => ledger.groups.includes(group))
    .flatMap(({ templates }) => templates)
    .some(({ template, count }) => count > RARE && endsLike(words, template.trim().split(/\s+/)));
}

/** A line ends with its template; its time and level stand before that. */
function endsLike(words: readonly string[], template: readonly string[]): boolean {
  const tail = words.slice(-template.length);
  return template.every((word, index) => word.includes("<*>") || word === tail[index]);
}

const REQUEST = /"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \//;

/** The text of a line behind its time and level, fit for backticks. */
export function inProse({ text }: Suspect): string {
  const quoted = quoteText(text).replaceAll("`", "…");
  const behind = quoted.replace(/^(?:time=\S+ )?(?:level=\w+ )?/, "");
  return `\`${behind.length > 220 ? `${behind.slice(0, 220).replace(/\s?\S{0,40}$/, "")}…` : behind}\``;
}
