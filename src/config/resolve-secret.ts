import { z } from "zod";
import { Failure, messageOf } from "../failure.ts";
import { resolvePath } from "./paths.ts";
import { parseReference, type Secret } from "./secret.ts";

export interface SecretAccess {
  /** `LoadedSettings.environment`; VAULT_ADDR, VAULT_TOKEN and VAULT_NAMESPACE are read from it too. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly readFile: (path: string) => string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
}

/** Milliseconds that Vault may take. */
const VAULT_TIMEOUT = 10_000;

/**
 * The text of a secret; a reference is followed now, when the secret is needed, and is not kept.
 * @throws Failure "credentials" that names the reference and never the secret
 */
export async function resolveSecret(secret: Secret, access: SecretAccess): Promise<string> {
  const text = secret.reveal();
  const reference = parseReference(text);
  switch (reference?.kind) {
    case undefined:
      return text;
    case "env":
      return (
        access.environment[reference.name] ||
        refuse(text, "the variable is not set", "Set it, or name another.")
      );
    case "file":
      return readSecretFile(text, reference.path, access);
    case "vault":
      return readVault(text, reference.path, reference.key, access);
  }
}

function refuse(reference: string, reason: string, hint: string, cause?: unknown): never {
  throw new Failure("credentials", `The secret ${reference} cannot be read: ${reason}.`, { hint, cause });
}

function readSecretFile(reference: string, path: string, { home, readFile }: SecretAccess): string {
  const hint = "Check the path and that you may read the file.";
  let text: string | undefined;
  try {
    text = readFile(resolvePath(path, home, home));
  } catch (cause) {
    return refuse(reference, messageOf(cause), hint, cause);
  }
  if (text === undefined) return refuse(reference, "there is no such file", hint);
  return text.replace(/\r?\n$/, "") || refuse(reference, "the file is empty", hint);
}

const vaultAnswer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });

/** HashiCorp Vault, KV version 2: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 */
async function readVault(
  reference: string,
  path: string,
  key: string,
  access: SecretAccess,
): Promise<string> {
  const { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_NAMESPACE: namespace } = access.environment;
  if (!address || !token) {
    const missing = [address ? [] : "VAULT_ADDR", token ? [] : "VAULT_TOKEN"].flat().join(" and ");
    return refuse(
      reference,
      `${missing} not set`,
      "Set VAULT_ADDR to Vault's URL and VAULT_TOKEN to your token.",
    );
  }
  const answer = await askVault(
    reference,
    vaultUrl(reference, address, path),
    {
      "x-vault-token": token,
      "x-vault-request": "true",
      ...(namespace ? { "x-vault-namespace": namespace } : {}),
    },
    access,
  );
  const values = vaultAnswer.safeParse(answer).data?.data.data;
  if (!values)
    return refuse(reference, "Vault's answer is not that of a KV version 2 engine", "Check the path.");
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (typeof value === "string" && value !== "") return value;
  return refuse(reference, `there is no text under the key '${key}'`, "Check what stands behind the #.");
}

/** `secret/logai` is read at `secret/data/logai`; a path that has its `data` step is taken as it is. */
function vaultUrl(reference: string, address: string, path: string): URL {
  const [mount = "", ...rest] = path.split("/");
  const steps = rest.slice(0, -1).includes("data") ? [mount, ...rest] : [mount, "data", ...rest];
  const base = `${address.replace(/\/+$/, "")}/v1/`;
  const url = URL.parse(steps.map(encodeURIComponent).join("/"), base);
  if (url && /^https?:$/.test(url.protocol)) return url;
  return refuse(reference, "VAULT_ADDR is no http or https URL", "Set VAULT_ADDR to Vault's URL.");
}

async function askVault(
  reference: string,
  url: URL,
  headers: Record<string, string>,
  { fetch, signal }: SecretAccess,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(VAULT_TIMEOUT);
  try {
    const response = await fetch(url, {
      headers,
      // A redirect would take the token along to wherever it points.
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (response.ok) return await response.json();
    await response.body?.cancel();
    const [reason, hint] = explainStatus(response.status);
    return refuse(reference, `Vault answered ${response.status}, ${reason}`, hint);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (signal?.aborted) throw new Failure("interrupted", "Interrupted while Vault was asked.", { cause });
    const reason = timeout.aborted
      ? `Vault did not answer within ${VAULT_TIMEOUT / 1000} s`
      : `Vault at ${url.host} cannot be reached or understood`;
    return refuse(reference, reason, "Check VAULT_ADDR and the network.", cause);
  }
}

function explainStatus(status: number): readonly [reason: string, hint: string] {
  if (status === 403) return ["permission denied", "Check that VAULT_TOKEN is valid and may read this path."];
  if (status === 404) return ["no such secret", "Check the path: MOUNT/NAME of a KV version 2 engine."];
  if (status === 503) return ["sealed or in maintenance", "Unseal Vault or try again later."];
  if (status >= 300 && status < 400) return ["a redirect", "Set VAULT_ADDR to the active node."];
  return ["an error", "Check Vault's own log, or try again later."];
}
