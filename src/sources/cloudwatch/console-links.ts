import type { LogEvent } from "../../log/event.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { ConsoleLinks } from "../source.ts";

/** A part of AWS with a console of its own. */
export type Partition = "aws" | "aws-cn" | "aws-us-gov";

export interface ConsoleLinksOptions {
  readonly region: string;
  /** The region's own unless told. */
  readonly partition?: Partition | undefined;
}

const HOST = "console";
const DOMAINS: Readonly<Record<Partition, string>> = {
  aws: "aws.amazon.com",
  "aws-cn": "amazonaws.cn",
  "aws-us-gov": "amazonaws-us-gov.com",
};
/** What is shown before and after an event, ms. */
const AROUND_MS = 60_000;
/** The last instant that a date can be, ms. */
const LAST = 8_640_000_000_000_000;
/** Of a linked account: `name@123456789012`; a group's own name holds no @. */
const OF_ACCOUNT = /@(\d{12})$/;

/**
 * Addresses of the CloudWatch console. Nobody documents them; their forms are those that the console itself makes
 * (Stack Overflow 60796991 and 69762999, and links in many public repositories). In a partition whose console is not
 * known there are none.
 */
export function createConsoleLinks({
  region,
  partition = partitionOf(region),
}: ConsoleLinksOptions): ConsoleLinks {
  if (partition === undefined || !/^[a-z0-9-]+$/.test(region)) return NONE;
  const home = `https://${hostOf(partition, region)}/cloudwatch/home?region=${region}#logsV2:`;
  const groupHome = (group: string) => `${home}log-groups/log-group/${encodeTwice(bareName(group))}`;
  return {
    event({ group, stream, timestamp, id }: LogEvent) {
      if (timestamp === undefined) return undefined;
      const around = { start: timestamp - AROUND_MS, end: timestamp + AROUND_MS };
      // The console marks the event of this id; an event of another form has none that it would know.
      const mark = /^\d{20,80}$/.test(id) ? { refEventId: id } : {};
      return `${groupHome(group)}/log-events/${encodeTwice(stream)}${encodeSearch({ ...timesOf(around), ...mark })}`;
    },
    group({ group, window, filter }) {
      if (!window && filter === undefined) return groupHome(group);
      // A search without any pattern is taken for a part of the name.
      const search = { filterPattern: filter ?? "", ...(window ? timesOf(window) : {}) };
      return `${groupHome(group)}/log-events${encodeSearch(search)}`;
    },
    query({ groups, window, text }) {
      const sources = groups.map((group) => `~${encodeText(arnOrName(group, partition, region))}`).join("");
      const detail = [
        `end~${encodeText(isoOf(window.end))}`,
        `start~${encodeText(isoOf(window.start))}`,
        "timeType~'ABSOLUTE",
        "tz~'UTC",
        `editorString~${encodeText(text)}`,
        `source~(${sources})`,
        "lang~'CWLI",
      ].join("~");
      return `${home}logs-insights$3FqueryDetail$3D~(${detail})`;
    },
  };
}

const NONE: ConsoleLinks = { event: () => undefined, group: () => undefined, query: () => undefined };

/** undefined for the partitions that the public cannot see, and for those that are newer than this page. */
function partitionOf(region: string): Partition | undefined {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return /^(us-iso|eu-iso|eusc-)/.test(region) ? undefined : "aws";
}

function hostOf(partition: Partition, region: string): string {
  const host = `${HOST}.${DOMAINS[partition]}`;
  return partition === "aws" ? `${region}.${host}` : host;
}

function bareName(group: string): string {
  return group.replace(OF_ACCOUNT, "");
}

/** The monitoring account finds a linked account's group by its ARN only. */
function arnOrName(group: string, partition: Partition, region: string): string {
  const account = OF_ACCOUNT.exec(group)?.[1];
  return account === undefined
    ? group
    : `arn:${partition}:logs:${region}:${account}:log-group:${bareName(group)}`;
}

function timesOf({ start, end }: TimeRange): { readonly start: string; readonly end: string } {
  return { start: String(clamp(start)), end: String(clamp(end)) };
}

function isoOf(ms: number): string {
  return new Date(clamp(ms)).toISOString();
}

function clamp(ms: number): number {
  return Math.min(Math.max(0, Math.round(ms)), LAST);
}

/** `?a=b&c=d` as the part behind `#` has it. */
function encodeSearch(search: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(search).map(([name, value]) => `${name}$3D${encodeTwice(value)}`);
  return `$3F${pairs.join("$26")}`;
}

/** Percent-encoded twice, `$` for each `%`: `/` is `$252F`. Only letters, digits and `-_.$` are left. */
function encodeTwice(text: string): string {
  return encodeURIComponent(encodeAll(text)).replaceAll("%", "$");
}

/** Percent-encoded, those characters too that encodeURIComponent leaves; half a surrogate pair is U+FFFD. */
function encodeAll(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A text in the notation of a query's detail: behind `'`, every byte but those of letters, digits and `-_.` as `*xx`. */
function encodeText(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9\-_.]/.test(character) ? character : `*${byte.toString(16).padStart(2, "0")}`;
  });
  return `'${bytes.join("")}`;
}
