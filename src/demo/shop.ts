import type { Random } from "./random.ts";
import type { ShopRequest } from "./scene.ts";

const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
  "ShopApp/7.14.2 (iOS 18.3; build 4411)",
] as const;
const FIRST = ["ana", "ben", "chloe", "dmitri", "elif", "farah", "goran", "hana", "ines", "jonas"] as const;
const LAST = ["abbott", "berg", "costa", "dahl", "eriksen", "fontaine", "garcia", "haas", "ito"] as const;
const GOODS = ["kettle", "lamp", "rug", "mug", "desk", "chair", "shelf", "vase", "clock", "towel"] as const;
/** The address ranges that are reserved for documentation. */
const NETWORKS = ["203.0.113", "198.51.100", "192.0.2"] as const;

export const UPSTREAM = "10.12.3.14:8080";

export function createRequest(random: Random): ShopRequest {
  const id = random.hex(32);
  const ip = random.chance(0.12)
    ? `2001:db8:${random.hex(4)}:${random.hex(4)}::${random.whole(1, 99)}`
    : `${random.pick(NETWORKS)}.${random.whole(2, 250)}`;
  const email = `${random.pick(FIRST)}.${random.pick(LAST)}${random.whole(1, 999)}@example.com`;
  return { id, ip, agent: random.pick(AGENTS), email };
}

export function pickGoods(random: Random): string {
  return random.pick(GOODS);
}

export function pickSku(random: Random): string {
  return `SKU-${random.whole(1000, 1899)}`;
}
