import type { QueryCell } from "../../log/query.ts";
import type { PlannedAggregate } from "../../log/query-plan.ts";
import { OWN } from "./insights-text.ts";

/** A column of statistics, and how values of it from several rows become one. */
export interface Part {
  readonly alias: string;
  readonly text: string;
  readonly combine: (one: number, other: number) => number;
}

/** An aggregate as the engine is asked for it: by one part, or by several that can be added up. */
export interface CompiledAggregate {
  readonly parts: readonly Part[];
  /** What the parts make; null for a part that no row has. */
  finish(values: readonly (number | null)[]): QueryCell;
}

const add = (one: number, other: number) => one + other;

/** True where the aggregate of all is computed from the aggregates of parts. */
export function isAdditive({ function: name }: PlannedAggregate): boolean {
  return ["count", "sum", "average", "minimum", "maximum"].includes(name);
}

/** What becomes of the rows: they are added up here, or sorted there. */
export interface RowUse {
  readonly isMerged: boolean;
  readonly isSorted: boolean;
}

/** @param field the field's name in the language; undefined for a count of events */
export function compileAggregate(
  { function: name, field: planned }: PlannedAggregate,
  field: string | undefined,
  index: number,
  { isMerged, isSorted }: RowUse,
): CompiledAggregate {
  const alias = `${OWN}${index + 1}`;
  // Of texts and numbers, min and max would take either; arithmetic has a result of numbers only.
  const numeric = planned?.kind === "timestamp" ? `${field}` : `${field} + 0`;
  switch (name) {
    case "count":
      return counted({ alias, text: field === undefined ? "count(*)" : `count(${field})`, combine: add });
    case "sum":
      // A sum of nothing may be missing, and would be sorted as such.
      return counted({
        alias,
        text: isSorted ? `sum(coalesce(${field} + 0, 0))` : `sum(${field})`,
        combine: add,
      });
    case "count-distinct":
      return counted({ alias, text: `count_distinct(${field})`, combine: add });
    case "minimum":
      return single({ alias, text: `min(${numeric})`, combine: Math.min });
    case "maximum":
      return single({ alias, text: `max(${numeric})`, combine: Math.max });
    case "average":
      return isMerged ? mean(field ?? "", alias) : single({ alias, text: `avg(${field})`, combine: add });
    default:
      return single({ alias, text: `pct(${field}, ${name.slice(1)})`, combine: add });
  }
}

function single(part: Part): CompiledAggregate {
  return { parts: [part], finish: ([value]) => value ?? null };
}

/** Of nothing it is 0, whether the engine says so or says nothing. */
function counted(part: Part): CompiledAggregate {
  return { parts: [part], finish: ([value]) => value ?? 0 };
}

/** The sum of the numbers and how many these are, each of which counts 1. */
function mean(field: string, alias: string): CompiledAggregate {
  return {
    parts: [
      { alias, text: `sum(${field})`, combine: add },
      { alias: `${alias}Count`, text: `sum(${field} * 0 + 1)`, combine: add },
    ],
    finish: ([sum, count]) =>
      count === null || count === undefined || count === 0 ? null : (sum ?? 0) / count,
  };
}
