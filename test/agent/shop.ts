import type { LogEvent } from "../../src/log/event.ts";
import { createZone } from "../../src/log/zone.ts";
import { createDirectory, type SourceDirectory } from "../../src/sources/directory.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";

export const ZONE = createZone("UTC");
export const NOW = Date.UTC(2026, 2, 12, 4);
export const WINDOW = { start: Date.UTC(2026, 2, 12, 2), end: Date.UTC(2026, 2, 12, 3) };

export function makeEvent(
  group: string,
  index: number,
  message: string,
  rest: Partial<LogEvent> = {},
): LogEvent {
  const level = /\b(ERROR|WARN|INFO)\b/.exec(message)?.[1]?.toLowerCase();
  return {
    id: `${index}`,
    group,
    stream: group,
    timestamp: Date.UTC(2026, 2, 12, 2, 47, index, 123),
    message,
    bodyStart: 0,
    level: level === "error" || level === "warn" || level === "info" ? level : undefined,
    levelInferred: false,
    ...rest,
  };
}

export interface ShopOptions {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** The stream of an event; without it, its group. */
  readonly streamOf?: (event: LogEvent) => string;
  /** Runs at each fetch; what it returns is waited for. */
  readonly onFetch?: (request: FetchRequest) => unknown;
}

export interface Shop {
  readonly directory: SourceDirectory;
  readonly fetched: FetchRequest[];
}

/** A log source in memory: groups of lines, one a second from 02:47:00.123 on. */
export function openShop({ groups, onFetch, streamOf }: ShopOptions): Shop {
  const fetched: FetchRequest[] = [];
  const eventsOf = (group: string) =>
    (groups[group] ?? []).map((message, index) => {
      const event = makeEvent(group, index, message);
      return streamOf ? { ...event, stream: streamOf(event) } : event;
    });
  const source: LogSource = {
    name: "memory",
    capabilities: {
      filterPatterns: false,
      streams: false,
      newestFirst: false,
      serverQueries: false,
      metrics: false,
      liveTail: false,
      maxRangeHours: Number.POSITIVE_INFINITY,
      ingestionDelay: 0,
    },
    async *listGroups() {
      for (const name of Object.keys(groups).toSorted()) {
        yield {
          name,
          storedBytes: 1000,
          retentionDays: undefined,
          oldestEvent: WINDOW.start,
          newestEvent: WINDOW.end,
          streams: undefined,
        };
      }
    },
    async *fetch(request) {
      fetched.push(request);
      await onFetch?.(request);
      const { filter, window } = request;
      const inWindow = eventsOf(request.group).filter(
        ({ timestamp }) =>
          !window || (timestamp !== undefined && timestamp >= window.start && timestamp < window.end),
      );
      const events = filter ? inWindow.filter((event) => filter.test(event.message)) : inWindow;
      yield { events, seen: inWindow.length, scannedBytes: 100 };
    },
    async fetchSurrounding({ event, before, after }) {
      const all = eventsOf(event.group);
      const at = all.findIndex(({ id }) => id === event.id);
      return all.slice(Math.max(0, at - before), at + after + 1);
    },
    async checkHealth() {
      return [];
    },
  };
  return { directory: createDirectory([source]), fetched };
}
