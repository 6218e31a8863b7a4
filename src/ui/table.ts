import type { Style } from "./style.ts";
import { joinText, type Styled, styled, type Text } from "./styled.ts";
import { cutEnd, cutMiddle, pad } from "./text-layout.ts";
import { widthOf } from "./text-width.ts";
import { wrapText } from "./wrap-text.ts";

export interface TableColumn {
  readonly title: Text;
  /** Numbers go right. */
  readonly align?: "left" | "right";
  /** What happens to a cell that is too long; columns with "keep" are never narrowed. */
  readonly overflow?: "cut-middle" | "cut-end" | "wrap" | "keep";
}

export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Text[])[];
}

const GAP = 2;
/** A column that may shrink keeps this many columns of the screen. */
const MIN_WIDTH = 8;

/**
 * A table of at most `columns` columns, titles first. Columns give way widest first; where even that is not
 * enough, each row becomes a few lines `title: cell`.
 */
export function layOutTable(table: Table, columns: number, style: Style): readonly Styled[] {
  const widths = fitWidths(table, columns);
  if (!widths) return layOutRecords(table, columns, style);
  const titles = table.columns.map((column) => style.bold(column.title));
  const rows = titles.some((title) => widthOf(title) > 0) ? [titles, ...table.rows] : table.rows;
  return rows.flatMap((row) => layOutRow(row, table.columns, widths));
}

function fitWidths(table: Table, columns: number): readonly number[] | undefined {
  const cells = [table.columns.map(({ title }) => title), ...table.rows];
  const widths = table.columns.map((_, at) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? "")), 0),
  );
  const room = columns - GAP * (widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const at = widestShrinkable(widths, table.columns);
    if (at === undefined) return undefined;
    widths[at] = (widths[at] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function widestShrinkable(widths: readonly number[], columns: readonly TableColumn[]): number | undefined {
  let widest: number | undefined;
  for (const [at, width] of widths.entries()) {
    if ((columns[at]?.overflow ?? "keep") === "keep" || width <= MIN_WIDTH) continue;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = at;
  }
  return widest;
}

function layOutRow(
  row: readonly Text[],
  columns: readonly TableColumn[],
  widths: readonly number[],
): readonly Styled[] {
  const cells = widths.map((width, at) => fitCell(row[at] ?? "", width, columns[at]?.overflow ?? "keep"));
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => {
    const last = cells.findLastIndex((cell) => widthOf(cell[line] ?? "") > 0);
    const parts = cells.slice(0, last + 1).map((cell, at) => {
      const align = columns[at]?.align ?? "left";
      return at === last && align === "left"
        ? (cell[line] ?? "")
        : pad(cell[line] ?? "", widths[at] ?? 0, align);
    });
    return joinText(parts, " ".repeat(GAP));
  });
}

function fitCell(
  cell: Text,
  width: number,
  overflow: NonNullable<TableColumn["overflow"]>,
): readonly Styled[] {
  switch (overflow) {
    case "wrap":
      return wrapText(cell, width);
    case "cut-middle":
      return [cutMiddle(cell, width)];
    case "cut-end":
      return [cutEnd(cell, width)];
    case "keep":
      return [styled`${cell}`];
  }
}

function layOutRecords(table: Table, columns: number, style: Style): readonly Styled[] {
  return table.rows.flatMap((row, index) => {
    const cells = table.columns.flatMap(({ title }, at) => {
      const cell = row[at] ?? "";
      if (widthOf(cell) === 0) return [];
      const label = widthOf(title) === 0 ? "" : styled`${style.bold(title)}: `;
      return wrapText(styled`${label}${cell}`, columns, { first: "", rest: "  " });
    });
    return index === 0 ? cells : [styled``, ...cells];
  });
}
