import { type Intent, isIdentifier } from "./intent.ts";
import type { ListedGroup } from "./results.ts";

export interface Selection {
  /** The groups that the question is about. */
  readonly named: readonly ListedGroup[];
  /** True where an identifier or a phrase names them, and not just a word that resembles them. */
  readonly isExact: boolean;
  /** Identifiers in the question that name no group, with near groups. */
  readonly unknown: readonly { readonly name: string; readonly near: readonly string[] }[];
  /** The named namespace exists nowhere although names have folders; and where the groups are instead. */
  readonly wrongNamespace: { readonly asked: string; readonly found: readonly string[] } | undefined;
}

/** Matches the words of a question with the listed groups, as loosely as people name services. */
export function selectGroups(intent: Intent, groups: readonly ListedGroup[]): Selection {
  const words = intent.names.filter((word) => word !== intent.namespace);
  const exact = words.filter(isIdentifier).flatMap((word) => groups.filter(({ name }) => holds(name, word)));
  const spoken = intent.phrases.flatMap((phrase) => groups.filter(({ name }) => holdsPhrase(name, phrase)));
  const sure = [...exact, ...spoken];
  const loose =
    sure.length > 0 ? [] : groups.filter(({ name }) => words.some((word) => resembles(name, word)));
  const unknown = words
    .filter((word) => isIdentifier(word) && !groups.some(({ name }) => holds(name, word)))
    .map((name) => ({ name, near: nearNames(name, groups) }));
  const all = [...new Set(sure.length > 0 ? sure : loose)];
  const named = within(intent.namespace, all, groups);
  return {
    named,
    isExact: sure.length > 0,
    unknown,
    wrongNamespace: checkNamespace(intent.namespace, named, groups),
  };
}

/** The named groups of the namespace, where it has some; all groups of it where none is named. */
function within(
  namespace: string | undefined,
  named: readonly ListedGroup[],
  groups: readonly ListedGroup[],
) {
  if (namespace === undefined) return named;
  const inside = (some: readonly ListedGroup[]) =>
    some.filter(({ name }) => partsOf(name).slice(0, -1).includes(namespace.toLowerCase()));
  const there = inside(named);
  return there.length > 0 ? there : named.length > 0 ? named : inside(groups);
}

/** `payment service` is the `payment-service`; a word alone says too little for that. */
function holdsPhrase(name: string, phrase: string): boolean {
  const [first = "", ...rest] = phrase.toLowerCase().split(/[\s_-]+/);
  const parts = baseOf(name).split(/[^a-z0-9]+/);
  return parts.some(
    (part, index) =>
      (part === first && rest.every((word, offset) => parts[index + 1 + offset] === word)) ||
      part === [first, ...rest].join(""),
  );
}

function baseOf(name: string): string {
  return name.toLowerCase().replace(/(?:\.(?:log|txt|jsonl?|out|err|gz|zst))+$/, "");
}

function checkNamespace(
  asked: string | undefined,
  named: readonly ListedGroup[],
  groups: readonly ListedGroup[],
) {
  const folders = groups.filter(({ name }) => name.includes("/"));
  if (
    !asked ||
    folders.length === 0 ||
    groups.some(({ name }) => partsOf(name).includes(asked.toLowerCase()))
  )
    return undefined;
  return { asked, found: named.map(({ name }) => name) };
}

function partsOf(name: string): string[] {
  return name.toLowerCase().split(/[/:]/);
}

function holds(name: string, word: string): boolean {
  return name.toLowerCase().includes(word.toLowerCase());
}

/** `checkouts` resembles `checkout-api`: a part of the name and the word share their stem. */
function resembles(name: string, word: string): boolean {
  const stem = stemOf(word);
  if (stem.length < 3) return false;
  return baseOf(name)
    .split(/[^a-z0-9]+/)
    .some(
      (part) => part.length >= 3 && (stemOf(part) === stem || (stem.length >= 5 && part.startsWith(stem))),
    );
}

function stemOf(word: string): string {
  return word
    .toLowerCase()
    .replace(/(?:ies|es|s|ing|ed)$/, "")
    .replace(/e$/, "");
}

function nearNames(word: string, groups: readonly ListedGroup[]): string[] {
  const parts = word
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length >= 3);
  return groups
    .map(({ name }) => ({ name, score: parts.filter((part) => name.toLowerCase().includes(part)).length }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ name }) => name);
}
