import type { Zone } from "../log/zone.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { Evidence } from "../tools/evidence.ts";
import type { JsonValue } from "../tools/json.ts";
import { describeEvent, isoInZone } from "../tools/render.ts";
import { findNumbers, gives, mentionsTime } from "./numbers.ts";

/** A reference of an answer, resolved to what it stands for. Text is sanitised as the model saw it. */
export type Citation =
  | {
      readonly ref: string;
      readonly kind: "event";
      readonly group: string;
      readonly stream: string;
      readonly timestamp: string | null;
      readonly level: string | null;
      readonly text: string;
    }
  | { readonly ref: string; readonly kind: "result"; readonly tool: string; readonly input: unknown };

export interface UnverifiedClaim {
  readonly kind: "reference" | "quote" | "number" | "time";
  readonly text: string;
  readonly refs: readonly string[];
}

export interface CheckReport {
  readonly citations: readonly Citation[];
  /** Claims that carried a reference and were held against it. */
  readonly checked: number;
  readonly unverified: readonly UnverifiedClaim[];
  /** Numbers that stand without any reference in their line. */
  readonly uncited: number;
}

export const UNVERIFIED_MARK = " (unverified)";

interface Proof {
  readonly text: string;
  readonly numbers: readonly number[];
}

const REFERENCE = /\[((?:[eq]\d+)(?:\s*[,;]\s*[eq]\d+)*)\]/g;

/**
 * Holds every claim of an answer against the stored evidence: references must exist, quoted lines must stand in the
 * cited event, numbers and times must be given by what the line cites. What does not hold is marked in the text.
 */
export function checkAnswer(
  answer: string,
  options: { readonly evidence: Evidence; readonly sanitizer: Sanitizer; readonly zone: Zone },
): { answer: string; report: CheckReport } {
  const checker = createChecker(options);
  let fenced = false;
  const lines = answer.split("\n").map((line) => {
    if (/^\s*(```|~~~)/.test(line)) {
      fenced = !fenced;
      return line;
    }
    return fenced ? checker.checkQuote(line) : checker.checkProse(line);
  });
  return { answer: lines.join("\n"), report: checker.report() };
}

function createChecker(options: { evidence: Evidence; sanitizer: Sanitizer; zone: Zone }) {
  const proofs = new Map<string, Proof | undefined>();
  const unverified: UnverifiedClaim[] = [];
  let checked = 0;
  let uncited = 0;

  const proofOf = (ref: string): Proof | undefined => {
    if (!proofs.has(ref)) proofs.set(ref, findProof(ref, options));
    return proofs.get(ref);
  };
  const hold = (ok: boolean, claim: UnverifiedClaim): boolean => {
    checked += 1;
    if (!ok) unverified.push(claim);
    return ok;
  };

  return {
    checkProse(line: string): string {
      const refs = refsIn(line);
      const cited = refs.map(proofOf).filter((proof) => proof !== undefined);
      const marked = line.replace(REFERENCE, (whole, list: string) => {
        const missing = refsIn(`[${list}]`).filter(
          (ref) => !hold(proofOf(ref) !== undefined, { kind: "reference", text: ref, refs: [ref] }),
        );
        return missing.length > 0 ? whole + UNVERIFIED_MARK : whole;
      });
      const claims = findNumbers(marked);
      if (refs.length === 0) {
        uncited += claims.filter(({ kind }) => kind === "number").length;
        return marked;
      }
      return claims.reduceRight((text, claim) => {
        const { kind, raw, index } = claim;
        const ok =
          kind === "time"
            ? cited.some((proof) => mentionsTime(proof.text, raw))
            : cited.some((proof) => gives(proof.numbers, claim));
        if (hold(ok, { kind, text: raw, refs })) return text;
        const end = index + raw.length;
        return text.slice(0, end) + UNVERIFIED_MARK + text.slice(end);
      }, marked);
    },

    checkQuote(line: string): string {
      const refs = refsIn(line);
      const quote = line.replace(REFERENCE, "").trim();
      if (!quote) return line;
      const candidates = refs.length > 0 ? refs : [...proofs.keys()];
      const ok = candidates.some((ref) => quotes(proofOf(ref)?.text ?? "", quote));
      return hold(ok, { kind: "quote", text: quote, refs }) ? line : line + UNVERIFIED_MARK;
    },

    report(): CheckReport {
      const citations = [...proofs.keys()]
        .map((ref) => cite(ref, options))
        .filter((one) => one !== undefined);
      return { citations, checked, unverified, uncited };
    },
  };
}

function refsIn(line: string): string[] {
  return [...line.matchAll(REFERENCE)].flatMap(([, list]) => list?.split(/\s*[,;]\s*/) ?? []);
}

function findProof(
  ref: string,
  { evidence, sanitizer, zone }: Parameters<typeof checkAnswer>[1],
): Proof | undefined {
  const event = evidence.findEvent(ref);
  if (event) {
    const { text } = sanitizer.sanitize(describeEvent(event, zone));
    return { text, numbers: findNumbers(text).map(({ value }) => value) };
  }
  const result = evidence.findResult(ref);
  if (!result) return undefined;
  const texts: string[] = [];
  const numbers: number[] = [];
  collect(result.data, texts, numbers);
  const { text } = sanitizer.sanitize(texts.join("\n"));
  return { text, numbers: [...numbers, ...findNumbers(text).map(({ value }) => value)] };
}

/** All texts (keys too) and numbers of a result. */
function collect(value: JsonValue | undefined, texts: string[], numbers: number[]): void {
  if (typeof value === "number") numbers.push(value);
  else if (typeof value === "string") texts.push(value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      if (!Array.isArray(value)) texts.push(key);
      collect(part, texts, numbers);
    }
  }
}

/** A quote stands in a text when its pieces do, in order; an ellipsis may stand for what was left out. */
function quotes(text: string, quote: string): boolean {
  const flat = flatten(text);
  let from = 0;
  for (const piece of quote.split(/…(?: \(\d+ more characters\))?|\.{3}/)) {
    const wanted = flatten(piece);
    if (!wanted) continue;
    const at = flat.indexOf(wanted, from);
    if (at < 0) return false;
    from = at + wanted.length;
  }
  return true;
}

function flatten(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function cite(
  ref: string,
  { evidence, sanitizer, zone }: Parameters<typeof checkAnswer>[1],
): Citation | undefined {
  const event = evidence.findEvent(ref);
  if (event) {
    return {
      ref,
      kind: "event",
      group: event.group,
      stream: event.stream,
      timestamp: event.timestamp === undefined ? null : isoInZone(event.timestamp, zone),
      level: event.level ?? null,
      text: sanitizer.sanitize(event.message).text,
    };
  }
  const result = evidence.findResult(ref);
  return result && { ref, kind: "result", tool: result.tool, input: result.input };
}
