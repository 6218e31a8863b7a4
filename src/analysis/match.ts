import { WILDCARD } from "./tokens.ts";

/**
 * A match of a template's text with another text: a wildcard stands for anything, nothing included; white space for
 * white space of any length. The other text may itself be a template. Linear in the text.
 * @returns what each wildcard stood for; undefined where the text is no other case of the template
 */
export function createTemplateMatch(template: string): (text: string) => string[] | undefined {
  const parts = collapseSpace(template).split(WILDCARD);
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  const inner = parts.slice(1, -1);
  return (text) => {
    const subject = collapseSpace(text);
    if (parts.length === 1) return subject === first ? [] : undefined;
    const end = subject.length - last.length;
    if (end < first.length || !subject.startsWith(first) || !subject.endsWith(last)) return undefined;
    const values: string[] = [];
    let at = first.length;
    for (const part of inner) {
      const found = subject.indexOf(part, at);
      if (found < 0 || found + part.length > end) return undefined;
      values.push(subject.slice(at, found));
      at = found + part.length;
    }
    values.push(subject.slice(at, end));
    return values;
  };
}

export function matchesTemplate(template: string, text: string): boolean {
  return createTemplateMatch(template)(text) !== undefined;
}

/** The words of a template that do not vary, of which it must have some to mean anything. */
export function constantWords(template: string): readonly string[] {
  return template
    .split(WILDCARD)
    .join(" ")
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length > 1);
}

function collapseSpace(text: string): string {
  return /\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, " ").trim() : text.trim();
}
