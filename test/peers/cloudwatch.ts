import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AnomalySetup,
  createAnomalies,
  listAnomalies,
  listLogAnomalyDetectors,
} from "./cloudwatch-anomalies.ts";
import { errorOf } from "./cloudwatch-errors.ts";
import { filterLogEvents, getLogEvents } from "./cloudwatch-events.ts";
import { type ActiveFaults, activateFaults, type Effect, type Faults } from "./cloudwatch-faults.ts";
import { describeLogGroups, describeLogStreams, listLogGroups, type Service } from "./cloudwatch-groups.ts";
import { getQueryResults, startQuery, stopQuery } from "./cloudwatch-insights.ts";
import { LIVE_TAIL, type LiveTail, startLiveTail } from "./cloudwatch-live-tail.ts";
import { getLogGroupFields, getLogRecord } from "./cloudwatch-records.ts";
import { createStore, type Store } from "./cloudwatch-store.ts";
import { createTokens, PAGING } from "./cloudwatch-tokens.ts";
import { errorResponse, okResponse, ServiceError, type WireResponse } from "./cloudwatch-wire.ts";
import { createLogGroup, createLogStream, deleteLogGroup, putLogEvents } from "./cloudwatch-writes.ts";
import { createNeighbours } from "./monitoring.ts";
import type { MonitoringSetup } from "./monitoring-store.ts";
import { findNeighbour, type Neighbour } from "./monitoring-wire.ts";

export interface CloudWatchOptions {
  readonly region?: string;
  /** Twelve digits. */
  readonly account?: string;
  /** Milliseconds since the epoch: what throttling and the age of tokens go by. */
  readonly clock?: () => number;
  /** How long a token is good, in milliseconds; 24 h. */
  readonly tokenLifeMs?: number;
  /** Any that is free, where left out. */
  readonly port?: number;
  readonly faults?: Faults;
}

/** One request as it came, those that failed included. */
export interface Call {
  readonly operation: string;
  readonly input: unknown;
  /** Empty where the call was not signed. */
  readonly accessKeyId: string;
  /** Milliseconds since the epoch, by the peer's clock. */
  readonly time: number;
}

export interface CloudWatchPeer
  extends Pick<Store, "addGroup" | "addStream" | "addEvents">,
    MonitoringSetup,
    AnomalySetup {
  readonly endpoint: string;
  readonly region: string;
  readonly calls: readonly Call[];
  /** How many answers the other side did not wait for, Live Tail sessions aside. */
  readonly abandoned: () => number;
  /** The Live Tail sessions that are open, oldest first. */
  readonly liveTails: () => readonly LiveTail[];
  /** Replaces all faults; buckets and counts start anew. */
  setFaults(faults: Faults): void;
  close(): Promise<void>;
}

type Operation = (service: Service, input: unknown) => object;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateLogGroup: createLogGroup,
  CreateLogStream: createLogStream,
  DeleteLogGroup: deleteLogGroup,
  DescribeLogGroups: describeLogGroups,
  DescribeLogStreams: describeLogStreams,
  FilterLogEvents: filterLogEvents,
  GetLogEvents: getLogEvents,
  GetLogGroupFields: getLogGroupFields,
  GetLogRecord: getLogRecord,
  ListAnomalies: listAnomalies,
  ListLogAnomalyDetectors: listLogAnomalyDetectors,
  ListLogGroups: listLogGroups,
  PutLogEvents: putLogEvents,
  StartQuery: startQuery,
  GetQueryResults: getQueryResults,
  StopQuery: stopQuery,
};

/**
 * CloudWatch Logs on loopback: AWS JSON 1.1 as the service's model and documentation tell, so that a client meets the
 * pages, ends, tokens, quotas and errors that it meets in the cloud. Signatures are looked at, not verified.
 */
export async function startCloudWatch(options: CloudWatchOptions = {}): Promise<CloudWatchPeer> {
  const {
    region = "us-east-1",
    account = "123456789012",
    clock = Date.now,
    tokenLifeMs = 86_400_000,
    port: wantedPort = 0,
  } = options;
  const store = createStore({ region, account });
  const tokens = createTokens({ clock, lifeMs: tokenLifeMs });
  const queries: Service["queries"] = new Map();
  const liveTails: Service["liveTails"] = new Set();
  const { anomalies, setup: anomalySetup } = createAnomalies({ region, account });
  const kept = { store, tokens, clock, queries, liveTails, anomalies };
  const { neighbours, setup } = createNeighbours({ region, account, clock });
  const calls: Call[] = [];
  const closing = new AbortController();
  let faults = activateFaults(options.faults ?? {}, clock);
  let abandoned = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let isStream = false;
    response.on("close", () => {
      if (!response.writableEnded && response.errored === null && !isStream) abandoned += 1;
    });
    const text = await readBody(request);
    const active = faults;
    const beside = findNeighbour(neighbours, request, text);
    const { operation, input } = beside ?? { operation: operationOf(request), input: parseJson(text) };
    calls.push({ operation, input, accessKeyId: accessKeyOf(request), time: clock() });
    const paging = { ...PAGING, ...active.settings.paging };
    const liveTail = { ...LIVE_TAIL, ...active.settings.liveTail };
    const { allowsUnmask = false } = active.settings;
    const service: Service = { ...kept, paging, allowsUnmask, liveTail };
    const neighbour = beside?.neighbour;
    const { effects, wire } = perform({ active, service, request, operation, input, region, neighbour });
    const ms = sum(effects.map((effect) => (effect.kind === "latency" ? effect.ms : 0)));
    const delay = ms + (active.settings.latencyMs ?? 0);
    if (delay > 0) await sleep(delay, undefined, { signal: closing.signal });
    if (response.destroyed) return;
    isStream = wire.stream !== undefined;
    send(response, wire, effects, calls.length);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy(new Error("The peer gave up.")));
  });
  server.listen(wantedPort, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    calls,
    abandoned: () => abandoned,
    liveTails: () => [...liveTails],
    addGroup: store.addGroup,
    addStream: store.addStream,
    addEvents: store.addEvents,
    ...setup,
    ...anomalySetup,
    setFaults: (settings) => {
      faults = activateFaults(settings, clock);
    },
    close: () => {
      closing.abort();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Performance {
  readonly active: ActiveFaults;
  readonly service: Service;
  readonly request: IncomingMessage;
  readonly operation: string;
  readonly input: unknown;
  readonly region: string;
  /** Another service that is asked, and not the logs. */
  readonly neighbour: Neighbour | undefined;
}

/** Whatever is thrown and is no error of the service is a defect of the peer, and answers as a broken service would. */
function perform(performance: Performance): { effects: readonly Effect[]; wire: WireResponse } {
  const { active, service, request, operation, input, region, neighbour } = performance;
  let effects: readonly Effect[] = [];
  try {
    const run = neighbour ? runAt(neighbour, operation, active) : answerOf(operation);
    const isUnknown = active.settings.unknownOperations?.includes(operation) ?? false;
    if (run === undefined || isUnknown) throw new ServiceError("UnknownOperationException", "");
    assertSigned(request, region, neighbour?.service);
    effects = active.admit({ operation, input, accessKeyId: accessKeyOf(request) });
    const replacement = effects.map(replacementOf).find((wire) => wire !== undefined);
    if (replacement !== undefined) return { effects, wire: replacement };
    if (input === undefined) throw new ServiceError("SerializationException", "The body is not JSON.");
    return { effects, wire: run(service, input) };
  } catch (error) {
    const known =
      error instanceof ServiceError
        ? error
        : new ServiceError("InternalFailure", `The peer is broken: ${String(error)}`, 500);
    const wire = neighbour?.refuse(known) ?? errorResponse(known, active.settings.errorShape ?? "bare");
    return { effects, wire };
  }
}

type Answerer = (service: Service, input: unknown) => WireResponse;

function runAt(neighbour: Neighbour, operation: string, { settings }: ActiveFaults): Answerer {
  return (_service, input) => neighbour.run({ operation, input }, settings.paging ?? {});
}

function answerOf(operation: string): Answerer | undefined {
  if (operation === "StartLiveTail") return startLiveTail;
  const run = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  return run && ((service, input) => okResponse(run(service, input)));
}

/** @throws ServiceError for an effect that is one of the service's own errors. */
function replacementOf(effect: Effect): WireResponse | undefined {
  if (effect.kind === "error") throw errorOf(effect);
  if (effect.kind !== "page") return undefined;
  return { status: effect.status, headers: { "content-type": "text/html" }, body: effect.body };
}

function send(response: ServerResponse, wire: WireResponse, effects: readonly Effect[], count: number): void {
  const requestId = `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
  const cut = effects.find((effect) => effect.kind === "cut");
  if (cut?.afterBytes === 0) {
    response.destroy(new Error("Cut on purpose."));
    return;
  }
  const isOwn = !effects.some(({ kind }) => kind === "page");
  const headers = { ...wire.headers, ...(isOwn ? { "x-amzn-requestid": requestId } : {}) };
  if (wire.stream !== undefined) {
    const end = effects.find((effect) => effect.kind === "session-end");
    response.writeHead(wire.status, headers);
    wire.stream(response, { requestId, end });
    return;
  }
  const body = Buffer.from(wire.body);
  response.writeHead(wire.status, { ...headers, "content-length": body.length });
  if (cut === undefined) response.end(body);
  else response.write(body.subarray(0, cut.afterBytes), () => response.destroy(new Error("Cut on purpose.")));
}

const TARGET = "Logs_20140328.";

/** The operation that a request asks for; empty where it is no request of this protocol. */
function operationOf({ method, headers }: IncomingMessage): string {
  const target = String(headers["x-amz-target"] ?? "");
  const isProtocol = method === "POST" && headers["content-type"] === "application/x-amz-json-1.1";
  return isProtocol && target.startsWith(TARGET) ? target.slice(TARGET.length) : "";
}

function assertSigned({ headers }: IncomingMessage, region: string, service = "logs"): void {
  const authorization = headers.authorization ?? "";
  if (!authorization.startsWith("AWS4-HMAC-SHA256 "))
    throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
  if (!authorization.includes(`/${region}/${service}/aws4_request`))
    throw new ServiceError("InvalidSignatureException", "Credential should be scoped to a valid region.");
}

function accessKeyOf({ headers }: IncomingMessage): string {
  return /Credential=([^/,\s]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
