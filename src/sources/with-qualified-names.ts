import type { LogEvent } from "../log/event.ts";
import type { Notice } from "../log/ledger.ts";
import type { QueryCell } from "../log/query.ts";
import type { ConsoleLinks, LogSource } from "./source.ts";

/** `shop` and `api.log` as one name, for where several sources are active and may have groups of one name. */
export function qualify(source: string, group: string): string {
  return `${source}:${group}`;
}

/** The same source with its groups named `source:group`, in everything that goes in and comes out. */
export function withQualifiedNames(source: LogSource): LogSource {
  const prefix = qualify(source.name, "");
  const inner = (group: string) => (group.startsWith(prefix) ? group.slice(prefix.length) : group);
  const nameEvent = (event: LogEvent): LogEvent => ({ ...event, group: prefix + event.group });
  const nameNotice = (notice: Notice): Notice =>
    notice.group === undefined ? notice : { ...notice, group: prefix + notice.group };
  const { dataRange, describeGroups, estimateScan, follow, links, query } = source;
  const { foldPatterns, comparePatterns, listAnomalies } = source;
  const nameNotices = <Told extends { readonly notices: readonly Notice[] }>(told: Told): Told => ({
    ...told,
    notices: told.notices.map(nameNotice),
  });
  return {
    ...source,
    async *listGroups(options) {
      const own = options.prefix === undefined ? options : { ...options, prefix: inner(options.prefix) };
      for await (const group of source.listGroups(own)) yield { ...group, name: prefix + group.name };
    },
    async *fetch(request) {
      for await (const page of source.fetch({ ...request, group: inner(request.group) })) {
        const notices = page.notices ? { notices: page.notices.map(nameNotice) } : {};
        yield { ...page, events: page.events.map(nameEvent), ...notices };
      }
    },
    async fetchSurrounding(request) {
      const event = { ...request.event, group: inner(request.event.group) };
      return (await source.fetchSurrounding({ ...request, event })).map(nameEvent);
    },
    ...(follow
      ? {
          async *follow(request) {
            for await (const page of follow.call(source, { ...request, groups: request.groups.map(inner) })) {
              const notices = page.notices ? { notices: page.notices.map(nameNotice) } : {};
              yield { ...page, events: page.events.map(nameEvent), ...notices };
            }
          },
        }
      : {}),
    ...(describeGroups
      ? {
          describeGroups: async (names, signal) =>
            (await describeGroups.call(source, names.map(inner), signal)).map((group) => ({
              ...group,
              name: prefix + group.name,
            })),
        }
      : {}),
    ...(query
      ? {
          query: async (request) => {
            const result = await query.call(source, { ...request, groups: request.groups.map(inner) });
            const column = result.columns.indexOf("group");
            const nameCell = (cell: QueryCell, index: number) =>
              index === column && typeof cell === "string" ? prefix + cell : cell;
            const rows = column < 0 ? result.rows : result.rows.map((row) => row.map(nameCell));
            return { ...result, rows, notices: result.notices.map(nameNotice) };
          },
        }
      : {}),
    ...(foldPatterns
      ? {
          foldPatterns: async (request) =>
            nameNotices(await foldPatterns.call(source, { ...request, groups: request.groups.map(inner) })),
        }
      : {}),
    ...(comparePatterns
      ? {
          comparePatterns: async (request) => {
            const own = { ...request, groups: request.groups.map(inner) };
            const { current, baseline } = await comparePatterns.call(source, own);
            return { current: nameNotices(current), baseline: nameNotices(baseline) };
          },
        }
      : {}),
    ...(listAnomalies
      ? {
          listAnomalies: async (group, window, signal) =>
            nameNotices(await listAnomalies.call(source, inner(group), window, signal)),
        }
      : {}),
    ...(dataRange
      ? { dataRange: (groups, signal) => dataRange.call(source, groups.map(inner), signal) }
      : {}),
    ...(estimateScan
      ? {
          estimateScan: (groups, window, signal) =>
            estimateScan.call(source, groups.map(inner), window, signal),
        }
      : {}),
    ...(links ? { links: async () => linkInnerNames(await links.call(source), inner) } : {}),
  };
}

/** The vendor knows its groups by their own names only. */
function linkInnerNames(links: ConsoleLinks, inner: (group: string) => string): ConsoleLinks {
  return {
    event: (event) => links.event({ ...event, group: inner(event.group) }),
    group: (request) => links.group({ ...request, group: inner(request.group) }),
    query: (request) => links.query({ ...request, groups: request.groups.map(inner) }),
  };
}
