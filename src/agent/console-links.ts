import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { ConsoleLinks } from "../sources/source.ts";
import { qualify } from "../sources/with-qualified-names.ts";
import type { Evidence } from "../tools/evidence.ts";
import type { ToolOutcome } from "../tools/tool.ts";
import type { CheckReport, Citation } from "./check.ts";
import type { QuestionScope } from "./events.ts";

/**
 * The outcome with the address of what was read in its ledger: of the one group, or of that of several which matched
 * most. What the tool gave already stays.
 */
export async function linkOutcome<Outcome extends Pick<ToolOutcome, "ledger" | "readings">>(
  outcome: Outcome,
  directory: SourceDirectory,
): Promise<Outcome> {
  const { ledger, readings = [] } = outcome;
  if (!ledger || ledger.link !== undefined) return outcome;
  const isOne = new Set(ledger.groups).size === 1;
  const most = readings.toSorted((a, b) => b.ledger.matched - a.ledger.matched)[0]?.ledger;
  const link = await linkGroup(isOne ? ledger : most, directory);
  return link === undefined ? outcome : { ...outcome, ledger: { ...ledger, link } };
}

async function linkGroup(
  read: Pick<Ledger, "groups" | "window" | "filter"> | undefined,
  directory: SourceDirectory,
): Promise<string | undefined> {
  const [group] = read?.groups ?? [];
  if (!read || group === undefined) return undefined;
  const links = await linksFor(group, directory);
  const { window, filter } = read;
  return links?.group({ group, window, ...(filter === undefined ? {} : { filter }) });
}

export interface LinkOptions {
  readonly directory: SourceDirectory;
  readonly evidence: Evidence;
  readonly scope: QuestionScope;
}

/** The report with the addresses of the cited events, and of the group that most of them are of. */
export async function linkReport(report: CheckReport, options: LinkOptions): Promise<CheckReport> {
  const { directory, evidence, scope } = options;
  const citations = await Promise.all(
    report.citations.map((citation) => linkCitation(citation, evidence.findEvent(citation.ref), directory)),
  );
  const name = mainGroup(citations, evidence);
  const window = scope.from === "untimed" ? undefined : scope.window;
  const link = name === undefined ? undefined : await linkGroup({ groups: [name], window }, directory);
  return {
    ...report,
    citations,
    ...(name === undefined || link === undefined ? {} : { mainGroup: { name, link } }),
  };
}

async function linkCitation(
  citation: Citation,
  event: LogEvent | undefined,
  directory: SourceDirectory,
): Promise<Citation> {
  if (citation.kind !== "event" || !event) return citation;
  const link = (await linksFor(event.group, directory))?.event(event);
  return link === undefined ? citation : { ...citation, link };
}

/** That of most cited events, the first of equals; without any, the group that was read first. */
function mainGroup(citations: readonly Citation[], evidence: Evidence): string | undefined {
  const counts = new Map<string, number>();
  for (const citation of citations)
    if (citation.kind === "event") counts.set(citation.group, (counts.get(citation.group) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? evidence.results().flatMap(({ readings }) => readings)[0]?.request.group;
}

/** The links of the source that a group is of; a source that cannot tell them has none, for an answer is worth more. */
async function linksFor(group: string, { sources }: SourceDirectory): Promise<ConsoleLinks | undefined> {
  const source =
    sources.length > 1 ? sources.find(({ name }) => group.startsWith(qualify(name, ""))) : sources[0];
  try {
    return await source?.links?.();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
