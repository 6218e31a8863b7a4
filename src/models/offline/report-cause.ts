import type { Conversation } from "./conversation.ts";
import { type Analysed, beganAt, type Correlated, type Origin } from "./origin.ts";
import { quoteBlock } from "./quote.ts";
import { sayNext } from "./report-errors.ts";
import { readEvidence } from "./results.ts";
import type { Selection } from "./select-groups.ts";
import { findSuspects, inProse, type Suspect } from "./suspects.ts";
import { clock, count, dayOf, joinWords, listNames, nameTemplate, plural, timespan } from "./wording.ts";

interface Cause {
  readonly origin: Origin;
  readonly main: Analysed;
  readonly analyses: readonly Analysed[];
  readonly selection: Selection;
}

const SHORT = 90;
/** Kinds with a smaller share of the errors are other matters. */
const MINOR = 0.02;

/** Where it began and whom it reached, by the ids that events share; what changed just before; who is not involved. */
export function writeCause(talk: Conversation, cause: Cause): string {
  const { origin, main, analyses, selection } = cause;
  const relations = talk.results("correlate_events");
  const correlated = relations.at(-1);
  if (!correlated) return "";
  const suspects = findSuspects(talk, main);
  const day = dayOf(beganAt(main));
  const reached = origin.reached.map((one) => sayReached(one, { ...cause, correlated, relations, day }));
  const apart = analyses
    .filter(({ log_group }) => origin.apart.includes(log_group))
    .toSorted((a, b) => b.errors - a.errors)
    .map((one) => sayApart(one, { ...cause, correlated, relations, day }));
  const unordered = analyses
    .filter(({ log_group }) => origin.unordered.includes(log_group))
    .map((one) => sayUnordered(one, day));
  const asked = analyses.filter(
    ({ log_group }) =>
      selection.isExact &&
      origin.apart.includes(log_group) &&
      selection.named.some(({ name }) => name === log_group),
  );
  const isAsked = (line: string) => asked.some(({ log_group }) => line.startsWith(`- \`${log_group}\``));
  const rest = main.templates
    .slice(1, 4)
    .filter(({ count }) => count >= main.errors * MINOR)
    .map(
      (one) =>
        `- \`${main.log_group}\` too: ${count(one.count)} x \`${nameTemplate(one.template, SHORT)}\` [${main.ref}]`,
    );
  const path = correlated.propagations.find(({ from }) => from === origin.group);
  const lines = [
    ...suspects.slice(0, 2).map(({ line }) => line),
    ...main.templates.slice(0, 1).flatMap(({ examples }) => examples.slice(0, 1)),
    ...(path?.example ?? []),
  ];
  const others = apart.filter((line) => !isAsked(line));
  return [
    ...apart
      .filter(isAsked)
      .map(
        (line) =>
          `**${listNames(asked.map(({ log_group }) => log_group))}: loud, but not what fails the requests.** ${line.replace(/^- `[^`]*`: /, "")}.`,
      ),
    headline(cause, suspects[0], day),
    `**What followed**\n\n${[...reached, ...unordered, ...rest].join("\n")}`,
    others.length > 0 ? `**Not the cause**\n\n${others.join("\n")}` : "",
    `**The change, and one failing request** (\`${path?.example_id ?? ""}\` [${correlated.result}])`.replace(
      "The change, and one",
      suspects.length > 0 ? "The change, and one" : "One",
    ),
    quoteBlock(lines),
    sayNext(main, suspects[0], day),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function headline({ origin, main }: Cause, suspect: Suspect | undefined, day: string): string {
  const began = beganAt(main);
  const [top] = main.templates;
  const what = top ? `: ${count(top.count)} x \`${nameTemplate(top.template)}\` [${main.ref}]` : "";
  const since = began ? ` from ${clock(began, suspect ? day : "")} [${main.ref}]` : "";
  const followers = joinWords(origin.reached.map(({ to }) => `\`${to}\``));
  const order = `Requests fail there first and in ${followers} after it.`;
  if (!suspect) return `**The trouble begins in \`${main.log_group}\`**${since}${what}. ${order}`;
  const where =
    suspect.group === main.log_group
      ? `in \`${main.log_group}\``
      : `in \`${suspect.group}\`, before \`${main.log_group}\` fails,`;
  return `**Most likely cause: a change ${where} at ${clock(suspect.time ?? "")}**: ${inProse(suspect)} [${suspect.ref}].\n\n**\`${main.log_group}\` fails${since}**${what}. ${order}`;
}

interface Setting extends Cause {
  /** The relation that tells the order, and all of them. */
  readonly correlated: Correlated;
  readonly relations: readonly Correlated[];
  readonly day: string;
}

function sayReached(
  { to, ids, lagMs }: Origin["reached"][number],
  { analyses, correlated, day, origin }: Setting,
): string {
  const lag = lagMs > 0 ? `, ${count(lagMs)} ms later in the median` : "";
  const path = `${plural(ids, "failing request")} reached it from \`${origin.group}\`${lag} [${correlated.result}]`;
  const own = analyses.find(({ log_group }) => log_group === to);
  const [top] = own?.templates ?? [];
  const began = own && beganAt(own);
  if (!own || !top || !began || !own.last_error) return `- \`${to}\`: ${path}`;
  return `- \`${to}\`: ${count(top.count)} x \`${nameTemplate(top.template, SHORT)}\` of ${plural(own.errors, "error")}, ${timespan(began, own.last_error, day)} [${own.ref}]; ${path}`;
}

function sayUnordered(one: Analysed, day: string): string {
  const [top] = one.templates;
  const began = beganAt(one);
  const when = began && one.last_error ? `, ${timespan(began, one.last_error, day)}` : "";
  const what = top ? `${count(top.count)} x \`${nameTemplate(top.template, SHORT)}\` of ` : "";
  return `- \`${one.log_group}\`: ${what}${plural(one.errors, "error")}${when}; it writes whole seconds, so whether they came before or after cannot be told [${one.ref}]`;
}

/** Why a group with errors is not where to look: it was loud before, ends before, begins after, or shares no ids. */
function sayApart(one: Analysed, { main, relations, day }: Setting): string {
  const { result, related } = findTiming(one.log_group, relations);
  const shared = related?.errors_with_earlier_cause_elsewhere ?? 0;
  const last = main.last_error ? Date.parse(main.last_error) : Number.NaN;
  const began = beganAt(one);
  const reasons: string[] = [];
  if (one.last_error && Date.parse(one.last_error) < last - 600_000)
    reasons.push(
      `they end at ${clock(one.last_error, day)}, while the failures go on to ${clock(main.last_error ?? "", day)}`,
    );
  else if (one.onset === null) reasons.push("they are there all the time");
  if (one.onset !== null && began && Date.parse(began) > Date.parse(beganAt(main) ?? ""))
    reasons.push(`they begin at ${clock(began, day)}, after it`);
  const few = shared === 0 ? "none" : `only ${count(shared)}`;
  const ids = `${few} of the ${count(related?.errors ?? one.errors)} came after trouble elsewhere with the same id`;
  const [top] = one.templates;
  const first = readEvidence(one.first_error ?? "")?.time;
  const since = began ?? first;
  const what = top ? `, mostly \`${nameTemplate(top.template, SHORT)}\`` : "";
  return `- \`${one.log_group}\`: ${plural(one.errors, "error")}${what}${since ? ` since ${clock(since, day)}` : ""}; ${[...reasons, ids].join("; ")} [${one.ref}] [${main.ref}] [${result}]`;
}

function findTiming(group: string, relations: readonly Correlated[]) {
  for (const { groups_by_onset, result } of relations.toReversed()) {
    const related = groups_by_onset.find(({ log_group }) => log_group === group);
    if (related) return { related, result };
  }
  return { related: undefined, result: relations[0]?.result ?? "" };
}
