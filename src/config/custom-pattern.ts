/** A pattern of the user's own, as it is matched. @throws SyntaxError */
export function compilePattern(source: string): RegExp {
  return new RegExp(source, "gu");
}

/** What is wrong with a user's own pattern, as the end of "this one ..."; undefined where nothing is. */
export function findObjection(source: string): string | undefined {
  let pattern: RegExp;
  try {
    pattern = compilePattern(source);
  } catch {
    return "does not compile";
  }
  return pattern.test("") ? "matches the empty text" : undefined;
}
