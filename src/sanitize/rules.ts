import { findCommandSecrets, findManifestSecrets } from "./commands.ts";
import { findKeyedSecrets } from "./keys.ts";
import { findCards, findEmails, findIpv4, findIpv6, findPhones, findSsns } from "./pii.ts";
import { findPrivateKeys } from "./private-keys.ts";
import { findAwsKeys, findBearerTokens, findUrlPasswords, findVendorTokens } from "./secrets.ts";
import type { AddSpan } from "./spans.ts";

export interface Rule {
  readonly name: string;
  readonly replacement: string;
  /** For the notice after redactions, singular: `email`, `IP`, `token`. */
  readonly label: string;
  /** One line for help. */
  readonly about: string;
}

/** Every built-in rule, in the order in which they are shown. */
export const RULES = [
  { name: "email", replacement: "[EMAIL_REDACTED]", label: "email", about: "e-mail addresses" },
  { name: "ipv4", replacement: "[IP_REDACTED]", label: "IP", about: "IPv4 addresses" },
  { name: "ipv6", replacement: "[IP_REDACTED]", label: "IP", about: "IPv6 addresses" },
  {
    name: "credit_card",
    replacement: "[CC_REDACTED]",
    label: "card",
    about: "payment card numbers (issuer, length and check digit)",
  },
  { name: "ssn", replacement: "[SSN_REDACTED]", label: "SSN", about: "US social security numbers" },
  { name: "phone_us", replacement: "[PHONE_REDACTED]", label: "phone number", about: "US telephone numbers" },
  {
    name: "aws_access_key",
    replacement: "[AWS_KEY_REDACTED]",
    label: "AWS key",
    about: "AWS access key ids",
  },
  {
    name: "aws_secret_key",
    replacement: "[AWS_SECRET_REDACTED]",
    label: "AWS secret",
    about: "AWS secret access keys",
  },
  {
    name: "generic_api_key",
    replacement: "[API_KEY_REDACTED]",
    label: "API key",
    about: "vendors' tokens, and the values of fields named password, secret, token and the like",
  },
  {
    name: "bearer_token",
    replacement: "[TOKEN_REDACTED]",
    label: "token",
    about: "credentials of HTTP authentication, JSON web tokens",
  },
  {
    name: "private_key",
    replacement: "[PRIVATE_KEY_REDACTED]",
    label: "private key",
    about: "whole PEM, PGP and PuTTY private keys",
  },
  {
    name: "url_password",
    replacement: "://[user]:[PASSWORD_REDACTED]@",
    label: "URL password",
    about: "user and password in addresses",
  },
] as const satisfies readonly Rule[];

export type BuiltInRuleName = (typeof RULES)[number]["name"];
/** A built-in rule's name, or the name that the user gave to a rule of their own. */
export type RuleName = BuiltInRuleName | (string & {});

/** The most specific first: where spans overlap, the first names the tag. */
export const SPECIFICITY: readonly BuiltInRuleName[] = [
  "private_key",
  "aws_access_key",
  "aws_secret_key",
  "bearer_token",
  "url_password",
  "generic_api_key",
  "credit_card",
  "ssn",
  "email",
  "ipv6",
  "ipv4",
  "phone_us",
];

interface Finder {
  readonly find: (text: string, add: AddSpan) => void;
  /** The one rule that it serves; without one it serves several. */
  readonly rule?: BuiltInRuleName;
}

/** What looks for spans. */
export const FINDERS: readonly Finder[] = [
  { find: findPrivateKeys },
  { find: findAwsKeys },
  { find: findBearerTokens },
  { find: findUrlPasswords },
  { find: findVendorTokens },
  { find: findKeyedSecrets },
  { find: findCommandSecrets },
  { find: findManifestSecrets },
  { find: findCards, rule: "credit_card" },
  { find: findSsns, rule: "ssn" },
  { find: findEmails, rule: "email" },
  { find: findIpv6, rule: "ipv6" },
  { find: findIpv4, rule: "ipv4" },
  { find: findPhones, rule: "phone_us" },
];
