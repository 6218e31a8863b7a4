import { plantedSecrets } from "./planted.ts";
import { type Part, SERVICES, type Service } from "./scene.ts";
import { EASED } from "./timeline.ts";
import type { DemoTruth } from "./truth.ts";

interface Count {
  count: number;
  first: number;
  last: number;
  /** Of the first one. */
  text: string;
}

/** Counts the lines of each part of the story, so that the truth is what was written and not what was meant. */
export interface Tally {
  add(service: Service, at: number, text: string, part: Part): void;
  /** Which file holds the cause is for the caller to say. */
  conclude(fileOf: (service: Service) => string): DemoTruth;
}

/** What is of the incident: its cause and all that it led to. */
const TROUBLE: readonly Part[] = ["cause", "spread", "failed-checkout", "dead-letter"];

export function createTally(): Tally {
  const counts = new Map<`${Service}/${Part}`, Count>();
  const countOf = (service: Service, part: Part): Count =>
    counts.get(`${service}/${part}`) ?? { count: 0, first: Number.POSITIVE_INFINITY, last: 0, text: "" };

  function add(service: Service, at: number, text: string, part: Part): void {
    if (part === "usual") return;
    const known = countOf(service, part);
    if (at < known.first) known.text = text;
    known.first = Math.min(known.first, at);
    known.last = Math.max(known.last, at);
    known.count++;
    counts.set(`${service}/${part}`, known);
  }

  function onsets(): DemoTruth["onsets"] {
    const found: Partial<Record<Service, number>> = {};
    for (const service of SERVICES) {
      const first = Math.min(...TROUBLE.map((part) => countOf(service, part).first));
      if (Number.isFinite(first)) found[service] = first;
    }
    return found;
  }

  return {
    add,
    conclude(fileOf) {
      const cause = countOf("inventory-service", "cause");
      const failed = countOf("edge-proxy", "failed-checkout");
      const herring = countOf("payment-service", "herring");
      return {
        cause: {
          service: "inventory-service",
          file: fileOf("inventory-service"),
          at: cause.first,
          text: cause.text,
        },
        onsets: onsets(),
        checkouts: countOf("edge-proxy", "checkout").count + failed.count,
        failedCheckouts: failed.count,
        firstFailedCheckout: failed.first,
        deadLetters: countOf("orders-worker", "dead-letter").count,
        easedAt: EASED,
        redHerring: {
          service: "payment-service",
          errors: herring.count,
          first: herring.first,
          last: herring.last,
        },
        hostile: (["edge-proxy", "orders-worker"] as const).map((service) => {
          const { first, text } = countOf(service, "hostile");
          return { service, at: first, text };
        }),
        planted: { ...plantedSecrets() },
      };
    },
  };
}
