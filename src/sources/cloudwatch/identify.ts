import { createHash } from "node:crypto";
import { Failure } from "../../failure.ts";
import { throwIfAborted, untilAborted } from "../cached/aborted.ts";
import type { Identity, IdentityMemory } from "../source.ts";
import { failureOf } from "./call-errors.ts";
import type { Connection } from "./client.ts";

/**
 * Tells whose events the credentials of the moment read.
 * @throws Failure "credentials" where there are none, "interrupted"
 */
export type Identify = (
  connection: Connection,
  signal: AbortSignal,
  memory: IdentityMemory | undefined,
) => Promise<Identity>;

/** How long STS may take, ms: what it tells only makes a name for what is kept. */
const PATIENCE = 2_000;

/**
 * An account that the credentials do not name is asked of STS, once for an access key; where that does not answer, the
 * key stands for it, since a key belongs to one account.
 */
export function createIdentify(): Identify {
  const asked = new Map<string, Promise<string>>();
  return async (connection, signal, memory) => {
    const { accessKeyId, accountId } = await findCredentials(connection, signal);
    const region = regionAt(connection);
    const digest = createHash("sha256").update(accessKeyId).digest("hex");
    const known = accountId ?? memory?.find(digest);
    if (known !== undefined) return { account: known, region };
    const answer = asked.get(digest) ?? askAccount(connection, digest);
    asked.set(digest, answer);
    await untilAborted(answer, signal);
    const account = await answer;
    memory?.keep(digest, account);
    return { account, region };
  };
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

/** For all that wait for it, whichever of them is interrupted. */
async function askAccount({ send, identity }: Connection, digest: string): Promise<string> {
  const keyName = `key-${digest.slice(0, 16)}`;
  try {
    const [sts, { GetCallerIdentityCommand }] = await Promise.all([
      identity(),
      import("@aws-sdk/client-sts"),
    ]);
    const { Account = keyName } = await send({
      operation: "GetCallerIdentity",
      run: (abortSignal) => sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    return Account;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return keyName;
  }
}

/** Where the address is not AWS's own, what stands there is its own region. */
function regionAt({ region, endpoint }: Connection): string {
  const host = endpoint === undefined ? undefined : (URL.parse(endpoint)?.host ?? endpoint);
  return host === undefined ? region : `${region}@${host}`;
}
