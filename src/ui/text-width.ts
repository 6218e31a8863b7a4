import { partsOf, type Text } from "./styled.ts";

const PLAIN = /^[ -~]*$/;
const EMOJI_WIDE = String.raw`[\p{Emoji_Presentation}--\p{Regional_Indicator}]`;
/** East Asian Wide and Fullwidth (Unicode Standard Annex 11), apart from emoji. */
const EAST_ASIAN_WIDE = String.raw`[\u{1100}-\u{115F}\u{2329}\u{232A}\u{2630}-\u{2637}\u{268A}-\u{268F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{A960}-\u{A97C}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE10}-\u{FE19}\u{FE30}-\u{FE6F}\u{FF01}-\u{FF60}\u{FFE0}-\u{FFE6}\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{1D300}-\u{1D376}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}]`;
const PICTOGRAPH = String.raw`\p{Extended_Pictographic}(?:\u{FE0F}|\p{Emoji_Modifier})?`;
/** What a terminal shows as one: an emoji sequence, a flag, a character with the marks on it. */
const CLUSTER = new RegExp(
  String.raw`(?:${PICTOGRAPH}(?:\u{200D}${PICTOGRAPH}){0,6}|\p{Regional_Indicator}{2}|[0-9#*]\u{FE0F}\u{20E3}|.)[\p{M}\u{1160}-\u{11FF}]*`,
  "gvs",
);
const WIDE = new RegExp(
  String.raw`^(?:${EMOJI_WIDE}(?!\u{FE0E})|${EAST_ASIAN_WIDE}|\p{Regional_Indicator}|\p{Extended_Pictographic}\u{FE0F}|\p{Extended_Pictographic}\p{Emoji_Modifier}|\p{Extended_Pictographic}\u{200D}|[0-9#*]\u{FE0F})`,
  "v",
);
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cc}\p{Default_Ignorable_Code_Point}]+$/v;
const SPACING_MARK = /\p{Mc}/gv;

/** A whole SGR sequence, or one character as a terminal shows it, with the columns that it takes. */
export interface Piece {
  readonly sgr: boolean;
  readonly text: string;
  readonly width: number;
}

export function piecesOf(text: Text): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const part of partsOf(text)) {
    if (part.sgr) pieces.push({ ...part, width: 0 });
    else
      for (const [cluster] of part.text.matchAll(CLUSTER))
        pieces.push({ sgr: false, text: cluster, width: clusterWidth(cluster) });
  }
  return pieces;
}

/** Columns of a terminal that one line of text takes; styling takes none. */
export function widthOf(text: Text): number {
  let width = 0;
  for (const part of partsOf(text)) if (!part.sgr) width += visibleWidth(part.text);
  return width;
}

function visibleWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const [cluster] of text.matchAll(CLUSTER)) width += clusterWidth(cluster);
  return width;
}

function clusterWidth(cluster: string): number {
  if (cluster.length === 1 && cluster >= " " && cluster <= "~") return 1;
  if (INVISIBLE.test(cluster)) return 0;
  if (WIDE.test(cluster)) return 2;
  return 1 + (cluster.slice(1).match(SPACING_MARK)?.length ?? 0);
}
