import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const START = Date.UTC(2026, 2, 12, 1);

/** Two small services: `api.log` (text, 120 events, a minute apart) and `jobs/worker.log` (JSON, 60 events). */
export function writeShopLogs(folder: string): void {
  mkdirSync(join(folder, "jobs"), { recursive: true });
  const time = (minute: number) => new Date(START + minute * 60_000).toISOString();
  const api = Array.from({ length: 120 }, (_, at) =>
    at % 10 === 9
      ? `${time(at)} ERROR payment failed for user${at}@example.com order=${at}`
      : `${time(at)} INFO request served path=/cart/${at} in ${at + 3}ms`,
  );
  const jobs = Array.from({ length: 60 }, (_, at) =>
    JSON.stringify({
      time: time(at * 2),
      level: at % 20 === 0 ? "warn" : "info",
      msg: "job done",
      status: at % 3 === 0 ? 500 : 200,
    }),
  );
  writeFileSync(join(folder, "api.log"), `${api.join("\n")}\n`);
  writeFileSync(join(folder, "jobs/worker.log"), `${jobs.join("\n")}\n`);
}
