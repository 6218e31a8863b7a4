/** What is wrong with a user's own pattern, as the end of "this one ..."; undefined where nothing is. */
export function findObjection(source: string): string | undefined {
  try {
    return new RegExp(source, "gu").test("") ? "matches the empty text" : undefined;
  } catch {
    return "does not compile";
  }
}
