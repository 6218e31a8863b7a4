/** A stretch of an answer that is judged as one: a paragraph, a list item, a table's row, a heading, a code block. */
export interface Block {
  readonly kind: "prose" | "code";
  /** Indices of its first line and of the line behind its last; the fences of a code block are not in it. */
  readonly from: number;
  readonly to: number;
  /** The first row of the table that a row belongs to. */
  readonly header: number | undefined;
  /** The word behind the opening fence, in lower case. */
  readonly language: string;
}

const FENCE = /^ {0,8}(?:[-*+] {1,4})?(`{3,}|~{3,})\s*([\w+#-]{0,40})/;
const STARTS = /^\s{0,12}(?:[-*+]\s|\d{1,4}[.)]\s|#{1,6}\s|\||>)/;
const ROW = /^\s{0,12}\|/;

/** Cuts Markdown into blocks, in their order; empty lines and fences belong to none. */
export function findBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: { from: number; header: number | undefined } | undefined;
  const close = (to: number) => {
    if (open) blocks.push({ kind: "prose", ...open, to, language: "" });
    open = undefined;
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line);
    if (fence) {
      close(at);
      const end = findFenceEnd(lines, at + 1, fence[1] ?? "");
      const language = (fence[2] ?? "").toLowerCase();
      blocks.push({ kind: "code", from: at + 1, to: end, header: undefined, language });
      at = end;
    } else if (line.trim() === "") close(at);
    else if (!open || STARTS.test(line)) {
      const above: number | undefined =
        open && ROW.test(lines[open.from] ?? "") ? (open.header ?? open.from) : undefined;
      close(at);
      open = { from: at, header: ROW.test(line) ? above : undefined };
    }
  }
  close(lines.length);
  return blocks;
}

/** A block that is never closed ends with the text. */
function findFenceEnd(lines: readonly string[], from: number, fence: string): number {
  for (let at = from; at < lines.length; at += 1) {
    const line = (lines[at] ?? "").trim();
    if (line.length >= fence.length && line === (fence[0] ?? "`").repeat(line.length)) return at;
  }
  return lines.length;
}
