import { z } from "zod";
import { findObjection } from "./custom-pattern.ts";

/** Kinds of data source that can be configured. */
const SOURCE_TYPES = ["local", "cloudwatch"] as const;

/** The built-in rules of the sanitiser, by which they are switched off. */
export const RULE_NAMES = [
  "email",
  "ipv4",
  "ipv6",
  "credit_card",
  "ssn",
  "phone_us",
  "aws_access_key",
  "aws_secret_key",
  "generic_api_key",
  "bearer_token",
  "private_key",
  "url_password",
] as const;

const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const NAME_TAKES = "letters, digits, '-' and '_'";

const customPattern = z.strictObject({
  name: z.string({ error: NAME_TAKES }).regex(NAME, NAME_TAKES),
  pattern: z.string({ error: "a regular expression" }).superRefine((source, context) => {
    const objection = findObjection(source);
    if (objection)
      context.addIssue({ code: "custom", message: `a regular expression; this one ${objection}` });
  }),
  replacement: z.string({ error: "the text that takes its place" }),
});

/** A finding is counted under its name, so that each has its own. */
function requireOwnNames(patterns: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const taken = new Set<string>(RULE_NAMES);
  for (const [index, { name }] of patterns.entries()) {
    if (taken.has(name)) {
      context.addIssue({
        code: "custom",
        path: [index, "name"],
        message: "a name that no other pattern has",
      });
    }
    taken.add(name);
  }
}

export function customPatterns() {
  const takes = "a list of {name, pattern, replacement}";
  return { schema: z.array(customPattern, { error: takes }).superRefine(requireOwnNames), takes };
}

const enabled = z.boolean({ error: "true or false" }).default(true);

const localSource = z.strictObject({
  type: z.literal("local"),
  enabled,
  config: z.strictObject({
    paths: z
      .array(z.string({ error: "a path" }).min(1, "a path"), { error: "a list of paths" })
      .min(1, "a path"),
  }),
});

/** The names of AWS regions: two letters, words, a number. */
export const AWS_REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;
export const REGION_TAKES = "the name of an AWS region, such as eu-central-1";
/** Of ~/.aws/config. */
export const AWS_PROFILE = /^[^\p{Cc}[\]]{1,128}$/u;
export const PROFILE_TAKES = "the name of a profile in ~/.aws/config";

const region = z.string({ error: REGION_TAKES }).regex(AWS_REGION, REGION_TAKES);

const cloudwatchSource = z.strictObject({
  type: z.literal("cloudwatch"),
  enabled,
  config: z
    .strictObject({
      /** Several regions are several sources, each named `NAME.REGION`. */
      regions: z.array(region, { error: "a list of regions" }).min(1, REGION_TAKES).optional(),
      profile: z.string({ error: PROFILE_TAKES }).regex(AWS_PROFILE, PROFILE_TAKES).optional(),
      linked_accounts: z.boolean({ error: "true or false" }).default(false),
    })
    .prefault({}),
});

const dataSource = z.discriminatedUnion("type", [localSource, cloudwatchSource], {
  error: `one of ${SOURCE_TYPES.join(", ")}`,
});

export function dataSources() {
  const takes =
    "one section per source: NAME: {type: local, config: {paths: [...]}} or NAME: {type: cloudwatch, config: {regions: [...], profile: ..., linked_accounts: true}}";
  return { schema: z.record(z.string().regex(NAME, NAME_TAKES), dataSource, { error: takes }), takes };
}

export function aliases() {
  const takes = "SHORT: LOG_GROUP pairs";
  const group = z.string({ error: "the name of a log group" }).min(1, "the name of a log group");
  return { schema: z.record(z.string(), group, { error: takes }), takes };
}

/** Names that stand deeper in the file than the settings themselves. */
export const NESTED_KEYS: readonly string[] = [
  ...Object.keys(customPattern.shape),
  ...Object.keys(localSource.shape),
  ...Object.keys(localSource.shape.config.shape),
  ...Object.keys(cloudwatchSource.shape.config.def.innerType.shape),
];
