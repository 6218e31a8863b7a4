const LITERALS = new Set(
  "null nil none undefined true false yes no on off required optional missing invalid valid empty unset set expired present absent redacted removed hidden masked filtered masked_value changeme example string number boolean object array bool int text varchar char password secret token key apikey ok failed success error denied wrong incorrect mismatch n/a na nan unknown default disabled enabled the a an is was not for in from to of and or with has must cannot".split(
    " ",
  ),
);
const REFERENCE =
  /^(?:\$[\w({]|\$\(|%\w+%$|\{\{|<[^<>]{1,60}>?$|\[[^\]]{1,60}\]?$|#\{|@[\w.]+@$|(?:process\.)?env[.[]|os\.(?:environ|getenv)|getenv\(|config\.|settings\.|var\.|local\.|data\.|module\.|self\.|this\.|vault:|file:|env:|arn:aws|ssm:|secretsmanager:)/i;
const MASKED = /^[*x•.#_-]{1,200}$|\*{3,}|^\.{3}|x{8,}|\.\.\.$/i;

/** True for what stands where a secret would, and is none: literals, references to variables, masks. */
export function isPlainValue(value: string): boolean {
  const text = value.trim();
  if (text.length < 2) return true;
  return LITERALS.has(text.toLowerCase()) || REFERENCE.test(text) || MASKED.test(text.slice(0, 256));
}

/**
 * True for text that a generator made: long enough, no everyday shape (number, date, path, words), and a mix of
 * characters that words do not have.
 */
export function looksRandom(value: string, minimum: number): boolean {
  const text = value.trim();
  if (text.length < minimum) return false;
  if (/^[\d.,:/-]+$/.test(text)) return text.length >= 24 && /^\d+$/.test(text);
  if (/^(?:[A-Za-z]:)?[./~\\]+[\w./\\-]*$/.test(text) || /^[a-z]+:\/\//i.test(text)) return false;
  const digits = text.match(/\d/g)?.length ?? 0;
  if (digits === 0)
    return text.length >= 20 && /[a-z]/.test(text) && /[A-Z]/.test(text) && entropyOf(text) >= 3.7;
  return entropyOf(text) >= (text.length >= 16 ? 2.8 : 2.2) && /[A-Za-z]/.test(text);
}

/** Shannon entropy in bits a character, of at most the first 256 characters. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  const sample = text.slice(0, 256);
  for (const char of sample) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / sample.length) * Math.log2(count / sample.length);
  return bits;
}
