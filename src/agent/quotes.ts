/** Stands for text that a quote leaves out, or that the sanitiser took out. */
const GAP =
  /…(?: ?\(\d{1,9} more characters\))?|\.{3,}|\[user\]:\[PASSWORD_REDACTED\]|\[[A-Z][A-Z0-9_]{0,40}_REDACTED\]/;
/** Shorter texts (a brace, an ellipsis) quote nothing. */
const LEAST = 3;

/** True where there is something in a text that could be held against a log line. */
export function isQuote(text: string): boolean {
  return (text.match(/[\p{L}\d]/gu)?.length ?? 0) >= LEAST;
}

/**
 * True where a quote stands in one of the (flat) texts: its pieces between gaps, in their order, with any white space between
 * words. Numbers and words at its ends must be whole.
 */
export function isQuoted(quote: string, texts: readonly string[]): boolean {
  const variants = spellings(quote).map((spelling) => spelling.split(GAP).map(flatten));
  return variants.some((pieces) => texts.some((text) => holds(text, pieces)));
}

/** An empty first or last piece is a gap at that end: there a word may be cut. */
function holds(text: string, pieces: readonly string[]): boolean {
  const last = pieces.length - 1;
  let from = 0;
  for (const [number, piece] of pieces.entries()) {
    if (piece === "") continue;
    let at = text.indexOf(piece, from);
    // The first place that fits is as good as any: what follows can only have less room behind a later one.
    while (
      at >= 0 &&
      ((number === 0 && !isEdge(text, at)) || (number === last && !isEdge(text, at + piece.length)))
    )
      at = text.indexOf(piece, at + 1);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from > 0;
}

/** True where no word and no number is cut in two. */
function isEdge(text: string, at: number): boolean {
  const isWord = (char = " ") => /[\p{L}\d]/u.test(char);
  const inDecimal = /^\d\.\d/.test(text.slice(at - 1, at + 2)) || /^\d\.\d/.test(text.slice(at - 2, at + 1));
  return !(isWord(text[at - 1]) && isWord(text[at])) && !inDecimal;
}

/** A model sees log lines inside JSON: it may quote them with JSON's escapes, or an object laid out over lines. */
function spellings(quote: string): string[] {
  const plain = quote.replaceAll(/\\(["\\/nrt])/g, (_, sign: string) => ("nrt".includes(sign) ? " " : sign));
  return plain === quote ? [quote] : [quote, plain];
}

/** With one space wherever there is white space. */
export function flatten(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
