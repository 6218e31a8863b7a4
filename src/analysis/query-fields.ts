import type { Level, LogEvent } from "../log/event.ts";
import { type Fields, type JsonValue, parseFields } from "../log/fields.ts";
import { readNumber, writtenLevel } from "../log/query.ts";
import type { QueryField } from "../log/query-field.ts";
import { type FieldTest, isInOrder, type PlannedValue } from "../log/query-plan.ts";

/** What a field holds: JSON's true and false are 1 and 0. */
export type FieldValue = string | number | undefined;

/** An event as a query looks at it; its message is read at most once. */
export interface EventView {
  readonly event: LogEvent;
  read(field: QueryField): FieldValue;
}

/**
 * Members are those of a message that is JSON; of what a source without an engine holds, also of JSON behind a header and of
 * logfmt (see parseFields).
 */
export function viewEvent(event: LogEvent): EventView {
  let fields: Fields | undefined;
  let isParsed = false;
  let level: Level | undefined;
  let isLevelRead = false;
  return {
    event,
    read(field) {
      switch (field.kind) {
        case "message":
        case "stream":
        case "group":
        case "timestamp":
          return event[field.kind];
        case "level":
          if (!isLevelRead) level = writtenLevel(event.message);
          isLevelRead = true;
          return level;
        case "member":
          if (!isParsed) fields = parseFields(event.message);
          isParsed = true;
          return fields && leafAt(fields, field.path);
      }
    },
  };
}

/** The leaf at the end of a path; several parts of it may be one key that has dots. */
function leafAt(value: JsonValue, path: readonly string[]): FieldValue {
  if (path.length === 0) return leafOf(value);
  if (typeof value !== "object" || value === null) return undefined;
  for (let parts = path.length; parts > 0; parts--) {
    const member = memberOf(value, parts === 1 ? (path[0] ?? "") : path.slice(0, parts).join("."));
    const found = member === undefined ? undefined : leafAt(member, path.slice(parts));
    if (found !== undefined) return found;
  }
  return undefined;
}

function memberOf(value: Fields | readonly JsonValue[], name: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^\d{1,6}$/.test(name) ? value[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? (value as Fields)[name] : undefined;
}

function leafOf(value: JsonValue): FieldValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

export function numberOf(value: FieldValue): number | undefined {
  return typeof value === "string" ? readNumber(value) : value;
}

/** True where the event passes one filter of a query. */
export function passes(test: FieldTest, view: EventView): boolean {
  if (test.kind === "level") {
    const level = view.read({ kind: "level" });
    return level !== undefined && test.levels.some((one) => one === level) !== test.isNegated;
  }
  const value = view.read(test.field);
  if (test.kind === "present") return (value !== undefined) !== test.isNegated;
  if (value === undefined) return false;
  switch (test.kind) {
    case "equals":
      return test.values.some((wanted) => isEqual(value, wanted)) !== test.isNegated;
    case "contains":
      return test.texts.some((text) => String(value).includes(text)) !== test.isNegated;
    case "order": {
      const number = numberOf(value);
      return number !== undefined && isInOrder(number, test.operator, test.value);
    }
  }
}

function isEqual(value: string | number, wanted: PlannedValue): boolean {
  if (wanted.kind === "number") return numberOf(value) === wanted.value;
  return (
    String(value) === wanted.text || (wanted.boolean !== undefined && numberOf(value) === wanted.boolean)
  );
}
