import { isoInZone } from "../tools/render.ts";
import { type Block, findBlocks } from "./blocks.ts";
import { type Claim, findClaims, follows, gives, givesDuration } from "./numbers.ts";
import { findProof, type Proof, type ProofOptions } from "./proof.ts";
import { isQuote, isQuoted } from "./quotes.ts";
import { blankReferences, findReferences } from "./references.ts";
import { givesMoment } from "./times.ts";

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
      /** Where the vendor's console shows it. */
      readonly link?: string;
    }
  | {
      readonly ref: string;
      readonly kind: "result";
      readonly tool: string;
      readonly input: unknown;
      /** Where the vendor's console shows what was read for it. */
      readonly link?: string;
    };

export interface UnverifiedClaim {
  readonly kind: "reference" | "quote" | "number" | "time" | "group";
  readonly text: string;
  readonly refs: readonly string[];
}

export interface CheckReport {
  readonly citations: readonly Citation[];
  /** Claims that carried a reference and were held against it. */
  readonly checked: number;
  readonly unverified: readonly UnverifiedClaim[];
  /** Numbers that stand without any reference. */
  readonly uncited: number;
  /** The group that the answer is about most, in the window of the question, in the vendor's console. */
  readonly mainGroup?: { readonly name: string; readonly link: string };
}

export const UNVERIFIED_MARK = " (unverified)";

/**
 * Holds every claim of an answer against the stored evidence: references must exist, quoted lines must stand in the
 * cited event, numbers and times must be given by what their paragraph, list item or table row cites, and a log group
 * must have been read or stand in it. What does not hold is marked in the text.
 */
export function checkAnswer(answer: string, options: ProofOptions): { answer: string; report: CheckReport } {
  const lines = answer.split("\n");
  const blocks = findBlocks(lines);
  const checker = createChecker(answer, options);
  const checked = [...lines];
  for (const [at, block] of blocks.entries()) {
    const text = lines.slice(block.from, block.to);
    const marked =
      block.kind === "prose"
        ? checker.checkProse(text.join("\n"), refsOf(lines[block.header ?? -1] ?? "")).split("\n")
        : checker.checkCode(text, block.language, refsAround(lines, blocks, at));
    checked.splice(block.from, marked.length, ...marked);
  }
  return { answer: checked.join("\n"), report: checker.report() };
}

function refsOf(text: string): string[] {
  return findReferences(text).flatMap(({ refs }) => refs);
}

/** References of the prose right before and right after a code block. */
function refsAround(lines: readonly string[], blocks: readonly Block[], at: number): string[] {
  return [blocks[at - 1], blocks[at + 1]].flatMap((block) =>
    block?.kind === "prose" ? refsOf(lines.slice(block.from, block.to).join("\n")) : [],
  );
}

interface Mark {
  readonly at: number;
}

function createChecker(answer: string, options: ProofOptions) {
  const proofs = new Map<string, Proof | undefined>();
  for (const ref of refsOf(answer)) if (!proofs.has(ref)) proofs.set(ref, findProof(ref, options));
  const groups = findGroups(options);
  const unverified: UnverifiedClaim[] = [];
  let checked = 0;
  let uncited = 0;

  const proofsOf = (refs: readonly string[]): Proof[] =>
    refs.map((ref) => proofs.get(ref)).filter((proof) => proof !== undefined);
  const hold = (ok: boolean, claim: UnverifiedClaim): boolean => {
    checked += 1;
    if (!ok) unverified.push(claim);
    return ok;
  };

  function checkReferences(text: string): Mark[] {
    return findReferences(text).flatMap(({ refs, end }) => {
      const missing = refs.filter(
        (ref) => !hold(proofs.get(ref) !== undefined, { kind: "reference", text: ref, refs: [ref] }),
      );
      return missing.length > 0 ? [{ at: end }] : [];
    });
  }

  function checkClaims(text: string, refs: readonly string[]): Mark[] {
    const claims = findClaims(text);
    const cited = proofsOf(refs);
    const values = claims.flatMap((claim) => (claim.kind === "number" ? [claim.value] : []));
    const clocks = claims.flatMap((claim) =>
      claim.kind === "time" && cited.some((proof) => proves(proof, claim)) ? (claim.moment.clock ?? []) : [],
    );
    return claims.flatMap((claim) => {
      const ok =
        cited.some((proof) => proves(proof, claim)) ||
        followsFrom(claim, cited, without(values, claim), refs.length) ||
        (claim.kind === "number" && clocks.length <= MAX_OTHERS && givesDuration(clocks, claim));
      return hold(ok, { kind: claim.kind, text: claim.raw, refs }) ? [] : [{ at: claim.end }];
    });
  }

  function checkQuotes(text: string, refs: readonly string[]): Mark[] {
    const texts = proofsOf(refs).flatMap((proof) => proof.texts);
    return findInlineQuotes(text).flatMap(({ quote, end }) =>
      hold(isQuoted(quote, texts), { kind: "quote", text: quote, refs }) ? [] : [{ at: end }],
    );
  }

  function checkGroups(text: string, refs: readonly string[]): Mark[] {
    const cited = proofsOf(refs);
    return [...text.matchAll(GROUP_LIKE)].flatMap(({ 0: name, index }) => {
      const known = groups.get(name);
      if (known === "read" || (known === undefined && !looksLikeGroup(name, groups))) return [];
      const ok = cited.some(({ texts }) => texts.some((one) => one.includes(name)));
      return hold(ok, { kind: "group", text: name, refs }) ? [] : [{ at: index + name.length }];
    });
  }

  return {
    checkProse(raw: string, inherited: readonly string[]): string {
      const own = refsOf(raw);
      const refs = own.length > 0 ? own : inherited;
      const text = blankNumbering(blankLinks(blankReferences(raw)));
      if (refs.length === 0) {
        uncited += findClaims(blankCode(text)).filter(({ kind }) => kind === "number").length;
        return raw;
      }
      const marks = [
        ...checkReferences(raw),
        ...checkQuotes(text, refs),
        ...checkClaims(blankQuotes(text), refs),
        ...checkGroups(text, refs),
      ];
      return setMarks(raw, marks);
    },

    checkCode(lines: readonly string[], language: string, around: readonly string[]): string[] {
      const inside = lines.map(refsOf);
      const shared = [...inside.flat(), ...around];
      const isTyped = NO_LOG.has(language) || lines.every((line) => COMMAND.test(`${line.trim()} `));
      if (isTyped && inside.every((refs) => refs.length === 0)) return [...lines];
      const fallback = shared.length > 0 ? shared : [...proofs.keys()];
      return lines.map((line, at) => {
        const own = inside[at] ?? [];
        const marks = checkReferences(line);
        const quote = blankReferences(line).trim();
        const refs = own.length > 0 ? own : fallback;
        const texts = () => proofsOf(refs).flatMap((proof) => proof.texts);
        if (isQuote(quote) && !hold(isQuoted(quote, texts()), { kind: "quote", text: quote, refs }))
          marks.push({ at: line.length });
        return setMarks(line, marks);
      });
    },

    report(): CheckReport {
      const citations = [...proofs.keys()]
        .map((ref) => cite(ref, options))
        .filter((one) => one !== undefined);
      return { citations, checked, unverified, uncited };
    },
  };
}

function proves(proof: Proof, claim: Claim): boolean {
  if (claim.kind === "time") return proof.moments.some((moment) => givesMoment(moment, claim.moment));
  return gives(proof.numbers, claim);
}

/** More numbers than this in one paragraph, and a sum that fits could be chance. */
const MAX_OTHERS = 12;

/** A duration between cited times, the count of what is cited, or arithmetic over the numbers next to it. */
function followsFrom(
  claim: Claim,
  cited: readonly Proof[],
  others: readonly number[],
  refs: number,
): boolean {
  if (claim.kind === "time") return false;
  if (claim.unit === "" && claim.value === refs) return true;
  if (
    givesDuration(
      cited.flatMap(({ instants }) => instants),
      claim,
    )
  )
    return true;
  if (others.length > MAX_OTHERS) return false;
  const given = others.filter((value) =>
    cited.some(({ numbers }) => gives(numbers, { ...claim, value, decimals: 9, unit: "", bound: "exact" })),
  );
  return follows(
    claim,
    given,
    cited.flatMap(({ totals }) => totals),
  );
}

function without(values: readonly number[], claim: Claim): readonly number[] {
  const isMany = values.length > MAX_OTHERS + 1;
  return claim.kind === "time" || isMany ? values : values.toSpliced(values.indexOf(claim.value), 1);
}

/** Languages of code blocks that show what to type or to set, not what was logged. */
const NO_LOG = new Set(
  "bash sh shell zsh fish console powershell ps1 cmd sql yaml yml toml ini hcl terraform dockerfile diff patch js javascript ts typescript python py go java kotlin rust ruby php c cpp csharp make nginx promql logql".split(
    " ",
  ),
);

const INLINE_CODE = /(?<!`)(`{1,2})(?!`)([^`\n]{1,2000})\1(?!`)/g;
const IN_QUOTES = /["“]([^"“”\n]{1,1000})["”]/g;
/** A command line to type, not a line that was logged. */
const COMMAND = /^(?:\$ |logai |kubectl |aws |docker |curl |git |psql |systemctl |journalctl |grep )/;
const LEAST_WORDS = 3;

/** Log lines quoted inside a sentence: inline code or double quotes of at least three words. */
function findInlineQuotes(text: string): { quote: string; end: number }[] {
  const code = [...text.matchAll(INLINE_CODE)].map((match) => ({ match, quote: match[2] ?? "" }));
  const quoted = [...blankCode(text).matchAll(IN_QUOTES)].map((match) => ({ match, quote: match[1] ?? "" }));
  return [...code, ...quoted]
    .filter(({ quote }) => quote.trim().split(/\s+/).length >= LEAST_WORDS && !COMMAND.test(quote))
    .map(({ match, quote }) => ({ quote, end: match.index + match[0].length }));
}

function blankCode(text: string): string {
  return text.replaceAll(INLINE_CODE, blank);
}

/** What is held as a quote is not held again as numbers. */
function blankQuotes(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { quote, end } of findInlineQuotes(text).sort((a, b) => a.end - b.end)) {
    const start = Math.max(from, end - quote.length - 2);
    pieces.push(text.slice(from, start), " ".repeat(Math.max(0, end - start)));
    from = Math.max(from, end);
  }
  return pieces.join("") + text.slice(from);
}

/** Numbers of lists and headings count nothing in the logs; addresses of pages are names. */
function blankNumbering(text: string): string {
  return text.replaceAll(
    /^[\s>]{0,12}(?:#{1,6}\s+)?(?:[-*+]\s+)?(?:\*\*|__)?(?:step\s+)?\d{1,4}[.):](?=\s)/gim,
    blank,
  );
}

function blankLinks(text: string): string {
  return text.replaceAll(/\bhttps?:\/\/[^\s)>\]]{1,2000}/g, blank);
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}

/** Sets the marks; one inside inline code goes behind it, so that the code stays whole. */
function setMarks(text: string, marks: readonly Mark[]): string {
  if (marks.length === 0) return text;
  const places = marks.map(({ at }) => at).sort((a, b) => a - b);
  const code = text.matchAll(INLINE_CODE);
  let inline = code.next().value;
  const pieces: string[] = [];
  let from = 0;
  for (const place of places) {
    while (inline && inline.index + inline[0].length <= place) inline = code.next().value;
    const at = inline && inline.index < place ? inline.index + inline[0].length : place;
    if (at === from && pieces.length > 0) continue;
    pieces.push(text.slice(from, at), UNVERIFIED_MARK);
    from = at;
  }
  return pieces.join("") + text.slice(from);
}

const GROUP_LIKE = /(?<![\p{L}\d_./#:@-])[\p{L}\d_./#:@-]{0,511}[\p{L}\d_]/gu;

/** The log groups that the question's tools have listed or read, by name. */
function findGroups({ evidence }: ProofOptions): ReadonlyMap<string, "listed" | "read"> {
  const groups = new Map<string, "listed" | "read">();
  for (const { tool, data } of evidence.results()) {
    const listed = tool === "list_log_groups" && Array.isArray(data.groups) ? data.groups : [];
    for (const group of listed) if (typeof group?.name === "string") groups.set(group.name, "listed");
  }
  for (const { ledger } of evidence.results())
    for (const name of ledger?.groups ?? []) groups.set(name, "read");
  return groups;
}

/** True for a name that begins or ends as those of log groups do (`/aws/lambda/`, `.log`), and is the end of none. */
function looksLikeGroup(name: string, groups: ReadonlyMap<string, unknown>): boolean {
  const shape = shapeOf(name);
  const isShort = (group: string) => group.endsWith(`/${name}`) || group.endsWith(`:${name}`);
  return (
    shape !== undefined &&
    groups.keys().some((group) => shapeOf(group) === shape) &&
    !groups.keys().some(isShort)
  );
}

/** The first two folders of a path that begins at a root, else the ending of a file; undefined where there is neither. */
function shapeOf(name: string): string | undefined {
  return (/^\/[^/]{1,100}\/[^/]{1,100}\/(?=.)/.exec(name) ?? /(?<=[^.])\.[a-z]{2,5}$/.exec(name))?.[0];
}

function cite(ref: string, { evidence, sanitizer, zone }: ProofOptions): Citation | undefined {
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
  if (!result) return undefined;
  const { tool, input, ledger } = result;
  return { ref, kind: "result", tool, input, ...(ledger?.link === undefined ? {} : { link: ledger.link }) };
}
