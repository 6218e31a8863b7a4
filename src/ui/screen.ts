import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Histogram } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import type { Zone } from "../log/zone.ts";
import type { Printer } from "./printer.ts";
import type { Style } from "./style.ts";
import { joinText, type Styled, safeLines, styled, type Text } from "./styled.ts";
import type { Table } from "./table.ts";
import { wrapText } from "./wrap-text.ts";

/** An address and what it is of. */
export interface Address {
  readonly label: string;
  readonly url: string;
}

export interface EventOptions {
  readonly zone: Zone;
  readonly showGroup: boolean;
  readonly showStream: boolean;
}

/** What a command shows, beyond single lines. Heavy layout is loaded when it is first used. */
export interface Screen extends Printer {
  /** Data goes to a terminal: somebody reads it, and drawings help. */
  readonly isTerminal: boolean;
  /** Text as it is where it goes to a pipe or a file; on a terminal it is escaped like all else. */
  raw(text: string): Promise<void>;
  heading(text: string): Promise<void>;
  /** Cut to the width of a terminal; whole where it goes to a pipe or a file. */
  table(columns: Table["columns"], rows: Table["rows"]): Promise<void>;
  /** One row per bin, at most `maxRows`. */
  histogram(histogram: Histogram, zone: Zone, maxRows?: number): Promise<void>;
  /** Markdown as styled text, wrapped to the width. */
  markdown(text: string): Promise<void>;
  /** The small print below an answer: items, dimmed. */
  footer(items: readonly string[]): Promise<void>;
  /** Addresses below the small print, each whole on its line: a terminal follows none that is broken. */
  addresses(title: string, addresses: readonly Address[]): Promise<void>;
  /** A writer of events as readable lines. */
  events(options: EventOptions): Promise<(events: readonly LogEvent[]) => Promise<void>>;
  /** A remark on stderr that is no news: dimmed. */
  aside(text: string): void;
  /** A Failure with its hint, or a bug with the log file that holds its stack. */
  failure(thrown: unknown, logFile: string | undefined): Promise<void>;
}

export interface ScreenOptions {
  readonly stdout: Writable;
  readonly style: Style;
  /** stderr may go elsewhere than stdout, and then has colours of its own. */
  readonly errorStyle: Style;
  readonly unicode: boolean;
  readonly isTerminal: boolean;
  readonly errorsToTerminal: boolean;
}

/** Widest line of prose, columns; longer ones are hard to read. */
const PROSE_COLUMNS = 120;

export function createScreen(printer: Printer, options: ScreenOptions): Screen {
  const { stdout, style, errorStyle, unicode, isTerminal, errorsToTerminal } = options;
  const proseColumns = () => Math.min(printer.columns, PROSE_COLUMNS);
  /** A remark breaks between words where a terminal would break it anywhere. */
  const wrapRemark = (text: Text): Text => {
    const lines: Text = typeof text === "string" ? safeLines(text) : text;
    return errorsToTerminal ? joinText(wrapText(lines, proseColumns()), "\n") : lines;
  };
  const wrapIndented = (line: Styled) => wrapText(line, proseColumns(), { first: "", rest: "  " });
  return {
    ...printer,
    get columns() {
      return printer.columns;
    },
    note: (text) => printer.note(wrapRemark(text)),
    isTerminal,
    async raw(text) {
      if (isTerminal) return printer.text(text);
      if (text === "" || printer.closed.aborted || stdout.write(text)) return;
      await once(stdout, "drain", { signal: printer.closed }).catch(() => {});
    },
    heading: (text) => printer.line(style.heading(text)),
    async table(columns, rows) {
      const { layOutTable } = await import("./table.ts");
      const room = isTerminal ? printer.columns : Number.POSITIVE_INFINITY;
      await printer.lines(layOutTable({ columns, rows }, room, style));
    },
    async histogram(histogram, zone, maxRows) {
      const { drawBars } = await import("./histogram-view.ts");
      const rows = maxRows === undefined ? {} : { maxRows };
      await printer.lines(drawBars(histogram, { columns: proseColumns(), zone, style, unicode, ...rows }));
    },
    async markdown(text) {
      const { viewMarkdown } = await import("./markdown-view.ts");
      await printer.lines(await viewMarkdown(text, { columns: proseColumns(), style }));
    },
    async footer(items) {
      const mark = unicode ? "· " : "- ";
      const lines = items.flatMap((item) => wrapText(item, proseColumns(), { first: mark, rest: "  " }));
      await printer.lines(["", ...lines.map((line) => style.dim(line))]);
    },
    async addresses(title, addresses) {
      if (addresses.length === 0) return;
      const whole = (url: string) => safeLines(url, Number.POSITIVE_INFINITY);
      const lines = addresses.map(
        ({ label, url }) => styled`  ${style.dim(label)} ${style.link(whole(url))}`,
      );
      await printer.lines([style.dim(`${unicode ? "·" : "-"} ${title}`), ...lines]);
    },
    async events(shown) {
      const { viewEvent } = await import("./event-view.ts");
      return async (events) => {
        if (events.length === 0) return;
        const lines = events.flatMap((event) => viewEvent(event, { ...shown, style }));
        await printer.lines([joinText(lines, "\n")]);
      };
    },
    aside: (text) => printer.note(wrapRemark(errorStyle.dim(text))),
    async failure(thrown, logFile) {
      const { viewError } = await import("./error-view.ts");
      printer.endProgress();
      const lines = viewError(thrown, { style: errorStyle, logFile });
      printer.error(joinText(errorsToTerminal ? lines.flatMap(wrapIndented) : lines, "\n"));
    },
  };
}
