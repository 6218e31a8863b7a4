import { WILDCARD } from "./tokens.ts";

/**
 * True where a template's text stands for another text: a wildcard for anything, nothing included; white space for
 * white space of any length. The other text may itself be a template.
 */
export function matchesTemplate(template: string, text: string): boolean {
  const subject = collapseSpace(text);
  const parts = collapseSpace(template).split(WILDCARD);
  const first = parts[0] ?? "";
  if (parts.length === 1) return subject === first;
  const last = parts.at(-1) ?? "";
  if (subject.length < first.length + last.length) return false;
  if (!subject.startsWith(first) || !subject.endsWith(last)) return false;
  const end = subject.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = subject.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function collapseSpace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
