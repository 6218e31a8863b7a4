/** What is wrong with a user's own pattern, as the end of "this one ..."; undefined where nothing is. */
export function checkPattern(source: string): string | undefined {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, "gu");
  } catch {
    return "does not compile";
  }
  if (pattern.test("")) return "matches the empty text";
  return undefined;
}
