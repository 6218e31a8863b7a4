import { createHash } from "node:crypto";
import { Failure } from "../../failure.ts";
import { throwIfAborted, untilAborted } from "../cached/aborted.ts";
import type { Identity, IdentityMemory } from "../source.ts";
import { failureOf } from "./call-errors.ts";
import type { Connection } from "./client.ts";

/** How long STS may take, ms: what it tells only makes names for what is kept. */
const PATIENCE = 2_000;

/**
 * Whose events these credentials read. An account that the credentials do not name is asked of STS, once for an access
 * key; where that does not answer, the key stands for it, since a key belongs to one account.
 * @throws Failure "credentials" where there are none, "interrupted"
 */
export async function identifyReader(
  connection: Connection,
  signal: AbortSignal,
  memory: IdentityMemory | undefined,
): Promise<Identity> {
  const { accessKeyId, accountId } = await findCredentials(connection, signal);
  const digest = createHash("sha256").update(accessKeyId).digest("hex");
  const region = regionAt(connection);
  const known = accountId ?? memory?.find(digest);
  if (known !== undefined) return { account: known, region };
  const account = (await askAccount(connection, signal)) ?? `key-${digest.slice(0, 16)}`;
  memory?.keep(digest, account);
  return { account, region };
}

async function findCredentials({ logs, region, profile }: Connection, signal: AbortSignal) {
  throwIfAborted(signal);
  const found = logs.config.credentials();
  // They are looked for without regard to any signal.
  await untilAborted(found, signal);
  try {
    return await found;
  } catch (error) {
    throw failureOf(error, { operation: "the credentials", region, profile });
  }
}

/** undefined where it cannot be told soon. @throws Failure "interrupted" */
async function askAccount({ send, identity }: Connection, signal: AbortSignal): Promise<string | undefined> {
  try {
    const [sts, { GetCallerIdentityCommand }] = await Promise.all([
      identity(),
      import("@aws-sdk/client-sts"),
    ]);
    const { Account } = await send({
      operation: "GetCallerIdentity",
      run: (abortSignal) => sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
    return Account;
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

/** Where the address is not AWS's own, what stands there is its own region. */
function regionAt({ region, endpoint }: Connection): string {
  const host = endpoint === undefined ? undefined : (URL.parse(endpoint)?.host ?? endpoint);
  return host === undefined ? region : `${region}@${host}`;
}
