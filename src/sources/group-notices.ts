import type { Notice } from "../log/ledger.ts";
import { formatInstant } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";

/** What has to be known of a group. */
export interface GroupFacts {
  readonly name: string;
  readonly retentionDays: number | undefined;
  /** ms since the epoch. */
  readonly created?: number | undefined;
  readonly isMasked?: boolean;
}

/** What they are about is the group, and where a window begins. */
export const GROUP_NOTICES: ReadonlySet<Notice["kind"]> = new Set(["beyond-retention", "masked"]);

const DAY = 86_400_000;

/** What the reader of a group's events must know: what is gone of the window, and that values are masked. */
export function noticesOf(
  group: GroupFacts,
  window: TimeRange | undefined,
  now: number,
  zone: Zone,
): readonly Notice[] {
  return [...retentionNotices(group, window, now, zone), ...(group.isMasked ? [maskedNotice(group)] : [])];
}

function maskedNotice({ name }: GroupFacts): Notice {
  const text =
    "A data protection policy masks values in these events; they are read as they are masked (****).";
  return { kind: "masked", group: name, text };
}

/** What of a window cannot hold events: what lies before the group's retention or before the group was made. */
function retentionNotices(
  { name, retentionDays, created }: GroupFacts,
  window: TimeRange | undefined,
  now: number,
  zone: Zone,
): readonly Notice[] {
  if (!window) return [];
  const kept = retentionDays === undefined ? undefined : now - retentionDays * DAY;
  if (kept !== undefined && window.start < kept) {
    const text = `Events before ${formatInstant(kept, zone)} have passed the retention of ${retentionDays} ${retentionDays === 1 ? "day" : "days"} and are gone; the window begins earlier.`;
    return [{ kind: "beyond-retention", group: name, text }];
  }
  // Events may be up to two weeks older than their group, but mostly none are.
  if (created !== undefined && window.start < created - DAY) {
    const text = `The group was made at ${formatInstant(created, zone)}; the window begins earlier.`;
    return [{ kind: "beyond-retention", group: name, text }];
  }
  return [];
}
