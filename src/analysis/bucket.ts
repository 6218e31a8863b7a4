import { clusterRows, covers } from "./clusters.ts";
import { mergeTemplates, type Template } from "./template.ts";
import { WILDCARD } from "./tokens.ts";

const CLUSTER_AFTER = 64;

/** The templates of texts that have the same punctuation and number of words. */
export interface Bucket {
  size(): number;
  templates(): readonly Template[];
  /** The template that stands for these words, if there is one. */
  find(words: readonly string[]): Template | undefined;
  add(template: Template): void;
  /** True when so many were added that clustering is due. */
  isGrown(): boolean;
  /** Replaces templates by what they have in common, where their words only vary. */
  cluster(): void;
  /** Lets go of all others; returns how many events those had. */
  keep(isWanted: (template: Template) => boolean): number;
}

/** @param gaps what stands before each word and behind the last */
export function createBucket(gaps: readonly string[]): Bucket {
  /** By the first word: most texts that differ, differ there. */
  const byFirst = new Map<string, Template[]>();
  let size = 0;
  let fresh = 0;

  const all = () => [...byFirst.values()].flat();

  function put(template: Template): void {
    const first = template.words[0] ?? "";
    const same = byFirst.get(first);
    if (same) same.push(template);
    else byFirst.set(first, [template]);
    size++;
  }

  function replace(templates: readonly Template[]): void {
    byFirst.clear();
    size = 0;
    for (const template of templates) put(template);
  }

  return {
    size: () => size,
    templates: all,
    find(words) {
      const isCovering = (template: Template) => covers(template.words, words);
      return byFirst.get(words[0] ?? "")?.find(isCovering) ?? byFirst.get(WILDCARD)?.find(isCovering);
    },
    add(template) {
      put(template);
      fresh++;
    },
    isGrown: () => fresh >= Math.max(CLUSTER_AFTER, size / 2),
    cluster() {
      const clustered = clusterRows(all(), gaps).map((templates) => {
        const merged = mergeTemplates(templates);
        if (merged !== templates[0]) for (const template of templates) template.successor = merged;
        return merged;
      });
      replace(clustered);
      fresh = 0;
    },
    keep(isWanted) {
      const before = all();
      replace(before.filter(isWanted));
      return before.reduce((sum, template) => sum + (isWanted(template) ? 0 : template.count), 0);
    },
  };
}
