import { pythonLine, slogLine } from "./formats.ts";
import type { Part, Scene, ShopRequest } from "./scene.ts";
import { poolAt } from "./timeline.ts";

/** Waits before the second and later attempts of a task, ms. */
const BACKOFF = [2_000, 10_000, 30_000] as const;
const ATTEMPTS = BACKOFF.length + 1;

const GIVE_UP_TRACE = [
  "Traceback (most recent call last):",
  '  File "/app/orders/tasks.py", line 148, in release_reservation',
  "    inventory.release(cart_id, request_id=request_id)",
  '  File "/app/orders/inventory.py", line 61, in release',
  "    response.raise_for_status()",
  '  File "/usr/lib/python3.13/site-packages/requests/models.py", line 1026, in raise_for_status',
  "    raise HTTPError(http_error_msg, response=self)",
  "requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: http://inventory-service:8080/v1/reservations",
].join("\n");

/** The worker ships an order: it touches no database and so goes on through the incident. */
export function tellFulfilment(
  scene: Scene,
  at: number,
  request: ShopRequest,
  { orderId, sku }: { orderId: string; sku: string },
): void {
  const { random } = scene;
  const took = random.skewed(90, 2_400);
  writeTask(scene, at, "INFO", `received fulfil_order order=${orderId} request_id=${request.id}`);
  writeTask(
    scene,
    at + 30,
    "INFO",
    `parcel label printed order=${orderId} sku=${sku} request_id=${request.id}`,
  );
  if (random.chance(0.12)) {
    const phone = `(202) 555-01${random.whole(10, 99)}`;
    writeTask(scene, at + 60, "INFO", `sms queued to ${phone} order=${orderId} request_id=${request.id}`);
  }
  writeTask(
    scene,
    at + 80,
    "INFO",
    `confirmation mailed to ${request.email} order=${orderId} request_id=${request.id}`,
  );
  writeTask(
    scene,
    at + took,
    "INFO",
    `succeeded fulfil_order order=${orderId} in ${took}ms request_id=${request.id}`,
  );
}

/** After a failed checkout the worker lets go of whatever was reserved; that needs inventory-service too. */
export function tellRelease(scene: Scene, firstAt: number, request: ShopRequest, cartId: string): void {
  const { random } = scene;
  const task = `release_reservation cart=${cartId} request_id=${request.id}`;
  let at = firstAt + random.whole(30, 400);
  writeTask(scene, at, "INFO", `received ${task}`);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    at += random.whole(15, 60);
    if (!random.chance(poolAt(at).refused)) {
      writeTask(scene, at, "INFO", `succeeded ${task} attempt=${attempt}`);
      return;
    }
    const fields = { request_id: request.id, cart: cartId, reason: "no free connection" };
    scene.write("inventory-service", at - 5, slogLine(at - 5, "WARN", "release deferred", fields), "spread");
    const wait = BACKOFF[attempt - 1];
    if (wait === undefined) break;
    const message = `retrying ${task} attempt=${attempt}/${ATTEMPTS} in ${wait / 1000}s: inventory-service answered 503`;
    writeTask(scene, at, "WARNING", message, "spread");
    at += wait;
  }
  writeTask(
    scene,
    at,
    "ERROR",
    `gave up ${task}, moved to dead-letter queue orders.dlq\n${GIVE_UP_TRACE}`,
    "dead-letter",
  );
}

function writeTask(
  scene: Scene,
  at: number,
  level: "INFO" | "WARNING" | "ERROR",
  message: string,
  part?: Part,
): void {
  scene.write("orders-worker", at, pythonLine(at, level, "orders.tasks", message), part);
}
