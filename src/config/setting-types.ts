import { z } from "zod";
import { Failure } from "../failure.ts";
import { createZone } from "../log/zone.ts";
import { createSecret, isBrokenReference, type Secret } from "./secret.ts";

/**
 * What one setting may be. The schemas take the text of a flag or a variable as well as the native value of a
 * file; `takes` completes the sentence "it takes ..." and is the message of every fault.
 */
export interface SettingType<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly takes: string;
}

export function optional<Schema extends z.ZodType>(type: SettingType<Schema>) {
  return { schema: type.schema.optional(), takes: type.takes };
}

export function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  const takes = names.length === 1 ? `${names[0]} only` : `one of ${names.join(", ")}`;
  const schema = z.preprocess((value) => nameAmong(names, value), z.enum(names, { error: takes }));
  return { schema, takes };
}

export function someOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  const takes = `a list, separated by commas, of ${names.join(", ")}`;
  const member = z.preprocess((value) => nameAmong(names, value), z.enum(names, { error: takes }));
  return { schema: z.preprocess(splitList, z.array(member, { error: takes })), takes };
}

/** The name as the table writes it, whichever way its letters were cased. */
function nameAmong(names: readonly string[], value: unknown): unknown {
  if (typeof value !== "string") return value;
  const wanted = value.trim().toLowerCase();
  return names.find((name) => name.toLowerCase() === wanted) ?? value;
}

export function textList(takes: string) {
  const schema = z.preprocess(splitList, z.array(z.string({ error: takes }).min(1, takes), { error: takes }));
  return { schema, takes };
}

function splitList(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const parts = value.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

export function wholeNumber(least: number, most: number) {
  const takes = `a whole number from ${least} to ${most}`;
  const schema = z.preprocess(toNumber, z.int({ error: takes }).min(least, takes).max(most, takes));
  return { schema, takes };
}

export function numberBetween(least: number, most: number) {
  const takes = `a number from ${least} to ${most}`;
  const schema = z.preprocess(toNumber, z.number({ error: takes }).min(least, takes).max(most, takes));
  return { schema, takes };
}

function toNumber(value: unknown): unknown {
  return typeof value === "string" && /^\s*[+-]?\d{1,15}(?:\.\d{1,15})?\s*$/.test(value)
    ? Number(value)
    : value;
}

const YES = new Set(["true", "yes", "on", "1"]);
const NO = new Set(["false", "no", "off", "0"]);

export function yesOrNo() {
  const takes = "true or false";
  return { schema: z.preprocess(toBoolean, z.boolean({ error: takes })), takes };
}

function toBoolean(value: unknown): unknown {
  const word = String(value).trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : value;
}

export function text(takes: string, pattern: RegExp) {
  return { schema: z.string({ error: takes }).regex(pattern, takes), takes };
}

/** A path; it is expanded and made absolute before it comes here. */
export function path(takes: string) {
  return { schema: z.string({ error: takes }).min(1, takes), takes };
}

export function webAddress() {
  const takes = "an http or https URL without a name and password in it";
  return { schema: z.string({ error: takes }).refine(isPlainUrl, takes), takes };
}

function isPlainUrl(value: string): boolean {
  const url = URL.parse(value);
  return !!url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

export function timeZone() {
  const takes = "an IANA name such as Europe/Berlin, UTC, or an offset such as +02:00";
  return { schema: z.string({ error: takes }).refine(isZone, takes), takes };
}

function isZone(name: string): boolean {
  try {
    createZone(name);
    return true;
  } catch (thrown) {
    if (thrown instanceof Failure) return false;
    throw thrown;
  }
}

/** An ISO 8601 time, given as milliseconds since the epoch. */
export function instant() {
  const takes = "an ISO 8601 time such as 2025-01-31T12:00:00Z (UTC where it names no zone)";
  const iso = z.iso.datetime({ offset: true, local: true, error: takes });
  const schema = z
    .preprocess(toIsoText, iso)
    .transform((value) => Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`));
  return { schema, takes };
}

/** TOML has times of its own. */
function toIsoText(value: unknown): unknown {
  return value instanceof Date && !Number.isNaN(value.valueOf()) ? value.toISOString() : value;
}

export function secret(what: string) {
  const takes = `${what}, or where to find it: env:NAME, file:/PATH or vault:PATH#KEY`;
  const schema = z
    .string({ error: takes })
    .min(1, takes)
    .refine((value) => !/\s/.test(value) || value.startsWith("file:"), takes)
    .refine((value) => !isBrokenReference(value), takes)
    .transform((value): Secret => createSecret(value));
  return { schema, takes };
}
