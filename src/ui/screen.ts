import type { Histogram } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import type { Zone } from "../log/zone.ts";
import type { Printer } from "./printer.ts";
import type { Style } from "./style.ts";
import type { Table } from "./table.ts";

export interface EventOptions {
  readonly zone: Zone;
  readonly showGroup: boolean;
  readonly showStream: boolean;
}

/** What a command shows, beyond single lines. Heavy layout is loaded when it is first used. */
export interface Screen extends Printer {
  heading(text: string): Promise<void>;
  table(columns: Table["columns"], rows: Table["rows"]): Promise<void>;
  histogram(histogram: Histogram, zone: Zone): Promise<void>;
  /** Markdown as styled text, wrapped to the width. */
  markdown(text: string): Promise<void>;
  /** The small print below an answer: items, dimmed. */
  footer(items: readonly string[]): Promise<void>;
  /** A writer of events as readable lines. */
  events(options: {
    readonly zone: Zone;
    readonly showGroup: boolean;
    readonly showStream: boolean;
  }): Promise<(events: readonly LogEvent[]) => Promise<void>>;
  /** A Failure with its hint, or a bug with the log file that holds its stack. */
  failure(thrown: unknown, logFile: string | undefined): Promise<void>;
}

/** Widest line of prose, columns; longer ones are hard to read. */
const PROSE_COLUMNS = 120;

export function createScreen(printer: Printer, style: Style, unicode: boolean): Screen {
  const screen: Screen = {
    ...printer,
    get columns() {
      return printer.columns;
    },
    heading: (text) => printer.line(style.heading(text)),
    async table(columns, rows) {
      const { layOutTable } = await import("./table.ts");
      await printer.lines(layOutTable({ columns, rows }, printer.columns, style));
    },
    async histogram(histogram, zone) {
      const { drawBars } = await import("./histogram-view.ts");
      await printer.lines(drawBars(histogram, { columns: printer.columns, zone, style, unicode }));
    },
    async markdown(text) {
      const { viewMarkdown } = await import("./markdown-view.ts");
      await printer.lines(
        await viewMarkdown(text, { columns: Math.min(printer.columns, PROSE_COLUMNS), style }),
      );
    },
    async footer(items) {
      const { wrapText } = await import("./wrap-text.ts");
      const columns = Math.min(printer.columns, PROSE_COLUMNS);
      const lines = items.flatMap((item) => wrapText(item, columns, { first: "· ", rest: "  " }));
      await printer.lines(["", ...lines.map((line) => style.dim(line))]);
    },
    async events({ zone, showGroup, showStream }) {
      const { viewEvent } = await import("./event-view.ts");
      return async (events) => {
        for (const event of events)
          await printer.lines(viewEvent(event, { zone, style, showGroup, showStream }));
      };
    },
    async failure(thrown, logFile) {
      const { viewError } = await import("./error-view.ts");
      for (const line of viewError(thrown, { style, logFile })) printer.error(line);
    },
  };
  return screen;
}
