import type { Readable } from "node:stream";
import { Failure } from "../../failure.ts";
import { spanOf, type TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import { groupNotFound } from "../near-names.ts";
import type { FetchPage, FetchRequest, HealthCheck, LogSource } from "../source.ts";
import { placeOf } from "./assemble-events.ts";
import { type Catalogue, createCatalogue, type LocalGroup } from "./catalogue.ts";
import { closedFolder, describeGroup } from "./describe-group.ts";
import { throwIfAborted } from "./find-files.ts";
import { type MergeInput, mergeStreams } from "./merge-streams.ts";
import { inspect, type LogFile } from "./open-log.ts";
import { readHead, readSpan } from "./profile.ts";
import { eventNotFound, readAround } from "./read-around.ts";
import { binaryFailure, readStream, recogniserFor } from "./read-stream.ts";
import { createTally, noticesOf, type Tally } from "./tally.ts";

export interface LocalOptions {
  readonly paths: readonly string[];
  /** Standard input as a log, when it is one. */
  readonly stdin?: { readonly stream: Readable; readonly name: string };
  /** For times that give no zone. */
  readonly zone: Zone;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where standard input is kept while the program runs; the system's temporary folder unless given. */
  readonly spoolFolder?: string;
  readonly name?: string;
}

/**
 * Files, folders, globs and standard input as log groups: a file, with its rotated siblings, is a group.
 * Paths are looked up at the first call that needs them.
 */
export function createLocalSource(options: LocalOptions): LogSource {
  const { zone, now } = options;
  const readCatalogue = createCatalogue(options);

  async function findGroup(name: string, signal: AbortSignal): Promise<LocalGroup> {
    const { groups, unreachable } = await readCatalogue(signal);
    const found = groups.find((group) => group.name === name);
    if (found) return found;
    const closed = unreachable.find((one) => one.name === name);
    if (closed) throw new Failure("access-denied", `Cannot read ${closed.path}: ${closed.reason}.`);
    throw await groupNotFound(
      name,
      groups.map((group) => group.name),
    );
  }

  async function* openStreams(request: FetchRequest, tally: Tally): AsyncGenerator<MergeInput> {
    const { group: name, window, filter, signal, streamPrefix = "" } = request;
    const group = await findGroup(name, signal);
    const files = group.files.filter(({ stream }) => stream.startsWith(streamPrefix));
    for (const file of files) {
      try {
        const head = await inspect(file, async (log) => {
          if (log.binary) throw binaryFailure(file);
          return await readHead(log, recogniserFor(log, zone, now()), signal);
        });
        const { firstTime, oldest, isZoneOpen, isYearOpen } = head;
        tally.isZoneOpen ||= isZoneOpen;
        tally.isYearOpen ||= isYearOpen;
        const stream = { group: name, file, firstTime, window, filter, zone, now: now(), tally, signal };
        yield { oldest, open: () => readStream(stream) };
      } catch (error) {
        if (files.length === 1 || !(error instanceof Failure) || error.code === "interrupted") throw error;
        tally.unreadable.push(error.message.replace(/\.$/, ""));
      }
    }
  }

  async function* fetch(request: FetchRequest): AsyncGenerator<FetchPage> {
    throwIfAborted(request.signal);
    const tally = createTally();
    const inputs: MergeInput[] = [];
    for await (const input of openStreams(request, tally)) inputs.push(input);
    const [only] = inputs;
    const steps = only && inputs.length === 1 ? only.open() : mergeStreams(inputs);
    for await (const step of steps) {
      throwIfAborted(request.signal);
      yield step satisfies FetchPage;
    }
    yield { events: [], seen: 0, scannedBytes: 0, notices: noticesOf(tally, request.group, zone) };
  }

  return {
    name: options.name ?? "local",
    capabilities: {
      filterPatterns: true,
      streams: true,
      newestFirst: false,
      serverQueries: false,
      metrics: false,
      liveTail: true,
      maxRangeHours: Number.POSITIVE_INFINITY,
      ingestionDelay: 0,
    },

    async *listGroups({ prefix = "", signal }) {
      const { groups, unreachable } = await readCatalogue(signal);
      const listed = [...groups, ...unreachable].sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const one of listed) {
        if (!one.name.startsWith(prefix)) continue;
        const group =
          "reason" in one
            ? closedFolder(one.name, one.reason)
            : await describeGroup(one, zone, now(), signal);
        if (group) yield group;
      }
    },

    fetch,

    async *follow(request) {
      const { followFiles } = await import("./follow-files.ts");
      const filesOf = async (group: string, signal: AbortSignal) => (await findGroup(group, signal)).files;
      yield* followFiles(request, { filesOf, fetch, zone, now });
    },

    async fetchSurrounding({ event, before, after, signal }) {
      const { files } = await findGroup(event.group, signal);
      const stream = placeOf(event.id)?.stream;
      // A log that was rotated since then has the event at the same place of another file.
      const candidates = [...files].sort((a, b) => Number(b.stream === stream) - Number(a.stream === stream));
      for (const file of candidates) {
        const found = await readAround(file, { event, before, after, zone, now: now(), signal });
        if (found) return found;
      }
      throw eventNotFound(event);
    },

    async dataRange(names, signal) {
      let span: TimeRange | undefined;
      for (const name of names) {
        const { files } = await findGroup(name, signal);
        for (const file of files) span = spanOf(span, await spanOfFile(file, zone, now(), signal));
      }
      return span;
    },

    async checkHealth(signal) {
      let catalogue: Catalogue;
      try {
        catalogue = await readCatalogue(signal);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === "interrupted") throw error;
        const hint = error.hint === undefined ? {} : { hint: error.hint };
        return [{ name: "paths", ok: false, detail: error.message, ...hint }];
      }
      return [countCheck(catalogue), ...catalogue.unreachable.map(closedCheck)];
    },
  };
}

/** The span of a file's times; undefined for one without, and for one that cannot be read: fetching it says why. */
async function spanOfFile(
  file: LogFile,
  zone: Zone,
  now: number,
  signal: AbortSignal,
): Promise<TimeRange | undefined> {
  try {
    return await inspect(file, async (log) =>
      log.binary ? undefined : await readSpan(log, recogniserFor(log, zone, now), signal),
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "interrupted") throw error;
    return undefined;
  }
}

function countCheck({ groups }: Catalogue): HealthCheck {
  const count = groups.reduce((sum, { files }) => sum + files.length, 0);
  const detail = `${count} file${count === 1 ? "" : "s"} found`;
  if (count > 0) return { name: "paths", ok: true, detail };
  return { name: "paths", ok: false, detail, hint: "Name a file or a folder that holds logs." };
}

function closedCheck({ path, reason }: { readonly path: string; readonly reason: string }): HealthCheck {
  return { name: path, ok: false, detail: `cannot be read: ${reason}`, hint: "Ask for read permission." };
}
