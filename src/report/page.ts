import type { Zone } from "../log/zone.ts";
import type { Session } from "../sessions/session.ts";
import type { Contents } from "./contents.ts";
import type { References } from "./references.ts";

/** What every part of the page is written with. */
export interface Page {
  /** As it is shown: redacted, where it is. */
  readonly session: Session;
  readonly contents: Contents;
  readonly references: References;
  readonly zone: Zone;
}
