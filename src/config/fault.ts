import { Failure } from "../failure.ts";
import { maskSecret } from "./secret.ts";

/** One thing that is wrong with the settings, as one line: what is meant, what it got, what it takes. */
export type Fault = string;

const MOST_SHOWN = 60;

export function describeFault(where: string, got: unknown, takes: string, isSecret = false): Fault {
  return `${where}: got ${describeValue(got, isSecret)}; takes ${takes}`;
}

/** A value as a message may show it: secrets masked, nothing that moves the cursor, not too long. */
function describeValue(value: unknown, isSecret: boolean): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  if (isSecret) return `'${maskSecret(String(value))}'`;
  const text = showPlainly(maskLooseSecrets(String(value)));
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return typeof value === "string" ? `'${shown}'` : shown;
}

/** A key that was put where something else belongs, and a password within a URL. */
export function maskLooseSecrets(text: string): string {
  return text
    .replace(/\bsk-[\w-]{8,}/g, (key) => maskSecret(key))
    .replace(/:\/\/[^\s/@]{1,500}@/g, "://****@");
}

/** Control and format characters as `\u{...}`. */
export function showPlainly(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** All faults in one failure. */
export function failWith(faults: readonly Fault[]): Failure {
  const lines = [...new Set(faults)];
  const count = lines.length === 1 ? "1 setting is wrong:" : `${lines.length} settings are wrong:`;
  return new Failure("configuration", [count, ...lines.map((fault) => `  ${fault}`)].join("\n"), {
    hint: "Mend what is named, then check it with `logai config validate`.",
  });
}
