import type { Sanitizer } from "../sanitize/sanitizer.ts";

export interface ReportOptions {
  /** What personal data is taken out by; undefined leaves it in, and the document says so. */
  readonly sanitizer: Sanitizer | undefined;
  /** When the document is made, ms since the epoch. */
  readonly now: number;
  /** LogAI's own. */
  readonly version: string;
}

/** What a text goes through that is put together of parts. */
export function cleanerOf({ sanitizer }: ReportOptions): (text: string) => string {
  return (text) => sanitizer?.sanitize(text).text ?? text;
}
