import type { AssistantModelMessage, JSONValue, ToolResultPart } from "ai";
import { findReferences } from "./references.ts";

/** A tool call that is no longer in the prompt. */
export interface LeftOut {
  /** Of its result (`q3`); undefined where it failed. */
  readonly handle: string | undefined;
  /** What it was and what it found, in a few words. */
  readonly words: string;
}

/** Longer fields of a result are finds, not what was found. */
const FIELD_CHARACTERS = 300;
/** Parts of a result that say what was looked at, and how much there was of what. */
const KEPT_PARTS = ["ledger", "levels"];
const PART_CHARACTERS = 1000;
const NOTE = "Left out to save room; call the tool again to see it.";

type Output = ToolResultPart["output"];

/**
 * A tool's result with its handle, its counts and its ledger, without the finds themselves. undefined where that would
 * not be shorter.
 */
export function shortenResult(part: ToolResultPart): ToolResultPart | undefined {
  const output = shortenOutput(part.output);
  if (!output || JSON.stringify(output).length >= JSON.stringify(part.output).length) return undefined;
  return { ...part, output };
}

function shortenOutput(output: Output): Output | undefined {
  if (output.type === "json" || output.type === "error-json") {
    const { value } = output;
    const fields = isFields(value) ? Object.entries(value).filter(isKept) : [];
    return { ...output, value: { ...Object.fromEntries(fields), shortened: NOTE } };
  }
  return output.type === "text" || output.type === "error-text" ? { ...output, value: NOTE } : undefined;
}

function isKept([key, value]: readonly [string, JSONValue | undefined]): boolean {
  if (typeof value !== "object" || value === null)
    return JSON.stringify(value ?? null).length <= FIELD_CHARACTERS;
  return KEPT_PARTS.includes(key) && JSON.stringify(value).length <= PART_CHARACTERS;
}

function isFields(value: JSONValue | undefined): value is { readonly [key: string]: JSONValue | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The handle under which a result is kept (`q3`); undefined where the call failed. */
export function handleOf({ output }: ToolResultPart): string | undefined {
  const handle = output.type === "json" && isFields(output.value) ? output.value.result : undefined;
  return typeof handle === "string" && /^q\d{1,7}$/.test(handle) ? handle : undefined;
}

const NAME_CHARACTERS = 60;
const COUNTS = ["matched", "total", "errors"];

/** Only names and counts: no text of a log leaves the result that labels it as data. */
export function describeCall(input: unknown, part: ToolResultPart): LeftOut {
  const { output, toolName } = part;
  const value = output.type === "json" && isFields(output.value) ? output.value : {};
  const ledger = isFields(value.ledger) ? value.ledger : {};
  const counts = COUNTS.flatMap((name) => {
    const count = value[name] ?? ledger[name];
    return typeof count === "number" ? [`${name} ${count}`] : [];
  });
  const group =
    typeof input === "object" && input !== null && "log_group" in input ? String(input.log_group) : "";
  const name = group ? ` ${JSON.stringify(group.slice(0, NAME_CHARACTERS))}` : "";
  return {
    handle: handleOf(part),
    words: `${toolName}${name}${counts.length > 0 ? ` (${counts.join(", ")})` : ""}`,
  };
}

const LINE_CHARACTERS = 500;

/** The line that stands for tool calls: what each found as long as there is room, and all their handles. */
export function tellLeftOut(calls: readonly LeftOut[]): string {
  const told: string[] = [];
  const untold: string[] = [];
  let room = LINE_CHARACTERS;
  for (const { handle, words } of calls) {
    if (handle === undefined) continue;
    room -= handle.length + words.length;
    if (room > 0) told.push(`${handle} ${words}`);
    else untold.push(handle);
  }
  const failed = calls.filter(({ handle }) => handle === undefined).length;
  const parts = [
    ...told,
    ...(untold.length > 0 ? [nameRuns(untold)] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `[Tool calls left out to save room: ${parts.join("; ")}. Results can still be used by their handles.]`;
}

/** `q1 to q4, q7`: each name once, in order. All have the same letter. */
export function nameRuns(names: readonly string[]): string {
  const letter = names[0]?.replace(/\d+$/, "") ?? "";
  const numbers = [...new Set(names.map((name) => Number(name.slice(letter.length))))].sort((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs
    .map(({ first, last }) =>
      first === last ? `${letter}${first}` : `${letter}${first} to ${letter}${last}`,
    )
    .join(", ");
}

const PARAGRAPH_CHARACTERS = 500;
const CUT = "[The rest of this answer was left out to save room.]";

/** An answer's first paragraph, and the first with a reference: what it found. undefined where that is not shorter. */
export function cutAnswer(message: AssistantModelMessage): AssistantModelMessage | undefined {
  const { content } = message;
  const text =
    typeof content === "string"
      ? content
      : content.map((part) => (part.type === "text" ? part.text : "")).join("");
  if (text.endsWith(CUT)) return undefined;
  const paragraphs = text.split(/\n{2,}/).filter((one) => one.trim());
  const found = paragraphs.findIndex((one) => findReferences(one).length > 0);
  const kept = [...new Set([0, Math.max(found, 0)])].map((at) => cutText(paragraphs[at] ?? ""));
  const cut = [...kept, CUT].filter(Boolean).join("\n\n");
  return cut.length < text.length ? { ...message, content: cut } : undefined;
}

/** Between two words. */
function cutText(text: string): string {
  if (text.length <= PARAGRAPH_CHARACTERS) return text;
  const head = text.slice(0, PARAGRAPH_CHARACTERS);
  return `${head.slice(0, head.lastIndexOf(" ") + 1 || undefined).trimEnd()} …`;
}
