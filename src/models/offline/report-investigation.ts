import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import { type Analysed, analysesOf, beganAt, findOrigin, risenKind } from "./origin.ts";
import { refOf } from "./plan.ts";
import { quoteBlock } from "./quote.ts";
import { writeCause } from "./report-cause.ts";
import {
  climbing,
  durationsOf,
  fillingOf,
  isSwift,
  sayDuration,
  saySince,
  slowest,
} from "./report-durations.ts";
import { explainEmpty } from "./report-empty.ts";
import { kindsOf, mostTelling, sayErrors, sayNext, sayRisen, warningsOf } from "./report-errors.ts";
import { listFields } from "./report-fields.ts";
import { hasErrors, type ResultOf } from "./results.ts";
import type { Selection } from "./select-groups.ts";
import { linesAround } from "./surroundings.ts";
import { findSuspects, inProse } from "./suspects.ts";
import { clock, count, dayOf, listNames, nameTemplate, plural } from "./wording.ts";

/** Groups whose errors are told in full. */
const IN_FULL = 4;

/** What happened, since when, how many, where first, what just before, and the lines themselves. */
export function writeInvestigation(talk: Conversation, intent: Intent, selection: Selection): string {
  const fetched = talk.results("fetch_logs");
  const silent = fetched.filter(({ ledger }) => ledger.matched === 0).map((one) => explainEmpty(one, talk));
  const analyses = analysesOf(talk);
  const origin = findOrigin(talk);
  const main = analyses.find(({ log_group }) => log_group === origin?.group) ?? analyses[0];
  const body =
    intent.kind === "slow"
      ? writeSlow(talk, analyses, selection)
      : !main
        ? writeQuiet(talk)
        : origin?.byIds
          ? writeCause(talk, { origin, main, analyses, selection })
          : analyses.length === 1 || intent.kind !== "errors"
            ? writeMain(talk, intent, main, analyses)
            : writeAll(analyses, selection);
  const well = main || intent.kind === "slow" ? sayWell(fetched, selection) : "";
  const parts = intent.kind === "slow" ? [body, well] : [well, body];
  return [...parts, ...silent].filter(Boolean).join("\n\n");
}

/** Of the groups that were asked about, those without an error: others must not answer for them. */
function sayWell(fetched: readonly ResultOf<"fetch_logs">[], { named }: Pick<Selection, "named">): string {
  const well = fetched.filter(
    ({ ledger, levels }) =>
      ledger.matched > 0 && !hasErrors({ levels }) && named.some(({ name }) => ledger.groups.includes(name)),
  );
  return well
    .map(
      ({ ledger, result }) =>
        `**${listNames(ledger.groups)}: no event of level error or fatal** among ${count(ledger.analysed)} [${result}].`,
    )
    .join("\n\n");
}

/** One group in full, and what the others have to say in a line each. */
function writeMain(
  talk: Conversation,
  intent: Intent,
  main: Analysed,
  analyses: readonly Analysed[],
): string {
  const fetched = talk.results("fetch_logs").find(({ ledger }) => ledger.groups.includes(main.log_group));
  const durations = climbing(durationsOf(fetched ? [fetched] : []));
  const filling = intent.kind === "errors" ? [] : fillingOf(fetched ? [fetched] : []);
  const [degrading] = durations.filter(({ isCommon }) => isCommon);
  const risen = risenKind(main);
  const top = risen ?? mostTelling(main.templates);
  const endsSlow = degrading && top && /time[d-]? ?out|deadline|slow|exceed/i.test(top.template);
  const [suspect] = findSuspects(talk, main);
  const day = dayOf(beganAt(main));
  const head = endsSlow
    ? `**\`${main.log_group}\` gets slower and slower until requests fail**: ${sayDuration(degrading)} [${degrading.ref}]. ${sayErrors(main, false)}`
    : risen
      ? sayRisen(main, risen)
      : sayErrors(main, true);
  const change = suspect
    ? `**Suspect: a change just before**, at ${clock(suspect.time ?? "", day)} in \`${suspect.group}\`: ${inProse(suspect)} [${suspect.ref}].`
    : "";
  const warnings =
    intent.kind === "errors"
      ? []
      : warningsOf(fetched, main).filter(({ line }) => refOf(line) !== suspect?.ref);
  const items = [
    ...kindsOf(main, endsSlow && main.error_templates_total > 1 ? undefined : top, day),
    ...(endsSlow ? [] : durations.slice(0, 1).map((one) => `- Meanwhile ${sayDuration(one)} [${one.ref}]`)),
    ...filling.slice(0, 1).map((one) => `- Before and meanwhile ${sayDuration(one)} [${one.ref}]`),
    ...warnings.map(({ item }) => item),
    ...listFields(main.spread, { of: main.errors, ref: main.ref }),
    ...others(main, analyses, day),
  ];
  const lines = [
    ...(suspect ? [suspect.line] : []),
    ...main.templates.slice(0, 6).flatMap(({ examples }) => examples.slice(0, 1)),
    ...warnings.map(({ line }) => line),
    ...(endsSlow ? [degrading.number.first_large, degrading.number.largest] : []),
    ...main.new_before_onset.slice(0, 2),
  ];
  const first = main.first_error ?? "";
  const noTime = main.last_error === null && main.last_event === null;
  const shown = quoteBlock(
    inOrder(
      [...lines, ...linesAround(talk, [...lines, first], [...main.lines_before_first_error, first])],
      talk,
    ),
  );
  return [
    head,
    change,
    items.join("\n"),
    noTime ? `${shown}\n\nThe lines stand in the order of the log.` : shown,
    intent.kind === "errors" || !(main.onset ?? risen) ? "" : sayNext(main, suspect, day),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** Lines without time in the order in which the log has them, as far as that is known. */
function inOrder(lines: readonly string[], talk: Conversation): string[] {
  const order = talk.results("get_surrounding_logs").at(-1)?.events ?? [];
  const places = new Map(order.map((line, index) => [refOf(line), index]));
  const placeOf = (line: string) => places.get(refOf(line)) ?? order.length;
  return lines.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** The errors of other groups, where no shared ids tell how they hang together. */
function others(main: Analysed, analyses: readonly Analysed[], day: string): string[] {
  const mine = Date.parse(beganAt(main) ?? "");
  return analyses
    .filter((one) => one !== main)
    .slice(0, 8)
    .map((one) => {
      const began = beganAt(one);
      const order =
        one.onset === null
          ? "steady, so no sign of a change"
          : began && Date.parse(began) > mine
            ? `set in later, at ${clock(began, day)}`
            : `set in at ${clock(one.onset.at, day)}`;
      const [top] = one.templates;
      const what = top ? `, mostly \`${nameTemplate(top.template, 80)}\` (${count(top.count)})` : "";
      return `- \`${one.log_group}\`: ${plural(one.errors, "error")}${what}; ${order} [${one.ref}]`;
    });
}

/** `errors` of several groups: all kinds of each. */
function writeAll(analyses: readonly Analysed[], { named }: Pick<Selection, "named">): string {
  // What was asked about comes before what only an alarm leads to.
  const isOther = ({ log_group }: Analysed) => Number(!named.some(({ name }) => name === log_group));
  // What set in matters more than what is there all the time.
  const isSteady = ({ onset }: Analysed) => Number(onset === null);
  const ranked = analyses.toSorted(
    (a, b) => isOther(a) - isOther(b) || isSteady(a) - isSteady(b) || b.errors - a.errors,
  );
  const { kinds, quotes } = ranked.length > 2 ? { kinds: 4, quotes: 3 } : { kinds: 8, quotes: 6 };
  const full = ranked.slice(0, IN_FULL).map((one) => {
    const day = dayOf(beganAt(one));
    const lines = one.templates.slice(0, quotes).flatMap(({ examples }) => examples.slice(0, 1));
    const items = kindsOf(one, one.error_templates_total > 1 ? undefined : one.templates[0], day, kinds);
    return [sayErrors(one, false), items.join("\n"), quoteBlock(lines)].filter(Boolean).join("\n\n");
  });
  const rest = ranked
    .slice(IN_FULL)
    .map(({ log_group, errors, ref }) => `- \`${log_group}\`: ${plural(errors, "error")} [${ref}]`);
  return [...full, rest.join("\n")].filter(Boolean).join("\n\n");
}

/** Which group is slow in itself, how slow, since when; and the errors beside it, in short. */
function writeSlow(talk: Conversation, analyses: readonly Analysed[], { named }: Selection): string {
  const fetched = talk.results("fetch_logs");
  const durations = durationsOf(fetched);
  const asked = slowest(durations.filter(({ group }) => named.some(({ name }) => name === group)));
  const all = slowest(durations);
  const first = asked[0] ?? all[0];
  const rest = all.filter(({ group }) => group !== first?.group);
  const slow = first ? [first, ...rest] : [];
  const day = dayOf(fetched.map(({ first }) => first).find((time) => time !== null));
  const errors = analyses.slice(0, 4).map((one) => {
    const [top] = one.templates;
    return `- \`${one.log_group}\`: ${plural(one.errors, "error")}${top ? `, mostly \`${nameTemplate(top.template, 100)}\` (${count(top.count)})` : ""} [${one.ref}]`;
  });
  const beside = errors.length > 0 ? `**Errors beside it**\n\n${errors.join("\n")}` : "";
  if (!first)
    return [
      "**No event carries a duration or latency**, so slowness cannot be measured from these logs.",
      beside || writeQuiet(talk),
    ].join("\n\n");
  const head = isSwift(slow)
    ? `**No sign that ${listNames(slow.map(({ group }) => group))} ${slow.length === 1 ? "is" : "are"} slow**: of the durations that are logged none reaches a second, and none climbs. ${sayDuration(first)} [${first.ref}].`
    : `**Slow: \`${first.group}\`**. ${sayDuration(first)} [${first.ref}]${saySince(first, day)}.`;
  const waiting = rest.map(
    (one) => `- \`${one.group}\`${isSwift(slow) ? "" : " is slow too"}: ${sayDuration(one)} [${one.ref}]`,
  );
  const why =
    rest.length > 0 && asked.length === 0 && !isSwift(slow)
      ? "\n\nWho calls another service waits at least as long as that takes: of the slow ones it is the fastest, so the likeliest cause, and the others may just wait for it."
      : "";
  const own = analyses.find(({ log_group }) => log_group === first.group);
  const [suspect] = own ? findSuspects(talk, own) : [];
  const change = suspect
    ? `**Suspect: a change before its errors**, at ${clock(suspect.time ?? "", day)}: ${inProse(suspect)} [${suspect.ref}].`
    : "";
  const lines = [
    ...(suspect ? [suspect.line] : []),
    ...slow.slice(0, 3).flatMap(({ number }) => [number.first_large, number.largest]),
  ];
  return [`${head}${why}`, change, waiting.join("\n"), quoteBlock(lines), beside]
    .filter(Boolean)
    .join("\n\n");
}

/** Errors were counted and could not be analysed: that is all there is to say, and no good news. */
function writeUnexplained(fetched: readonly ResultOf<"fetch_logs">[]): string {
  const counts = fetched.map(
    ({ ledger, levels, result }) =>
      `${plural((levels.error ?? 0) + (levels.fatal ?? 0), "error")} among ${plural(ledger.analysed, "event")} in ${listNames(ledger.groups)} [${result}]`,
  );
  return `**There are errors, but they could not be analysed further**: ${counts.join("; ")}. What failed stands below.`;
}

/** No errors: what was read, what else stands out, and that this is no proof. */
function writeQuiet(talk: Conversation): string {
  const fetched = talk.results("fetch_logs").filter(({ ledger }) => ledger.matched > 0);
  const unexplained = fetched.filter(hasErrors);
  if (unexplained.length > 0) return writeUnexplained(unexplained);
  const durations = climbing(durationsOf(fetched)).slice(0, 3);
  const read = fetched.map(
    ({ ledger, result }) =>
      `${listNames(ledger.groups)} (${plural(ledger.analysed, "event")} analysed) [${result}]`,
  );
  const filling = fillingOf(fetched).slice(0, 3);
  const warnings = fetched.flatMap((one) => warningsOf(one, undefined));
  const items = [
    ...filling.slice(1).map((one) => `- In \`${one.group}\` ${sayDuration(one)} [${one.ref}]`),
    ...durations.map((one) => `- Durations rise in \`${one.group}\`: ${sayDuration(one)} [${one.ref}]`),
    ...warnings.slice(0, 6).map(({ item }) => item),
  ];
  const lines = [
    ...[...filling.slice(0, 1), ...durations].flatMap(({ number }) => [number.first_large, number.largest]),
    ...warnings.slice(0, 6).map(({ line }) => line),
  ];
  const [worst] = filling;
  const day = dayOf(fetched.map(({ first }) => first).find((time) => time !== null));
  return [
    worst
      ? `**\`${worst.number.name}\` grows in \`${worst.group}\`**: it ${sayDuration(worst).replace(/^`[^`]*` /, "")} [${worst.ref}]${saySince(worst, day)}.`
      : "",
    `**No event has the level error or fatal, and none reads like an error**, in ${read.join(", ")}. Other groups, another time, or what was never logged is not covered by that.`,
    items.length > 0 ? `What stands out:\n\n${items.join("\n")}` : "",
    quoteBlock(lines),
  ]
    .filter(Boolean)
    .join("\n\n");
}
