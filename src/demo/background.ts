import { accessLine, logbackLine, pinoLine, postgresLine, pythonLine, slogLine } from "./formats.ts";
import { tellRescoring } from "./payment.ts";
import type { Scene } from "./scene.ts";
import { HERRING_START, isHerring, MINUTE, poolAt, START } from "./timeline.ts";

const BOUNCE_TRACE = [
  "Traceback (most recent call last):",
  '  File "/app/orders/mail.py", line 44, in send',
  "    smtp.sendmail(sender, [recipient], body)",
  "smtplib.SMTPRecipientsRefused: mailbox unavailable",
].join("\n");

/** One minute of what every service writes whether or not anybody shops. */
export function tellBackground(scene: Scene, minute: number): void {
  for (let at = minute; at < minute + MINUTE; at += 10_000)
    tellHealthChecks(scene, at + scene.random.whole(0, 400));
  for (let at = minute; at < minute + MINUTE; at += 15_000)
    tellMetrics(scene, at + scene.random.whole(0, 900));
  tellBatch(scene, minute);
  tellHousekeeping(scene, minute);
  tellStrayErrors(scene, minute);
}

function tellHealthChecks(scene: Scene, at: number): void {
  const { random } = scene;
  const probe = { ip: "10.12.0.5", agent: "kube-probe/1.32", status: 200, bytes: 2, took: 0 };
  scene.write(
    "edge-proxy",
    at,
    accessLine(at, { ...probe, request: "GET /healthz HTTP/1.1", requestId: random.hex(32) }),
  );
  const fields = { method: "GET", path: "/health", statusCode: 200, responseTimeMs: random.skewed(0, 4) };
  scene.write("checkout-api", at + 3, pinoLine(at + 3, "debug", "request completed", fields));
  scene.write(
    "inventory-service",
    at + 5,
    slogLine(at + 5, "DEBUG", "health check", { path: "/healthz", status: 200 }),
  );
}

function tellMetrics(scene: Scene, at: number): void {
  const { random } = scene;
  const pool = poolAt(at);
  const wanted = random.whole(6, 11);
  const inUse = Math.min(wanted, pool.size);
  const waiting = pool.refused > 0 ? random.whole(8, 60) : pool.size < wanted ? random.whole(1, 9) : 0;
  const fields = { max: pool.size, in_use: inUse, idle: pool.size - inUse, waiting };
  scene.write("inventory-service", at, slogLine(at, "INFO", "db pool", fields));

  const session = { pid: random.whole(20_000, 29_999) };
  const port = random.whole(32_000, 60_000);
  const lines = [
    `connection received: host=10.12.9.3 port=${port}`,
    `connection authorized: user=exporter database=inventory application_name=postgres_exporter`,
    `disconnection: session time: 0:00:00.0${random.whole(10, 99)} user=exporter database=inventory host=10.12.9.3 port=${port}`,
  ];
  lines.forEach((message, step) => {
    scene.write("postgres-inventory", at + 10 * step, postgresLine(at + 10 * step, "LOG", message, session));
  });
}

/** payment-service re-scores settled payments each night from just before the fraud service goes down. */
function tellBatch(scene: Scene, minute: number): void {
  if (minute < HERRING_START - 2 * MINUTE || minute > START + 225 * MINUTE) return;
  const count = isHerring(minute) ? scene.random.whole(85, 120) : scene.random.whole(20, 30);
  for (let n = 0; n < count; n++) tellRescoring(scene, minute + scene.random.whole(0, MINUTE - 1));
}

function tellHousekeeping(scene: Scene, minute: number): void {
  const { random } = scene;
  const at = minute + random.whole(0, MINUTE - 1);
  const collection = Math.floor((minute - START) / MINUTE) + 812;
  const message = `GC(${collection}) Pause Young (Normal) (G1 Evacuation Pause) ${random.whole(480, 620)}M->${random.whole(130, 190)}M(1024M) ${random.whole(4, 19)}.${random.whole(100, 999)}ms`;
  scene.write(
    "payment-service",
    at,
    logbackLine(at, "INFO", { logger: "jvm.gc", thread: "gc-notifier", message }),
  );
  scene.write(
    "orders-worker",
    at,
    pythonLine(at, "INFO", "orders.beat", `heartbeat queue=orders depth=${random.skewed(0, 12)}`),
  );
  if (collection % 5 === 0) tellCheckpoint(scene, minute + 2_000);
  if (collection % 15 === 0) {
    const fields = { entries: random.whole(860, 900), duration_ms: random.whole(40, 160) };
    scene.write("inventory-service", at, slogLine(at, "INFO", "stock cache refreshed", fields));
  }
}

function tellCheckpoint(scene: Scene, at: number): void {
  const { random } = scene;
  const session = { pid: 62 };
  const done = at + random.whole(12_000, 40_000);
  const buffers = random.whole(90, 900);
  const complete =
    `checkpoint complete: wrote ${buffers} buffers (${(buffers / 163.84).toFixed(1)}%); 0 WAL file(s) added, 0 removed, 1 recycled; ` +
    `write=${((done - at) / 1000).toFixed(3)} s, sync=0.00${random.whole(1, 9)} s, total=${((done - at + 9) / 1000).toFixed(3)} s`;
  scene.write("postgres-inventory", at, postgresLine(at, "LOG", "checkpoint starting: time", session));
  scene.write("postgres-inventory", done, postgresLine(done, "LOG", complete, session));
}

/** A few errors and warnings that are there every night and mean nothing. */
function tellStrayErrors(scene: Scene, minute: number): void {
  const { random } = scene;
  const at = minute + random.whole(0, MINUTE - 2_000);
  if (random.chance(0.05)) {
    const fields = { err: 'Post "http://metrics:9091/push": connection refused' };
    scene.write("inventory-service", at, slogLine(at, "ERROR", "metrics push failed", fields));
  }
  if (random.chance(0.08)) {
    const fields = { requestId: random.hex(32), upstream: "cart-store" };
    const failed = { ...fields, code: "ECONNRESET", attempt: 1 };
    scene.write("checkout-api", at, pinoLine(at, "warn", "cart store call failed, retrying", failed));
    scene.write(
      "checkout-api",
      at + 60,
      pinoLine(at + 60, "info", "cart store call succeeded", { ...fields, attempt: 2 }),
    );
  }
  if (random.chance(0.03)) {
    scene.write(
      "checkout-api",
      at,
      pinoLine(at, "error", "newsletter sign-up failed", {
        requestId: random.hex(32),
        err: { type: "MailListError", message: "list provider answered 429" },
      }),
    );
  }
  if (random.chance(0.05)) {
    scene.write(
      "orders-worker",
      at,
      pythonLine(at, "ERROR", "orders.mail", `confirmation bounced, will try tomorrow\n${BOUNCE_TRACE}`),
    );
  }
  if (random.chance(0.04)) {
    const session = { pid: random.whole(2400, 2449), user: "inventory_app" };
    const error = 'duplicate key value violates unique constraint "reservations_idempotency_key"';
    scene.write("postgres-inventory", at, postgresLine(at, "ERROR", error, session));
    scene.write(
      "postgres-inventory",
      at,
      postgresLine(at, "DETAIL", `Key (idempotency_key)=(${random.hex(16)}) already exists.`, session),
    );
    scene.write(
      "postgres-inventory",
      at,
      postgresLine(
        at,
        "STATEMENT",
        "INSERT INTO reservations (sku, quantity, idempotency_key) VALUES ($1, $2, $3)",
        session,
      ),
    );
  }
}
