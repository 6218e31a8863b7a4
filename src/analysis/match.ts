import { WILDCARD } from "./tokens.ts";

/**
 * A test whether a template's text stands for another text: a wildcard for anything, nothing included; white space
 * for white space of any length. The other text may itself be a template. Linear in the text.
 */
export function createTemplateTest(template: string): (text: string) => boolean {
  const parts = collapseSpace(template).split(WILDCARD);
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  const inner = parts.slice(1, -1).filter((part) => part !== "");
  return (text) => {
    const subject = collapseSpace(text);
    if (parts.length === 1) return subject === first;
    const end = subject.length - last.length;
    if (end < first.length || !subject.startsWith(first) || !subject.endsWith(last)) return false;
    let at = first.length;
    for (const part of inner) {
      const found = subject.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

export function matchesTemplate(template: string, text: string): boolean {
  return createTemplateTest(template)(text);
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
