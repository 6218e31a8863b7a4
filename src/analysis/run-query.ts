import type { LogEvent } from "../log/event.ts";
import type { Notice } from "../log/ledger.ts";
import type { LogQuery, QueryCell, QueryResult } from "../log/query.ts";
import { planQuery, type QueryPlan } from "../log/query-plan.ts";
import { type Accumulator, createAccumulator, type DistinctBudget, quantileOf } from "./query-aggregate.ts";
import { type EventView, passes, viewEvent } from "./query-fields.ts";
import { createTopRows } from "./query-order.ts";

/** A query over events that are added one by one, in any order; see LogQuery for what it means. */
export interface RunningQuery {
  add(event: LogEvent): void;
  /** Of the events so far. */
  result(): ComputedResult;
}

export type ComputedResult = Pick<QueryResult, "columns" | "rows" | "isComplete" | "notices"> & {
  readonly matched: number;
};

/** What a query may keep in memory. What would be more is left out, and the result says so. */
export interface QueryBounds {
  /** Groups; a tenth of them where percentiles are asked for. */
  readonly groups: number;
  /** Distinct values that are counted one by one, all groups together. */
  readonly distinctValues: number;
  /** Characters of the rows, or of what is grouped by. */
  readonly characters: number;
}

const BOUNDS: QueryBounds = { groups: 50_000, distinctValues: 1_000_000, characters: 64_000_000 };

/** @throws Failure "invalid-query" */
export function createQuery(query: LogQuery, bounds: Partial<QueryBounds> = {}): RunningQuery {
  const plan = planQuery(query);
  const own = { ...BOUNDS, ...bounds };
  const rows = plan.isOfEvents ? collectEvents(plan, own) : collectGroups(plan, own);
  let matched = 0;
  return {
    add(event) {
      const view = viewEvent(event);
      if (!plan.tests.every((test) => passes(test, view))) return;
      matched += 1;
      rows.add(view);
    },
    result: () => ({ columns: plan.columns, matched, ...rows.result() }),
  };
}

interface Rows {
  add(view: EventView): void;
  result(): Pick<ComputedResult, "rows" | "isComplete" | "notices">;
}

function collectEvents({ query, order }: QueryPlan, { characters }: QueryBounds): Rows {
  const top = createTopRows(query.limit, order, characters);
  return {
    add: ({ event }) => top.add([event.timestamp ?? null, event.group, event.stream, event.message]),
    result() {
      const rows = top.rows();
      return {
        rows,
        isComplete: !top.isCut(),
        notices: top.isCut() ? [limitNotice(rows.length, "events")] : [],
      };
    },
  };
}

interface Group {
  readonly cells: readonly QueryCell[];
  readonly accumulators: readonly Accumulator[];
}

function collectGroups(plan: QueryPlan, bounds: QueryBounds): Rows {
  const { query, groupBy, aggregates, order } = plan;
  const budget: DistinctBudget = { left: bounds.distinctValues, isSpent: false };
  const hasQuantiles = aggregates.some((one) => quantileOf(one.function) !== undefined);
  const mostGroups = hasQuantiles ? Math.ceil(bounds.groups / 10) : bounds.groups;
  const groups = new Map<string, Group>();
  let room = bounds.characters;
  let leftOut = 0;

  function open(key: string, cells: readonly QueryCell[]): Group | undefined {
    if (groups.size >= mostGroups || key.length > room) return undefined;
    room -= key.length;
    const group = { cells, accumulators: aggregates.map((one) => createAccumulator(one.function, budget)) };
    groups.set(key, group);
    return group;
  }
  if (groupBy.length === 0 && query.binMs === undefined) open("[]", []);

  return {
    add(view) {
      const cells = cellsOf(plan, view);
      const key = JSON.stringify(cells);
      const group = groups.get(key) ?? open(key, cells);
      if (!group) {
        leftOut += 1;
        return;
      }
      aggregates.forEach(({ field }, at) => {
        group.accumulators[at]?.add(field ? view.read(field) : 1);
      });
    },
    result() {
      const top = createTopRows(query.limit, order, bounds.characters);
      for (const { cells, accumulators } of groups.values())
        top.add([...cells, ...accumulators.map((one) => one.result())]);
      const rows = top.rows();
      const notices: Notice[] = [];
      if (top.isCut()) notices.push(limitNotice(rows.length, `groups of ${groups.size}`));
      if (leftOut > 0) notices.push(groupsNotice(groups.size, leftOut));
      if (budget.isSpent) notices.push(distinctNotice(bounds.distinctValues));
      if (hasQuantiles) notices.push(QUANTILE_NOTICE);
      return { rows, isComplete: !top.isCut() && leftOut === 0 && !budget.isSpent, notices };
    },
  };
}

/** What an event is grouped by: its bin, then the fields' texts. */
function cellsOf({ query: { binMs }, groupBy }: QueryPlan, view: EventView): QueryCell[] {
  const cells: QueryCell[] = [];
  if (binMs !== undefined) {
    const { timestamp } = view.event;
    cells.push(timestamp === undefined ? null : Math.floor(timestamp / binMs) * binMs);
  }
  for (const field of groupBy) {
    const value = view.read(field);
    cells.push(value === undefined ? null : String(value));
  }
  return cells;
}

function limitNotice(rows: number, what: string): Notice {
  return { kind: "truncated", text: `The result is cut to the first ${rows} ${what}.` };
}

function groupsNotice(groups: number, events: number): Notice {
  const text = `There are more than ${groups} groups: ${events} events of further groups are not in the rows.`;
  return { kind: "truncated", text };
}

function distinctNotice(values: number): Notice {
  const text = `Beyond ${values} distinct values no more were told apart: counts of distinct values are too low.`;
  return { kind: "truncated", text };
}

const QUANTILE_NOTICE: Notice = { kind: "estimate", text: "Percentiles are within 2 % of the true ones." };
