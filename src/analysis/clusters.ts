import { WILDCARD } from "./tokens.ts";
import { isIdentityNoun, isKindWord, isStateWord, isValuePlace, looksLikeValue } from "./words.ts";

/** Texts that have the same punctuation and number of words, each word in its column. */
export interface Row {
  readonly words: readonly string[];
}

/** A word of a place that is no value by its looks varies from so many distinct ones on. */
const VARIABLE_FROM = 4;
/** Behind a noun such as "user" that a name follows, unless the words say what happened to it. */
const NAME_FROM = 3;
/** The first word says what an event is about; it only varies where very many texts differ in it alone. */
const FIRST_VARIABLE_FROM = 12;

interface Column {
  readonly index: number;
  readonly values: ReadonlyMap<string, number>;
  readonly isValue: boolean;
  /** Each of the words names a kind, so texts that differ in it are never one template. */
  readonly isKind: boolean;
  /** The number of distinct words from which it varies within a template. */
  readonly variableFrom: number;
}

/**
 * Splits rows of one shape into templates. A column with few distinct plain words tells templates apart; one with
 * many, or with words that look like values, varies within a template.
 * @param gaps what stands before each word; a place behind "=" or a quote holds a value
 */
export function clusterRows<T extends Row>(rows: readonly T[], gaps: readonly string[]): T[][] {
  if (rows.length < 2) return rows.length === 0 ? [] : [[...rows]];
  const columns = columnsOf(rows, gaps);
  if (columns.length === 0) return [[...rows]];
  const split = columnToSplit(columns, rows, gaps);
  if (split === undefined) return [[...rows]];
  const parts = new Map<string, T[]>();
  for (const row of rows) {
    const word = row.words[split.index] ?? "";
    const part = parts.get(word);
    if (part) part.push(row);
    else parts.set(word, [row]);
  }
  return [...parts.values()].flatMap((part) => clusterRows(part, gaps));
}

/** The columns in which rows differ. */
function columnsOf(rows: readonly Row[], gaps: readonly string[]): Column[] {
  const first = rows[0]?.words ?? [];
  const columns: Column[] = [];
  for (let index = 0; index < first.length; index++) {
    const word = first[index];
    if (rows.every((row) => row.words[index] === word)) continue;
    const values = new Map<string, number>();
    for (const row of rows) values.set(row.words[index] ?? "", (values.get(row.words[index] ?? "") ?? 0) + 1);
    const isKind = everyWord(values, isKindWord);
    columns.push({
      index,
      values,
      isValue: !isKind && holdsValues(gaps[index] ?? "", values),
      isKind,
      variableFrom: variableFrom(values, first[index - 1]),
    });
  }
  return columns;
}

function everyWord(values: ReadonlyMap<string, number>, test: (word: string) => boolean): boolean {
  return values.keys().every(test);
}

function variableFrom(values: ReadonlyMap<string, number>, before: string | undefined): number {
  if (everyWord(values, isStateWord)) return FIRST_VARIABLE_FROM;
  return before !== undefined && isIdentityNoun(before) ? NAME_FROM : VARIABLE_FROM;
}

function columnToSplit(
  columns: readonly Column[],
  rows: readonly Row[],
  gaps: readonly string[],
): Column | undefined {
  const words = rows[0]?.words ?? [];
  const key = keyIndex(rows, gaps);
  const alone = columns.length === 1;
  const telling = columns.filter(({ index, values, isValue, isKind, variableFrom }) => {
    if (isKind) return true;
    if (isValue) return false;
    if (index === key) return !(alone && values.size >= FIRST_VARIABLE_FROM && words.length > 2);
    return values.size < variableFrom;
  });
  const keyColumn = telling.find(({ index }) => index === key);
  if (keyColumn) return keyColumn;
  if (telling.length > 0) return fewest(telling);
  const constant = words.length - columns.length;
  if (constant >= leastConstant(words.length)) return undefined;
  const plain = columns.filter(({ isValue }) => !isValue);
  return plain.length > 0 ? fewest(plain) : undefined;
}

/** How many of a template's words must be the same in all its events. */
function leastConstant(words: number): number {
  return words <= 1 ? words : Math.ceil(words * 0.5);
}

/** The first column that holds plain words. */
function keyIndex(rows: readonly Row[], gaps: readonly string[]): number {
  const words = rows[0]?.words ?? [];
  for (let index = 0; index < words.length; index++) {
    if (isValuePlace(gaps[index] ?? "")) continue;
    if (rows.every((row) => !looksLikeValue(row.words[index] ?? ""))) return index;
  }
  return -1;
}

function fewest(columns: readonly Column[]): Column | undefined {
  return columns.reduce<Column | undefined>(
    (best, column) => (best === undefined || column.values.size < best.values.size ? column : best),
    undefined,
  );
}

function holdsValues(gap: string, values: ReadonlyMap<string, number>): boolean {
  if (isValuePlace(gap) || values.has(WILDCARD)) return true;
  return everyWord(values, looksLikeValue);
}

/** The words that all rows share, and wildcards where they differ. */
export function generalize(rows: readonly Row[]): string[] {
  const words = [...(rows[0]?.words ?? [])];
  for (const row of rows) {
    row.words.forEach((word, index) => {
      if (words[index] !== word) words[index] = WILDCARD;
    });
  }
  return words;
}

/** True where a generalised row stands for a row, word by word. */
export function covers(pattern: readonly string[], words: readonly string[]): boolean {
  if (pattern.length !== words.length) return false;
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] !== WILDCARD && pattern[index] !== words[index]) return false;
  }
  return true;
}
