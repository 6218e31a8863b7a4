import { accessLine, pinoLine, postgresLine, proxyErrorLine, slogLine } from "./formats.ts";
import { tellFulfilment, tellRelease } from "./orders.ts";
import { tellPayment } from "./payment.ts";
import type { Part, Scene, ShopRequest } from "./scene.ts";
import { createRequest, pickSku, UPSTREAM } from "./shop.ts";
import { poolAt } from "./timeline.ts";

/** inventory-service gives up waiting for a connection after this, ms. */
const ACQUIRE_TIMEOUT = 5000;
/**
 * checkout-api waits this long before its second try, ms. At least a second: the proxy writes whole seconds,
 * and a failure must not look older than what led to it.
 */
const RETRY_AFTER = 1000;
/** edge-proxy gives up waiting for checkout-api after this, ms. */
const PROXY_TIMEOUT = 10_000;

interface Checkout {
  readonly request: ShopRequest;
  /** When the proxy got the request. */
  readonly start: number;
  readonly sku: string;
  readonly quantity: number;
  readonly cartId: string;
}

/** One customer's POST /checkout, from the proxy to the worker that ships the order. */
export function tellCheckout(scene: Scene, start: number): void {
  const { random } = scene;
  const checkout: Checkout = {
    request: createRequest(random),
    start,
    sku: pickSku(random),
    quantity: random.skewed(1, 5),
    cartId: `c_${random.hex(12)}`,
  };
  const { request, cartId } = checkout;
  writeApi(scene, start + 3, "info", "checkout started", {
    requestId: request.id,
    cartId,
    customer: request.email,
  });
  const pool = poolAt(start);
  if (!random.chance(pool.refused)) {
    tellReserved(scene, checkout, start + 6);
    return;
  }
  const queueIsFull = pool.retryFails && random.chance(0.3);
  const again = tellRefused(scene, checkout, { at: start + 6, attempt: 1, queueIsFull });
  if (pool.retryFails)
    tellFailed(scene, checkout, tellRefused(scene, checkout, { at: again, attempt: 2, queueIsFull }));
  else tellReserved(scene, checkout, again);
}

/** A try that gets no connection. Returns when the next try starts, or when checkout-api has given up. */
function tellRefused(
  scene: Scene,
  { request, sku }: Checkout,
  { at, attempt, queueIsFull }: { at: number; attempt: number; queueIsFull: boolean },
): number {
  const { random } = scene;
  const pool = poolAt(at);
  const waited = queueIsFull ? 0 : ACQUIRE_TIMEOUT + random.whole(0, 4);
  const refusedAt = at + 2 + waited;
  const reason = queueIsFull ? "wait queue is full" : "timed out waiting for a free connection";
  writeInventory(
    scene,
    refusedAt,
    "ERROR",
    "reservation failed: connection pool exhausted",
    {
      request_id: request.id,
      sku,
      err: `acquire connection: ${reason}`,
      in_use: pool.size,
      max: pool.size,
      waiting: queueIsFull ? 64 : random.whole(9, 60),
      waited_ms: waited,
    },
    "spread",
  );
  const answeredAt = refusedAt + random.whole(1, 3);
  if (attempt > 1) return answeredAt;
  const fields = {
    requestId: request.id,
    upstream: "inventory-service",
    statusCode: 503,
    attempt,
    retryInMs: RETRY_AFTER,
  };
  writeApi(scene, answeredAt, "warn", "inventory call failed, retrying", fields, "spread");
  return answeredAt + RETRY_AFTER;
}

function tellFailed(scene: Scene, checkout: Checkout, at: number): void {
  const { random } = scene;
  const { request, start, cartId } = checkout;
  const took = at + 2 - start;
  const proxyGaveUp = took > PROXY_TIMEOUT;
  const fields = {
    requestId: request.id,
    cartId,
    customer: request.email,
    statusCode: 502,
    responseTimeMs: took - 1,
    err: {
      type: "UpstreamError",
      message: "POST http://inventory-service:8080/v1/reservations answered 503 (2 attempts)",
      stack:
        "UpstreamError: POST http://inventory-service:8080/v1/reservations answered 503 (2 attempts)\n    at callInventory (/app/dist/inventory-client.js:88:11)\n    at async reserve (/app/dist/checkout.js:141:23)\n    at async handler (/app/dist/routes/checkout.js:37:17)",
    },
  };
  writeApi(scene, at, "error", "checkout failed: reservation unavailable", fields, "spread");
  const status = proxyGaveUp ? 504 : 502;
  const seenAt = proxyGaveUp ? start + PROXY_TIMEOUT + random.whole(0, 3) : start + took;
  if (proxyGaveUp) {
    const message =
      "upstream timed out (110: Operation timed out) while reading response header from upstream, " +
      `client: ${request.ip}, server: shop.example.com, request: "POST /checkout HTTP/1.1", ` +
      `upstream: "http://${UPSTREAM}/checkout", host: "shop.example.com"`;
    scene.write(
      "edge-proxy",
      seenAt,
      proxyErrorLine(seenAt, random.whole(10_000, 99_999), message),
      "spread",
    );
  }
  writeCheckoutAccess(scene, seenAt, checkout, status, "failed-checkout");
  tellRelease(scene, at + 3, request, cartId);
}

function tellReserved(scene: Scene, checkout: Checkout, at: number): void {
  const { random } = scene;
  const { request, sku, quantity } = checkout;
  const { longestWait } = poolAt(at);
  const waited = longestWait > 0 ? random.skewed(0, longestWait) : 0;
  const query = random.chance(0.05) ? random.skewed(250, 900) : random.skewed(6, 120);
  const took = waited + query;
  const fields = { request_id: request.id, sku, quantity, waited_ms: waited, duration_ms: took };
  writeInventory(scene, at + 1, "DEBUG", "reserving", { request_id: request.id, sku, quantity });
  if (waited > 700) writeInventory(scene, at + 1 + took, "WARN", "slow reservation", fields);
  else writeInventory(scene, at + 1 + took, "INFO", "reserved", fields);
  if (query >= 250) writeSlowStatement(scene, at + took, checkout, query);

  const reservedAt = at + took + 3;
  const reserved = { requestId: request.id, reservationId: `r_${random.hex(10)}`, tookMs: took + 2 };
  writeApi(scene, reservedAt, "info", "inventory reserved", reserved);
  const payment = tellPayment(scene, reservedAt + 2, request);
  tellOutcome(scene, checkout, payment.at + 2, payment.approved);
}

function tellOutcome(scene: Scene, checkout: Checkout, at: number, approved: boolean): void {
  const { random } = scene;
  const { request, start, sku } = checkout;
  const status = approved ? 201 : 402;
  const orderId = `o-${random.whole(4_100_000, 4_999_999)}`;
  if (approved) {
    writeApi(scene, at, "info", "order created", { requestId: request.id, orderId, customer: request.email });
    tellFulfilment(scene, at + random.whole(20, 900), request, { orderId, sku });
  } else {
    writeApi(scene, at, "warn", "payment declined", { requestId: request.id, reason: "insufficient_funds" });
  }
  const fields = {
    requestId: request.id,
    method: "POST",
    path: "/checkout",
    statusCode: status,
    responseTimeMs: at - start,
  };
  writeApi(scene, at + 1, "info", "request completed", fields);
  writeCheckoutAccess(scene, at + 2, checkout, status, "checkout");
}

function writeSlowStatement(
  scene: Scene,
  at: number,
  { request, sku, quantity }: Checkout,
  query: number,
): void {
  const session = { pid: scene.random.whole(2400, 2449), user: "inventory_app" };
  const statement =
    `duration: ${query}.${scene.random.whole(100, 999)} ms  execute reserve_stock: UPDATE stock SET reserved = reserved + $1 ` +
    `WHERE sku = $2 /* request_id='${request.id}' */`;
  scene.write("postgres-inventory", at, postgresLine(at, "LOG", statement, session));
  const detail = `Parameters: $1 = '${quantity}', $2 = '${sku}'`;
  scene.write("postgres-inventory", at, postgresLine(at, "DETAIL", detail, session));
}

function writeCheckoutAccess(
  scene: Scene,
  at: number,
  { request, start }: Checkout,
  status: number,
  part: Part,
): void {
  const line = accessLine(at, {
    ip: request.ip,
    agent: request.agent,
    requestId: request.id,
    request: "POST /checkout HTTP/1.1",
    status,
    bytes: status < 500 ? scene.random.whole(240, 420) : 167,
    referer: "https://shop.example.com/cart",
    took: at - start,
    upstream: UPSTREAM,
    ...(status === 504 ? {} : { upstreamStatus: status }),
  });
  scene.write("edge-proxy", at, line, part);
}

function writeApi(
  scene: Scene,
  at: number,
  level: string,
  msg: string,
  fields: Record<string, unknown>,
  part?: Part,
): void {
  scene.write("checkout-api", at, pinoLine(at, level, msg, fields), part);
}

function writeInventory(
  scene: Scene,
  at: number,
  level: "DEBUG" | "INFO" | "WARN" | "ERROR",
  msg: string,
  fields: Record<string, unknown>,
  part?: Part,
): void {
  scene.write("inventory-service", at, slogLine(at, level, msg, fields), part);
}
