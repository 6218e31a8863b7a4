import { LEVELS, type Level } from "../../log/event.ts";
import { LEVEL_NAMES, parseLevel } from "../../log/level.ts";
import { readNumber, WRITTEN_LEVEL } from "../../log/query.ts";
import type { FieldTest, OrderOperator, PlannedValue } from "../../log/query-plan.ts";
import { type NamedField, OWN, quoteExpression, quoteText } from "./insights-text.ts";

type Name = (field: NamedField) => string;

const SIGNS: Readonly<Record<OrderOperator, string>> = {
  less: "<",
  "at-most": "<=",
  greater: ">",
  "at-least": ">=",
};

/** One filter of a query as a condition of Logs Insights QL. */
export function compileTest(test: FieldTest, name: Name): string {
  if (test.kind === "level") {
    const isOne = levelCondition(test.levels);
    return test.isNegated ? `${levelCondition(LEVELS)} and not ${isOne}` : isOne;
  }
  const { field } = test;
  if (field.kind === "level") {
    const isPresent = levelCondition(LEVELS);
    return test.kind === "present" && test.isNegated ? `not ${isPresent}` : isPresent;
  }
  const written = name(field);
  switch (test.kind) {
    case "present":
      return `${test.isNegated ? "not " : ""}ispresent(${written})`;
    case "order":
      // What is no number would be compared as text.
      return `isNumeric(${written}) and ${written} ${SIGNS[test.operator]} ${test.value}`;
    case "equals":
      return negated(test.isNegated, written, anyOf(equalities(test.values, written)));
    case "contains":
      return negated(
        test.isNegated,
        written,
        anyOf(test.texts.map((text) => `${written} like ${likeText(text)}`)),
      );
  }
}

/** What is missing is not unequal. */
function negated(isNegated: boolean, field: string, condition: string): string {
  return isNegated ? `ispresent(${field}) and not ${condition}` : condition;
}

function anyOf(conditions: readonly string[]): string {
  return `(${conditions.join(" or ")})`;
}

/** Plain texts go into one list, which an index of the field can be used for. */
function equalities(values: readonly PlannedValue[], field: string): string[] {
  const plain: string[] = [];
  const others: string[] = [];
  for (const value of values) {
    if (value.kind === "number") {
      others.push(`${field} = ${value.value}`);
      continue;
    }
    const quoted = quoteText(value.text);
    const whole = `${field} like /^${quoteExpression(value.text)}$/`;
    if (quoted === undefined) others.push(whole);
    // 007 is a text: no number 7 equals it.
    else if (readNumber(value.text) !== undefined) others.push(`(${field} = ${quoted} and ${whole})`);
    else plain.push(quoted);
    if (value.boolean !== undefined) others.push(`${field} = ${value.boolean}`);
  }
  const [first] = plain;
  if (first === undefined) return others;
  return [plain.length === 1 ? `${field} = ${first}` : `${field} in [${plain.join(", ")}]`, ...others];
}

function likeText(text: string): string {
  return quoteText(text) ?? `/${quoteExpression(text)}/`;
}

/** The fields into which the written level is parsed. */
export const LEVEL_FIELDS = { keyed: `${OWN}Keyed`, number: `${OWN}Number`, word: `${OWN}Word` } as const;

/** The command that finds the written level, by the expression that every engine uses. */
export const PARSE_LEVEL = `parse @message /${WRITTEN_LEVEL.source.replaceAll(
  /\(\?<(keyed|number|word)>/g,
  (_, group: keyof typeof LEVEL_FIELDS) => `(?<${LEVEL_FIELDS[group]}>`,
)}/`;

/** Upper-case words that the expression finds without a key. */
const WORDS = (/\(\?<word>([A-Z|]+)\)/.exec(WRITTEN_LEVEL.source)?.[1] ?? "").split("|");

/** True where the parsed fields name one of these levels: as parseLevel reads them. */
function levelCondition(levels: readonly Level[]): string {
  const isWanted = (name: string) => levels.some((level) => level === parseLevel(name));
  const names = LEVEL_NAMES.map(([name]) => name).filter((name) => /^[a-z]+$/.test(name) && isWanted(name));
  const words = WORDS.filter(isWanted).map((word) => `"${word}"`);
  const numbers = ["10", "20", "30", "40", "50", "60"].filter(isWanted);
  return anyOf([
    `${LEVEL_FIELDS.keyed} like /(?i)^(?:${names.join("|")})$/`,
    ...(words.length > 0 ? [`${LEVEL_FIELDS.word} in [${words.join(", ")}]`] : []),
    ...numbers.map((number) => `${LEVEL_FIELDS.number} = ${number}`),
  ]);
}

/** The level as an expression: what the parsed fields name. */
export function levelExpression(): string {
  return `case(${LEVELS.flatMap((level) => [levelCondition([level]), `"${level}"`]).join(", ")})`;
}
