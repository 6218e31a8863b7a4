import type { LogEvent } from "../log/event.ts";
import { type Bucket, createBucket } from "./bucket.ts";
import { clusterRows } from "./clusters.ts";
import { findDescribed } from "./describe.ts";
import {
  countEvent,
  createTemplate,
  joinOthers,
  mergeTemplates,
  type Template,
  templateText,
  worthOf,
} from "./template.ts";
import { createParse, gapsOf, maskedWords, type Parse, parseText } from "./tokens.ts";

/** Finds templates in a stream of texts. */
export interface Miner {
  /** Counts the event under the template of `text`, from an index on. */
  add(event: LogEvent, text: string, from: number): void;
  /** The templates so far, most frequent first (of too many, errors are kept first), and how many events were in those that had to be dropped. */
  templates(): { readonly templates: readonly Template[]; readonly dropped: number };
}

/** Characters of masked texts that are remembered with their templates. */
const MAX_REMEMBERED = 4_000_000;

/**
 * Two steps. Each text is taken apart and its evident values are masked; texts that are equal after that are one
 * candidate (one look-up a line). Candidates with the same punctuation share a bucket, which is clustered when it has
 * grown and at the end: only then it is known which words vary.
 */
export function createMiner(maxTemplates: number): Miner {
  const parse = createParse();
  const limit = maxTemplates * 4;
  const buckets = new Map<string, Bucket>();
  const byMasked = new Map<string, Template>();
  let remembered = 0;
  let kept = 0;
  let dropped = 0;
  let order = 0;

  function find(parsed: Parse): Template {
    const known = byMasked.get(parsed.masked);
    if (known && !known.successor) return known;
    const template = known ? successorOf(known) : search(parsed);
    if (!known) remembered += parsed.masked.length;
    if (remembered > MAX_REMEMBERED) forget();
    byMasked.set(parsed.masked, template);
    return template;
  }

  function forget(): void {
    byMasked.clear();
    remembered = 0;
  }

  function search(parsed: Parse): Template {
    const words = maskedWords(parsed);
    const gaps = gapsOf(parsed);
    const bucket = bucketOf(gaps);
    const covering = bucket.find(words);
    if (covering) return covering;
    if (bucket.isGrown()) {
      kept -= bucket.size();
      bucket.cluster();
      kept += bucket.size();
      const clustered = bucket.find(words);
      if (clustered) return clustered;
    }
    const template = createTemplate(words, gaps);
    bucket.add(template);
    kept++;
    return template;
  }

  function bucketOf(gaps: readonly string[]): Bucket {
    const key = gaps.join("\u0000");
    let bucket = buckets.get(key);
    if (!bucket) {
      bucket = createBucket(gaps);
      buckets.set(key, bucket);
    }
    return bucket;
  }

  const all = () => [...buckets.values()].flatMap((bucket) => bucket.templates());

  /** Halves what is kept: clusters, and lets go of the rarest, errors last, if that is not enough. */
  function shrink(): void {
    for (const bucket of buckets.values()) bucket.cluster();
    forget();
    const worths = all().map(worthOf);
    kept = worths.length;
    if (kept <= limit / 2) return;
    const least = worths.sort((a, b) => b - a)[Math.floor(limit / 2)] ?? 0;
    for (const [key, bucket] of buckets) {
      dropped += bucket.keep((template) => worthOf(template) > least);
      if (bucket.size() === 0) buckets.delete(key);
    }
    kept = all().length;
  }

  return {
    add(event, text, from) {
      parseText(text, parse, from);
      countEvent(find(parse), event, parse, order++);
      if (kept > limit) shrink();
    },
    templates() {
      const clustered = [...buckets.values()].flatMap((bucket) => {
        const templates = bucket.templates();
        return clusterRows(templates, templates[0]?.gaps ?? []).map(mergeTemplates);
      });
      const found = joinDescribed(clustered).sort((a, b) => worthOf(b) - worthOf(a) || byCount(a, b));
      const rest = found.slice(maxTemplates).reduce((sum, { count }) => sum + count, 0);
      return { templates: found.slice(0, maxTemplates).sort(byCount), dropped: dropped + rest };
    },
  };
}

function byCount(a: Template, b: Template): number {
  return b.count - a.count || (a.examples[0]?.order ?? 0) - (b.examples[0]?.order ?? 0);
}

function successorOf(template: Template): Template {
  let current = template;
  while (current.successor) current = current.successor;
  return current;
}

/** Puts those templates together of which one stands for the others. */
function joinDescribed(templates: readonly Template[]): Template[] {
  const found = findDescribed(templates, templateText);
  const gone = new Set([...found.values()].flatMap((others) => others.map(({ template }) => template)));
  return templates
    .filter((template) => !gone.has(template))
    .map((template) => {
      const others = found.get(template);
      return others ? joinOthers(template, others) : template;
    });
}
