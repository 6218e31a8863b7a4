import type { CacheSettings, EventKey, NewChunk } from "../../src/cache/cache.ts";
import { MINUTE } from "./cache-events.ts";

/** A chunk that was given to the cache. */
export interface Reading extends NewChunk {
  readonly key: EventKey;
}

/** What may be known of an instant: any of these readings; and whether it must be known. */
interface Instant {
  readonly readings: readonly Reading[];
  readonly isSure: boolean;
}

/**
 * What a cache may and must know, instant by instant. How old a reading is taken to be may depend on what it was merged
 * with; between what is surely alive and what is surely dead the model allows for both.
 */
export interface StoreModel {
  /** Readings that come at once; of those that overlap either may have been the first. */
  keep(readings: readonly Reading[], now: number): void;
  clear(group: string | undefined): void;
  /** Anything may have been dropped. */
  doubt(): void;
  /** What an instant of a key may hold. */
  readingsAt(key: EventKey, at: number): readonly Reading[];
  /** Whether an instant of a key must be known, from the key itself or from another that holds its events. */
  mustKnow(key: EventKey, at: number, now: number): boolean;
}

const AHEAD = MINUTE;
/** Of a settled reading's life: how much older what it is merged with may be. */
const MERGED_LIFE = 1 / 4;

export function createStoreModel({
  eventLife,
  tailLife,
}: Pick<CacheSettings, "eventLife" | "tailLife">): StoreModel {
  const keys = new Map<string, { readonly key: EventKey; readonly instants: Map<number, Instant> }>();

  const lifeOf = ({ isSettled }: Reading): number => (isSettled ? eventLife : tailLife);
  const isAlive = (reading: Reading, now: number): boolean =>
    now - reading.readAt <= lifeOf(reading) && reading.readAt <= now + AHEAD;
  const isSurelyAlive = (reading: Reading, now: number): boolean =>
    isAlive(reading, now) && (!reading.isSettled || now - reading.readAt <= eventLife * (1 - MERGED_LIFE));
  const isSurelyDead = (reading: Reading, now: number): boolean =>
    now - reading.readAt > lifeOf(reading) || (!reading.isSettled && !isAlive(reading, now));

  /** What is not surely alive when something is written may be swept out. */
  function sweep(now: number): void {
    for (const { instants } of keys.values())
      for (const [at, { readings, isSure }] of instants)
        if (isSure && !readings.every((reading) => isSurelyAlive(reading, now)))
          instants.set(at, { readings, isSure: false });
  }

  function instantsOf(key: EventKey): Map<number, Instant> {
    const id = JSON.stringify(key);
    const known = keys.get(id) ?? { key, instants: new Map() };
    keys.set(id, known);
    return known.instants;
  }

  return {
    keep(given, now) {
      const readings = given.filter((reading) => isAlive(reading, now));
      if (readings.length > 0) sweep(now);
      const before = new Map([...keys].map(([id, { instants }]) => [id, new Map(instants)]));
      for (const reading of readings) {
        const instants = instantsOf(reading.key);
        for (let at = reading.span.start; at < reading.span.end; at += 1) {
          if (before.get(JSON.stringify(reading.key))?.get(at)?.isSure) continue;
          const others = (instants.get(at)?.readings ?? []).filter((other) => !isSurelyDead(other, now));
          // It is there now, whichever it is, unless it could be one that is about to be found too old.
          const all = [...others, reading];
          instants.set(at, { readings: all, isSure: all.every((one) => isSurelyAlive(one, now)) });
        }
      }
    },
    clear(group) {
      for (const [id, { key }] of keys) if (group === undefined || key.group === group) keys.delete(id);
    },
    doubt() {
      for (const { instants } of keys.values())
        for (const [at, { readings }] of instants) instants.set(at, { readings, isSure: false });
    },
    readingsAt: (key, at) => keys.get(JSON.stringify(key))?.instants.get(at)?.readings ?? [],
    mustKnow(key, at, now) {
      return [...keys.values()].some(({ key: other, instants }) => {
        const instant = holdsAllOf(other, key) ? instants.get(at) : undefined;
        return instant?.isSure && instant.readings.every((reading) => isSurelyAlive(reading, now));
      });
    },
  };
}

/** Whether all events of the one are among those of the other. */
export function holdsAllOf(wide: EventKey, narrow: EventKey): boolean {
  return (
    wide.group === narrow.group &&
    (wide.filter === undefined || wide.filter === narrow.filter) &&
    narrow.streamPrefix.startsWith(wide.streamPrefix)
  );
}
