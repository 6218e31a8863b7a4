import type { DigestSummary, NumericSummary, TemplateSummary } from "../analysis/summary.ts";
import { WILDCARD } from "../analysis/tokens.ts";
import type { LogEvent } from "../log/event.ts";
import type { Reading } from "../tools/evidence.ts";
import { type Redactor, redactLedger, wasRedacted } from "./redact.ts";
import type { SessionReading } from "./session.ts";

/** UTF-16 units of the newest events of one reading that are kept; the newest of them where there are more. */
const MOST_TEXT = 16 * 1024 * 1024;
/** Stands for a value that cannot be told from a part of a credential. */
const HIDDEN = "…";
/** UTF-16 units of a template that a value is looked at with, on either side. */
const CONTEXT = 1000;

/** A reading as it is kept: without its source, and without credentials. */
export function keepReading(reading: Reading, redactor: Redactor): SessionReading {
  const { source, request, digest, newest, ledger, samples, templatesFrom } = reading;
  // In their order, before any of them is met as an example.
  const kept = redactor.events(newestWithin(newest, MOST_TEXT));
  return {
    source: source.name,
    request: {
      group: redactor.text(request.group),
      window: request.window,
      filter: request.filter && redactor.text(request.filter.pattern),
      streamPrefix: request.streamPrefix === undefined ? undefined : redactor.text(request.streamPrefix),
    },
    digest: keepDigest(digest, redactor),
    newest: kept,
    ledger: redactLedger(ledger, redactor),
    samples:
      samples &&
      new Map([...samples].map(([text, sample]) => [redactor.text(text), redactor.text(sample)] as const)),
    templatesFrom,
  };
}

function newestWithin(events: readonly LogEvent[], most: number): readonly LogEvent[] {
  let from = events.length;
  for (let text = 0; from > 0; from -= 1) {
    text += events[from - 1]?.message.length ?? 0;
    if (text > most) break;
  }
  return events.slice(from);
}

/** A digest without what the redactor finds; a value is looked at in its line. */
export function keepDigest(digest: DigestSummary, redactor: Redactor): DigestSummary {
  return {
    ...digest,
    streams: keepKeys(digest.streams, redactor),
    templates: digest.templates.map((template) => keepTemplate(template, redactor)),
    numbers: digest.numbers.map((number) => keepNumber(number, redactor)),
  };
}

function keepNumber(number: NumericSummary, redactor: Redactor): NumericSummary {
  const [largest = number.largest, firstLarge = number.firstLarge] = [
    ...redactor.events([number.largest]),
    ...redactor.events([number.firstLarge]),
  ];
  return { ...number, name: redactor.text(number.name), largest, firstLarge };
}

/** Two names that became the same are counted as one. */
function keepKeys(counts: ReadonlyMap<string, number>, { text }: Redactor): ReadonlyMap<string, number> {
  const kept = new Map<string, number>();
  for (const [name, count] of counts) kept.set(text(name), (kept.get(text(name)) ?? 0) + count);
  return kept;
}

/** Where a tag took a wildcard with it, the values no longer have a place, and go. */
function keepTemplate(template: TemplateSummary, redactor: Redactor): TemplateSummary {
  const text = redactor.text(template.text);
  const examples = redactor.events(template.examples);
  const isWhole = text.split(WILDCARD).length === template.text.split(WILDCARD).length;
  const shown = examples.some(({ message }) => wasRedacted(message))
    ? examples.map(({ message }) => message).join("\n")
    : undefined;
  return {
    ...template,
    text,
    examples,
    groups: keepKeys(template.groups, redactor),
    parameters: isWhole
      ? template.parameters.map((parameter, index) => ({
          ...parameter,
          top: parameter.top.map(({ value, count }) => ({
            value: keepValue(value, index, template, shown, redactor),
            count,
          })),
        }))
      : [],
  };
}

/**
 * A value is looked at as it stands in its line, for alone a password is a word like others. Where the examples show that
 * there are credentials in such lines, only values that are still to be seen in them are kept.
 * @param shown the examples without their credentials, where there were some
 */
function keepValue(
  value: string,
  index: number,
  template: TemplateSummary,
  shown: string | undefined,
  { text }: Redactor,
): string {
  const isWhole = !value.endsWith(HIDDEN) && (shown === undefined || shown.includes(value));
  const line = fillIn(template.text, index, value);
  return isWhole && text(line) === line ? value : HIDDEN;
}

function fillIn(template: string, index: number, value: string): string {
  const pieces = template.split(WILDCARD);
  const before = pieces.slice(0, index + 1).join(WILDCARD);
  const behind = pieces.slice(index + 1).join(WILDCARD);
  return before.slice(-CONTEXT) + value + behind.slice(0, CONTEXT);
}
