import type { Zone } from "../log/zone.ts";
import type { Contents } from "./contents.ts";
import type { References } from "./references.ts";

/** What every part of the page is written with. */
export interface Page {
  readonly contents: Contents;
  readonly references: References;
  readonly zone: Zone;
}
