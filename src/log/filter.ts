/**
 * A compiled filter over the text of events. The grammar is CloudWatch's filter-pattern syntax (see
 * filter-pattern.ts); a source that has no engine of its own calls `test` for each event.
 */
export interface EventFilter {
  /** The pattern as it was written. */
  readonly pattern: string;
  test(message: string): boolean;
  /**
   * Texts that every matching message contains, verbatim. A source may skip whatever lacks one of them
   * without looking further; empty where nothing can be said.
   */
  readonly required: readonly string[];
}
