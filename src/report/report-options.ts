import type { Sanitizer } from "../sanitize/sanitizer.ts";

export interface ReportOptions {
  /** What personal data is taken out by; undefined leaves it in, and the document says so. */
  readonly sanitizer: Sanitizer | undefined;
  /** When the document is made, ms since the epoch. */
  readonly now: number;
  /** LogAI's own. */
  readonly version: string;
}
