/** Without what is easily taken for another: 0 and o, 1, i and l, u and v. */
const CHARACTERS = "23456789abcdefghjkmnpqrstwxyz";
const LENGTH = 6;

/** A new id, such as `k3f9qz`. @param random a whole number below the given one */
export function makeSessionId(random: (below: number) => number): string {
  return Array.from({ length: LENGTH }, () => CHARACTERS[random(CHARACTERS.length)]).join("");
}
