import { Failure } from "../failure.ts";

/**
 * The names that somebody who typed `wanted` may have meant, best first, at most `limit`: names that contain
 * it or are contained in it, then names that share words with it (rare words count most), then fuzzy matches.
 */
export async function suggestNames(
  wanted: string,
  names: readonly string[],
  limit = 3,
): Promise<readonly string[]> {
  const distinct = [...new Set(names)];
  const near = [...findContaining(wanted, distinct), ...findSharingWords(wanted, distinct)];
  const found = new Set(near.slice(0, 10 * limit));
  if (found.size < limit && distinct.length > found.size) {
    for (const name of await findFuzzy(wanted, distinct)) found.add(name);
  }
  return [...found].slice(0, limit);
}

function findContaining(wanted: string, names: readonly string[]): readonly string[] {
  const needle = wanted.toLowerCase();
  if (needle === "") return [];
  return names
    .filter((name) => {
      const lower = name.toLowerCase();
      return lower.includes(needle) || (lower.length > 2 && needle.includes(lower));
    })
    .sort((a, b) => Math.abs(a.length - wanted.length) - Math.abs(b.length - wanted.length));
}

function findSharingWords(wanted: string, names: readonly string[]): readonly string[] {
  const wantedWords = new Set(wordsOf(wanted));
  const holders = new Map<string, number>();
  for (const name of names) {
    for (const word of new Set(wordsOf(name))) holders.set(word, (holders.get(word) ?? 0) + 1);
  }
  const rarity = (word: string): number => Math.log((names.length + 1) / (holders.get(word) ?? 1));
  return names
    .map((name) => ({
      name,
      score: [...new Set(wordsOf(name))]
        .filter((word) => wantedWords.has(word))
        .reduce((sum, word) => sum + rarity(word), 0),
    }))
    .filter(({ score }) => score > 0.5)
    .sort((a, b) => b.score - a.score)
    .map(({ name }) => name);
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1 && word !== "log");
}

async function findFuzzy(wanted: string, names: readonly string[]): Promise<readonly string[]> {
  if (wanted === "") return [];
  const { default: Fuse } = await import("fuse.js");
  const fuse = new Fuse(names, { threshold: 0.45, ignoreLocation: true });
  return fuse.search(wanted.slice(0, 100)).map(({ item }) => item);
}

/** The failure for a group that is not there, with the names that may have been meant. */
export async function groupNotFound(wanted: string, names: readonly string[]): Promise<Failure> {
  const near = await suggestNames(wanted, names);
  const suggestion = near.length > 0 ? ` Did you mean ${near.map((name) => `'${name}'`).join(" or ")}?` : "";
  const count = names.length === 1 ? "is 1 group" : `are ${names.length} groups`;
  return new Failure("group-not-found", `Log group '${wanted}' not found.${suggestion}`, {
    hint: `There ${count}; list them with: logai groups`,
  });
}
