import { createTemplateMatch } from "./match.ts";
import { WILDCARD } from "./tokens.ts";

/** A template that another one stands for, and what each wildcard of that one stands for in it. */
export interface Described<T> {
  readonly template: T;
  readonly values: readonly string[];
}

/**
 * Finds templates that differ only in the shape of their values: `from <*>` and `from host(<*>)`, or lists of unequal
 * length. One stands for another if its wildcards match and all that is written without a wildcard, and the
 * names before "=", are equal; so no wildcard swallows words that say something.
 * @returns for each template that stands for others, those others
 */
export function findDescribed<T>(
  templates: readonly T[],
  textOf: (template: T) => string,
): ReadonlyMap<T, readonly Described<T>[]> {
  const found = new Map<T, Described<T>[]>();
  for (const alike of groupByConstants(templates, textOf)) {
    const general = alike.toSorted((a, b) => a.text.length - b.text.length || (a.text < b.text ? -1 : 1));
    const matchers: { readonly template: T; readonly match: ReturnType<typeof createTemplateMatch> }[] = [];
    for (const { template, text } of general) {
      const own = describe(matchers, text);
      if (!own) {
        if (matchers.length < MAX_GENERAL) matchers.push({ template, match: createTemplateMatch(text) });
        continue;
      }
      const described = found.get(own.template) ?? [];
      described.push({ template, values: own.values });
      found.set(own.template, described);
    }
  }
  return found;
}

/** Each template is compared with at most so many more general ones. */
const MAX_GENERAL = 20;

function describe<T>(
  matchers: readonly {
    readonly template: T;
    readonly match: (text: string) => readonly string[] | undefined;
  }[],
  text: string,
): Described<T> | undefined {
  for (const { template, match } of matchers) {
    const values = match(text);
    if (values) return { template, values };
  }
  return undefined;
}

function groupByConstants<T>(templates: readonly T[], textOf: (template: T) => string) {
  const groups = new Map<string, { readonly template: T; readonly text: string }[]>();
  for (const template of templates) {
    const text = textOf(template);
    const key = constantsOf(text);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push({ template, text });
    else groups.set(key, [{ template, text }]);
  }
  return groups.values().filter((group) => group.length > 1);
}

/** What must be equal; undefined for a text that has no wildcard or no word of its own. */
function constantsOf(text: string): string | undefined {
  if (!text.includes(WILDCARD)) return undefined;
  const chunks = text.split(" ").filter((chunk) => !chunk.includes(WILDCARD));
  if (!chunks.some((chunk) => /\p{L}{3}/u.test(chunk))) return undefined;
  return `${chunks.join(" ")}\u0000${(text.match(/[\p{L}\w.-]{1,60}=/gu) ?? []).join(" ")}`;
}
