import type { Level, LogEvent } from "../log/event.ts";
import { generalize } from "./clusters.ts";
import type { Described } from "./describe.ts";
import { createTimeBins, type TimeBins } from "./histogram.ts";
import { createParameterCounts, type ParameterCounts } from "./parameters.ts";
import { type Parse, valueAt, WILDCARD } from "./tokens.ts";

const TOTAL = [0];
const RANKS: Readonly<Record<Level, number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 };

/** A shape of text, and what is kept of the events that have it. */
export interface Template {
  readonly words: readonly string[];
  /** What stands before each word and behind the last. */
  readonly gaps: readonly string[];
  count: number;
  level: Level | undefined;
  levelInferred: boolean;
  /** ms since the epoch. */
  first: number | undefined;
  last: number | undefined;
  /** Oldest first, at most four. */
  examples: Example[];
  /** The first of the most severe level. */
  worst: Example | undefined;
  /** One for each word that holds a wildcard, in order; the word at `places` of the same index. */
  readonly parameters: readonly ParameterCounts[];
  readonly places: readonly number[];
  readonly bins: TimeBins;
  readonly groups: Map<string, number>;
  /** The template that took this one over. */
  successor?: Template;
}

interface Example {
  readonly order: number;
  readonly event: LogEvent;
}

export function createTemplate(words: readonly string[], gaps: readonly string[]): Template {
  const places = words.flatMap((word, at) => (word.includes(WILDCARD) ? [at] : []));
  return {
    words,
    gaps,
    count: 0,
    level: undefined,
    levelInferred: false,
    first: undefined,
    last: undefined,
    examples: [],
    worst: undefined,
    parameters: places.map(createParameterCounts),
    places,
    bins: createTimeBins(),
    groups: new Map(),
  };
}

/** Counts an event whose text was parsed, as one more of a template. */
export function countEvent(template: Template, event: LogEvent, parse: Parse, order: number): void {
  template.count++;
  const example = { order, event };
  if (event.level !== template.level || event.levelInferred !== template.levelInferred) {
    if (rankOf(event.level) > rankOf(template.level)) template.worst = example;
    noteLevel(template, event.level, event.levelInferred);
  }
  noteExample(template, example);
  const { timestamp } = event;
  if (timestamp !== undefined) {
    noteSpan(template, timestamp, timestamp);
    template.bins.add(timestamp, TOTAL);
  }
  template.groups.set(event.group, (template.groups.get(event.group) ?? 0) + 1);
  for (let index = 0; index < template.places.length; index++) {
    const at = template.places[index] ?? 0;
    const parameter = template.parameters[index];
    if (parameter?.isOpen()) parameter.add(valueAt(parse, at, template.words[at] === WILDCARD));
  }
}

/** Mildest 0; -1 for none. */
function rankOf(level: Level | undefined): number {
  return level === undefined ? -1 : RANKS[level];
}

function noteLevel(template: Template, level: Level | undefined, inferred: boolean): void {
  const rank = rankOf(level);
  const known = rankOf(template.level);
  if (rank > known || (rank === known && template.levelInferred && !inferred)) {
    template.level = level;
    template.levelInferred = inferred;
  }
}

function noteSpan(template: Template, first: number, last: number): void {
  if (template.first === undefined || first < template.first) template.first = first;
  if (template.last === undefined || last > template.last) template.last = last;
}

/** Keeps the first, the last, and of those between the two latest whose number was a power of two. */
function noteExample({ examples, count }: Template, example: Example): void {
  if (examples.length < 4) {
    examples.push(example);
    return;
  }
  const before = count - 1;
  if ((before & (before - 1)) === 0) {
    examples.splice(1, 1);
    examples.push(example);
  } else examples[3] = example;
}

/** One template for several of which the first stands for the others; the given ones stay as they are. */
export function joinOthers(template: Template, others: readonly Described<Template>[]): Template {
  const joined = createTemplate(template.words, template.gaps);
  addCounts(joined, template);
  template.parameters.forEach((parameter, index) => {
    joined.parameters[index]?.merge(parameter);
  });
  for (const { template: other, values } of others) {
    addCounts(joined, other);
    addValues(joined, other, values);
  }
  joined.examples = chooseExamples([template, ...others.map((other) => other.template)]);
  return joined;
}

/** Where a wildcard stands for just one of the other's, it takes over the values of that, else the text as it is. */
function addValues(joined: Template, other: Template, values: readonly string[]): void {
  let own = 0;
  values.forEach((value, index) => {
    const wildcards = value.split(WILDCARD).length - 1;
    const parameter = wildcards === 1 ? other.parameters[own] : undefined;
    if (parameter) joined.parameters[index]?.merge(parameter, value === WILDCARD ? undefined : value);
    else joined.parameters[index]?.add(value, other.count);
    own += wildcards;
  });
}

/** One template for several, with wildcards where they differ; the given ones stay as they are. */
export function mergeTemplates(templates: readonly Template[]): Template {
  const [only] = templates;
  if (only && templates.length === 1) return only;
  const merged = createTemplate(generalize(templates), templates[0]?.gaps ?? []);
  for (const template of templates) {
    addCounts(merged, template);
    mergeParameters(merged, template);
  }
  merged.examples = chooseExamples(templates);
  return merged;
}

function addCounts(sum: Template, template: Template): void {
  sum.count += template.count;
  const raises = rankOf(template.level) - rankOf(sum.level);
  if (raises > 0 || (raises === 0 && isBefore(template.worst, sum.worst))) sum.worst = template.worst;
  noteLevel(sum, template.level, template.levelInferred);
  if (template.first !== undefined && template.last !== undefined)
    noteSpan(sum, template.first, template.last);
  sum.bins.merge(template.bins);
  for (const [group, events] of template.groups) sum.groups.set(group, (sum.groups.get(group) ?? 0) + events);
}

function isBefore(one: Example | undefined, other: Example | undefined): boolean {
  return one !== undefined && other !== undefined && one.order < other.order;
}

function mergeParameters(merged: Template, template: Template): void {
  let target = 0;
  let own = 0;
  merged.words.forEach((word, at) => {
    const part = template.words[at] ?? "";
    const parameter = part.includes(WILDCARD) ? template.parameters[own++] : undefined;
    if (!word.includes(WILDCARD)) return;
    const counts = merged.parameters[target++];
    if (!parameter) counts?.add(part, template.count);
    else counts?.merge(parameter, word === part ? undefined : part);
  });
}

function chooseExamples(templates: readonly Template[]): Example[] {
  const sorted = templates.flatMap(({ examples }) => examples).sort((a, b) => a.order - b.order);
  if (sorted.length <= 4) return sorted;
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return [at(0), at(1 / 3), at(2 / 3), at(1)].filter((example) => example !== undefined);
}

/** The examples of a template, with one of its most severe level among them: where levels differ, that is the one to see. */
export function examplesOf({ examples, worst, level }: Template): readonly LogEvent[] {
  const events = examples.map(({ event }) => event);
  if (!worst || events.some((event) => event.level === level)) return events;
  const [first, second, third, last] = examples;
  if (!first || !second || !third || !last) return events;
  return [first, worst, worst.order < third.order ? third : second, last]
    .sort((a, b) => a.order - b.order)
    .map(({ event }) => event);
}

/** How much a template deserves its place: an error as much as a thousand other events. */
export function worthOf({ count, level }: Template): number {
  return level === "error" || level === "fatal" ? count * 1000 : count;
}

/** The text of a template, with `<*>` where it varies. */
export function templateText(template: Template): string {
  const parts = template.words.map((word, index) => (template.gaps[index] ?? "") + word);
  return parts.join("") + (template.gaps[template.words.length] ?? "");
}
