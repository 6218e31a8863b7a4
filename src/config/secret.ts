import { isAbsolute } from "node:path";
import { inspect } from "node:util";

/**
 * A secret, or a reference to one (`env:NAME`, `file:PATH`, `vault:PATH#KEY`), as it was written. Wherever it is
 * printed, logged or serialised it shows itself masked; only `reveal` gives the text.
 */
export interface Secret {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

export function createSecret(text: string): Secret {
  const masked = parseReference(text) ? text : maskSecret(text);
  const show = () => masked;
  return Object.freeze({ reveal: () => text, toString: show, toJSON: show, [inspect.custom]: show });
}

/** 8 characters or fewer: `****`; else the first and last 4 around `****`. */
export function maskSecret(value: string): string {
  return value.length <= 8 ? "****" : `${value.slice(0, 4)}****${value.slice(-4)}`;
}

export type SecretReference =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "vault"; readonly path: string; readonly key: string };

const REFERENCE_START = /^(?:env|file|vault):/;

/** undefined for a text that is the secret itself, and for a reference that is written wrongly. */
export function parseReference(text: string): SecretReference | undefined {
  const colon = text.indexOf(":");
  const target = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case "env":
      return /^[A-Za-z_]\w*$/.test(target) ? { kind: "env", name: target } : undefined;
    case "file":
      return isAbsolute(target) || target.startsWith("~/") ? { kind: "file", path: target } : undefined;
    case "vault": {
      const parts = /^([^#\s/]+(?:\/[^#\s/]+)+)#([^#\s]+)$/.exec(target);
      return parts?.[1] && parts[2] ? { kind: "vault", path: parts[1], key: parts[2] } : undefined;
    }
    default:
      return undefined;
  }
}

/** True for a text that begins as a reference does and is none. */
export function isBrokenReference(text: string): boolean {
  return REFERENCE_START.test(text) && parseReference(text) === undefined;
}
