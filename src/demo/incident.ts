import { stat } from "node:fs/promises";
import { join } from "node:path";
import { tellBackground } from "./background.ts";
import { tellBrowsing } from "./browse.ts";
import { tellCheckout } from "./checkout.ts";
import { createLogFile, type LogFile } from "./log-file.ts";
import { listMoments } from "./moments.ts";
import { createRandom } from "./random.ts";
import { type Scene, SERVICES, type Service } from "./scene.ts";
import { createTally } from "./tally.ts";
import { checkoutShareAt, END, MINUTE, ROTATION, START, trafficAt } from "./timeline.ts";
import type { IncidentSummary } from "./truth.ts";

const ROTATED = "orders-worker.log.1.gz";

/** The names of all files that an incident consists of. */
export const INCIDENT_FILES: readonly string[] = [...SERVICES.map(currentFile), ROTATED].toSorted();

const QUESTIONS = [
  "Why are checkouts failing?",
  "What is new in inventory-service since 02:30 compared with the hour before?",
  "Do the payment-service errors affect customers?",
];

/**
 * Writes the incident's files into an empty folder: six hours of six services, each in its own format and in
 * order of time. The same seed gives the same bytes. Memory is bounded by what one minute of it takes.
 */
export async function writeIncidentFiles(folder: string, seed: number): Promise<IncidentSummary> {
  const files = new Map<string, LogFile>();
  try {
    for (const name of INCIDENT_FILES) files.set(name, await createLogFile(join(folder, name)));
    const tally = createTally();
    const scene: Scene = {
      random: createRandom(seed),
      write(service, at, text, part = "usual") {
        if (at >= END) return;
        files.get(fileAt(service, at))?.add(at, text);
        tally.add(service, at, text, part);
      },
    };
    await tellIncident(scene, files);
    const written = await finishFiles(folder, files);
    const events = written.reduce((sum, file) => sum + file.events, 0);
    const truth = tally.conclude(currentFile);
    return { start: START, end: END, events, files: written, questions: QUESTIONS, truth };
  } finally {
    for (const file of files.values()) await file.close();
  }
}

async function tellIncident(scene: Scene, files: ReadonlyMap<string, LogFile>): Promise<void> {
  const moments = listMoments();
  for (let minute = START; minute < END; minute += MINUTE) {
    tellBackground(scene, minute);
    for (let second = minute; second < minute + MINUTE; second += 1000) tellSecond(scene, second);
    for (const { at, tell } of moments) if (at >= minute && at < minute + MINUTE) tell(scene, at);
    for (const file of files.values()) await file.settle(minute + MINUTE);
  }
}

function tellSecond(scene: Scene, second: number): void {
  const { random } = scene;
  const requests = Math.floor(trafficAt(second) * (0.5 + random.next()) + random.next());
  for (let n = 0; n < requests; n++) {
    const at = second + random.whole(0, 999);
    if (random.chance(checkoutShareAt(at))) tellCheckout(scene, at);
    else tellBrowsing(scene, at);
  }
}

async function finishFiles(
  folder: string,
  files: ReadonlyMap<string, LogFile>,
): Promise<IncidentSummary["files"]> {
  const written: IncidentSummary["files"] = [];
  for (const [name, file] of files) {
    const events = await file.finish();
    written.push({ name, bytes: (await stat(join(folder, name))).size, events });
  }
  return written;
}

function currentFile(service: Service): string {
  return `${service}.log`;
}

function fileAt(service: Service, at: number): string {
  return service === "orders-worker" && at < ROTATION ? ROTATED : currentFile(service);
}
