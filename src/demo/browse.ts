import { accessLine, pinoLine, slogLine } from "./formats.ts";
import type { Scene, ShopRequest } from "./scene.ts";
import { createRequest, pickGoods, pickSku, UPSTREAM } from "./shop.ts";
import { poolAt } from "./timeline.ts";

const STOREFRONT = "10.12.3.40:3000";
const ASSETS = ["app.8f1c2.js", "vendor.41ab9.js", "site.77d0e.css", "logo.svg", "hero-spring.webp"] as const;
const PROBES = [
  "/wp-login.php",
  "/.env",
  "/.git/config",
  "/phpmyadmin/index.php",
  "/apple-touch-icon.png",
] as const;
const CART_CALLS = [
  "GET /api/cart",
  "POST /api/cart/items",
  "PUT /api/cart/items",
  "GET /api/cart/total",
] as const;

/** One request that is no checkout: pages, assets, stock, carts, and the usual strays. */
export function tellBrowsing(scene: Scene, at: number): void {
  const request = createRequest(scene.random);
  const draw = scene.random.next();
  if (draw < 0.34) tellAsset(scene, at, request);
  else if (draw < 0.55) tellPage(scene, at, request);
  else if (draw < 0.78) tellStock(scene, at, request);
  else if (draw < 0.95) tellCart(scene, at, request);
  else tellStray(scene, at, request);
}

function tellAsset(scene: Scene, at: number, request: ShopRequest): void {
  const { random } = scene;
  const took = random.skewed(0, 6);
  const status = random.chance(0.3) ? 304 : 200;
  writeAccess(scene, at + took, request, `GET /assets/${random.pick(ASSETS)}`, {
    status,
    bytes: status === 304 ? 0 : random.whole(2_000, 180_000),
    took,
  });
}

function tellPage(scene: Scene, at: number, request: ShopRequest): void {
  const { random } = scene;
  const took = random.skewed(18, 420);
  const path = random.chance(0.25)
    ? `/search?q=${pickGoods(random)}`
    : `/products/${pickGoods(random)}-${random.whole(1, 400)}`;
  const upstream = { upstream: STOREFRONT, upstreamStatus: 200 };
  writeAccess(scene, at + took, request, `GET ${path}`, {
    status: 200,
    bytes: random.whole(8_000, 60_000),
    took,
    ...upstream,
  });
}

function tellStock(scene: Scene, at: number, request: ShopRequest): void {
  const { random } = scene;
  const sku = pickSku(random);
  const took = random.skewed(5, 90);
  tellStockLookup(scene, at + 2, request, sku);
  scene.write(
    "checkout-api",
    at + took - 1,
    pinoLine(at + took - 1, "info", "request completed", {
      requestId: request.id,
      method: "GET",
      path: `/api/stock/${sku}`,
      statusCode: 200,
      responseTimeMs: took - 1,
    }),
  );
  writeAccess(scene, at + took, request, `GET /api/stock/${sku}`, {
    status: 200,
    bytes: random.whole(90, 260),
    took,
    upstream: UPSTREAM,
    upstreamStatus: 200,
  });
}

function tellStockLookup(scene: Scene, at: number, request: ShopRequest, sku: string): void {
  const { random } = scene;
  if (random.chance(0.85)) {
    scene.write(
      "inventory-service",
      at,
      slogLine(at, "DEBUG", "stock cache hit", { request_id: request.id, sku }),
    );
    return;
  }
  if (random.chance(poolAt(at).refused)) {
    const fields = {
      request_id: request.id,
      sku,
      reason: "no free connection",
      age_s: random.whole(40, 900),
    };
    scene.write("inventory-service", at, slogLine(at, "WARN", "serving stale stock", fields));
    return;
  }
  const fields = { request_id: request.id, sku, duration_ms: random.skewed(3, 40) };
  scene.write("inventory-service", at, slogLine(at, "INFO", "stock cache miss, loaded", fields));
}

function tellCart(scene: Scene, at: number, request: ShopRequest): void {
  const { random } = scene;
  const call = random.pick(CART_CALLS);
  const [method, path] = call.split(" ");
  const took = random.skewed(4, 140);
  const unknownItem = method !== "GET" && random.chance(0.02);
  const status = unknownItem ? 422 : 200;
  if (unknownItem) {
    const fields = { requestId: request.id, sku: pickSku(random) };
    scene.write(
      "checkout-api",
      at + 2,
      pinoLine(at + 2, "warn", "cart validation failed: item is discontinued", fields),
    );
  } else if (random.chance(0.35)) {
    const fields = {
      requestId: request.id,
      cartId: `c_${random.hex(12)}`,
      ageMs: random.whole(100, 290_000),
    };
    scene.write("checkout-api", at + 1, pinoLine(at + 1, "debug", "cart cache hit", fields));
  }
  const fields = { requestId: request.id, method, path, statusCode: status, responseTimeMs: took - 1 };
  scene.write("checkout-api", at + took - 1, pinoLine(at + took - 1, "info", "request completed", fields));
  writeAccess(scene, at + took, request, call, {
    status,
    bytes: random.whole(120, 3_800),
    took,
    upstream: UPSTREAM,
    upstreamStatus: status,
  });
}

/** What every public site gets: scanners, dead links, expired logins, a now and then failing side service. */
function tellStray(scene: Scene, at: number, request: ShopRequest): void {
  const { random } = scene;
  const took = random.skewed(1, 30);
  const draw = random.next();
  if (draw < 0.68)
    writeAccess(scene, at + took, request, `GET ${random.pick(PROBES)}`, { status: 404, bytes: 153, took });
  else if (draw < 0.92) {
    const upstream = { upstream: UPSTREAM, upstreamStatus: 401 };
    writeAccess(scene, at + took, request, "GET /api/account", { status: 401, bytes: 61, took, ...upstream });
  } else if (draw < 0.985) {
    writeAccess(scene, at + took, request, "GET /products/retired", { status: 404, bytes: 2_310, took });
  } else {
    const upstream = { upstream: "10.12.3.77:9000", upstreamStatus: 502 };
    writeAccess(scene, at + took, request, "GET /api/recommendations", {
      status: 502,
      bytes: 150,
      took,
      ...upstream,
    });
  }
}

function writeAccess(
  scene: Scene,
  at: number,
  request: ShopRequest,
  call: string,
  result: { status: number; bytes: number; took: number; upstream?: string; upstreamStatus?: number },
): void {
  const { ip, agent, id } = request;
  const line = accessLine(at, {
    ip,
    agent,
    requestId: id,
    request: `${call} HTTP/1.1`,
    referer: "https://shop.example.com/",
    ...result,
  });
  scene.write("edge-proxy", at, line);
}
