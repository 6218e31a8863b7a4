import type { Random } from "./random.ts";

export const SERVICES = [
  "edge-proxy",
  "checkout-api",
  "payment-service",
  "inventory-service",
  "orders-worker",
  "postgres-inventory",
] as const;
export type Service = (typeof SERVICES)[number];

/** What a line is to the incident; the truth is counted from it. */
export type Part =
  | "usual"
  | "checkout"
  | "cause"
  | "spread"
  | "failed-checkout"
  | "dead-letter"
  | "herring"
  | "hostile";

/** Where the stories are told: what they draw on and write to. */
export interface Scene {
  readonly random: Random;
  /** One event; `text` may have continuation lines. What falls behind the incident's end is dropped. */
  write(service: Service, at: number, text: string, part?: Part): void;
}

/** One customer's request as it passes through the services. */
export interface ShopRequest {
  readonly id: string;
  readonly ip: string;
  readonly agent: string;
  readonly email: string;
}
