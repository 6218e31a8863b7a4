import type { Condition } from "./filter-condition.ts";
import type { JsonTest, Selector, SelectorStep } from "./filter-json.ts";
import { literalsIn, matchComparison, matchCondition, type Scalar } from "./filter-match-value.ts";

/** Matches an event that is a JSON object. Events that cannot match are, as a rule, told before they are parsed. */
export function matchJson(condition: Condition<JsonTest>): (message: string) => boolean {
  const mayMatch = matchCondition(condition, findLiterals);
  const matches = matchCondition(condition, matchTest);
  return (message) => {
    if (!/^\s*\{/.test(message)) return false;
    if (!message.includes("\\") && !mayMatch(message)) return false;
    const event = parseObject(message);
    return event !== undefined && matches(event);
  };
}

/** Sound for a text without a backslash: whatever the value is, it is written there as it is. */
function findLiterals(test: JsonTest): (message: string) => boolean {
  if (test.kind === "not-exists") return () => true;
  const names = test.selector.flatMap((step) => (step.kind === "property" ? [step.name] : []));
  // A number is not always written the way its text is compared: 1e2 is read as 100.
  const values =
    test.kind === "compare" ? literalsIn(test.comparison).filter((text) => !/^[\d.eE+-]+$/.test(text)) : [];
  const literals = [...names, ...values];
  return (message) => literals.every((literal) => message.includes(literal));
}

function parseObject(message: string): object | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function matchTest(test: JsonTest): (event: object) => boolean {
  const { selector } = test;
  switch (test.kind) {
    case "compare": {
      const matches = matchComparison(test.comparison);
      return (event) =>
        select(event, selector).some((value) => {
          const scalar = scalarOf(value);
          return scalar !== undefined && matches(scalar);
        });
    }
    case "is":
      return (event) => select(event, selector).some((value) => value === test.value);
    case "not-exists":
      return (event) => select(event, selector).length === 0;
  }
}

function scalarOf(value: unknown): Scalar | undefined {
  if (typeof value === "string") return { text: value, number: undefined };
  // JSON can write numbers beyond a double's range; nothing can be compared with them.
  if (typeof value === "number" && Number.isFinite(value)) return { text: String(value), number: value };
  return typeof value === "boolean" ? { text: String(value), number: undefined } : undefined;
}

/** The values that a selector names: none, one, or, with a wildcard, several. */
function select(event: unknown, selector: Selector): unknown[] {
  let values = [event];
  for (const step of selector) values = values.flatMap((value) => [...take(value, step)]);
  return values;
}

function take(value: unknown, step: SelectorStep): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) {
    if (step.kind === "each-element") return value;
    return step.kind === "index" && step.index < value.length ? [value[step.index]] : [];
  }
  if (step.kind === "each-property") return Object.values(value);
  if (step.kind !== "property") return [];
  const property = Object.getOwnPropertyDescriptor(value, step.name);
  return property ? [property.value] : [];
}
