import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { resolveSecret, type SecretAccess } from "../../src/config/resolve-secret.ts";
import { createSecret, maskSecret } from "../../src/config/secret.ts";
import { Failure } from "../../src/failure.ts";

function resolve(text: string, access: Partial<SecretAccess> = {}): Promise<string> {
  const fetch = () => Promise.reject(new Error("no network here"));
  return resolveSecret(createSecret(text), {
    environment: {},
    home: "/home/me",
    readFile: () => undefined,
    fetch,
    ...access,
  });
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await promise.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof Failure) return outcome;
  throw new Error(`Expected a Failure and got ${String(outcome)}`);
}

test.each([
  ["", "****"],
  ["12345678", "****"],
  ["123456789", "1234****6789"],
])("%j is shown as %s", (value, masked) => {
  expect(maskSecret(value)).toBe(masked);
});

test("a reference is shown as it is, as it is no secret", () => {
  expect(`${createSecret("vault:secret/logai#key")}`).toBe("vault:secret/logai#key");
  expect(`${createSecret("vault-like-text")}`).toBe("vaul****text");
});

test("a text that is no reference is the secret itself", async () => {
  expect(await resolve("sk-ant-1")).toBe("sk-ant-1");
});

describe("env:", () => {
  test("is the variable's value", async () => {
    expect(await resolve("env:MY_KEY", { environment: { MY_KEY: "k1" } })).toBe("k1");
  });

  test("fails where it is not set or empty", async () => {
    for (const environment of [{}, { MY_KEY: "" }]) {
      const failure = await failureOf(resolve("env:MY_KEY", { environment }));
      expect(failure.code).toBe("credentials");
      expect(failure.message).toBe("The secret env:MY_KEY cannot be read: the variable is not set.");
    }
  });
});

describe("file:", () => {
  const files: Record<string, string> = { "/home/me/key": "k2\n", "/etc/key": "k 3\r\n\n", "/empty": "\n" };
  const readFile = (path: string) => files[path];

  test("is the file's text without its last line end", async () => {
    expect(await resolve("file:~/key", { readFile })).toBe("k2");
    expect(await resolve("file:/etc/key", { readFile })).toBe("k 3\r\n");
  });

  test("fails where the file is missing, empty or unreadable", async () => {
    expect((await failureOf(resolve("file:/none", { readFile }))).message).toContain("there is no such file");
    expect((await failureOf(resolve("file:/empty", { readFile }))).message).toContain("the file is empty");
    const denied = () => {
      throw new Error("EACCES: permission denied, open '/none'");
    };
    expect((await failureOf(resolve("file:/none", { readFile: denied }))).message).toContain("EACCES");
  });
});

describe("vault:", () => {
  const TOKEN = "hvs.0123456789";
  let server: Server;
  let address: string;
  let asked: IncomingMessage[] = [];
  const answers: Record<string, readonly [status: number, body: string]> = {
    "/v1/secret/data/logai/prod": [
      200,
      JSON.stringify({ data: { data: { key: "k4", number: 5 }, metadata: {} } }),
    ],
    "/v1/team/kv/data/logai": [200, JSON.stringify({ data: { data: { key: "k5" } } })],
    "/v1/old/data/one": [200, JSON.stringify({ data: { key: "k6" } })],
    "/v1/secret/data/denied": [403, '{"errors":["permission denied"]}'],
    "/v1/secret/data/moved": [307, ""],
    "/v1/secret/data/html": [200, "<html>"],
    "/v1/secret/data/sealed": [503, ""],
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request);
      const [status, body] = answers[request.url ?? ""] ?? [404, '{"errors":[]}'];
      response.writeHead(status, status === 307 ? { location: "/v1/secret/data/logai/prod" } : {}).end(body);
    });
    await new Promise<void>((done) => {
      server.listen(0, "127.0.0.1", done);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("The server has no port.");
    address = `http://127.0.0.1:${bound.port}`;
  });
  afterAll(() => new Promise((done) => server.close(done)));
  beforeEach(() => {
    asked = [];
  });

  const ask = (reference: string, more: Record<string, string> = {}) =>
    resolve(reference, {
      environment: { VAULT_ADDR: address, VAULT_TOKEN: TOKEN, ...more },
      fetch: globalThis.fetch,
    });

  test("is read from a KV engine of version 2, with token and namespace", async () => {
    expect(await ask("vault:secret/logai/prod#key", { VAULT_NAMESPACE: "team" })).toBe("k4");
    expect(asked.map(({ url }) => url)).toEqual(["/v1/secret/data/logai/prod"]);
    expect(asked[0]?.headers).toMatchObject({ "x-vault-token": TOKEN, "x-vault-namespace": "team" });
  });

  test("takes a path that has its data step, for engines deeper down", async () => {
    expect(await ask("vault:team/kv/data/logai#key", { VAULT_ADDR: `${address}/` })).toBe("k5");
  });

  test.each([
    ["vault:secret/none#key", "Vault answered 404, no such secret"],
    ["vault:secret/denied#key", "Vault answered 403, permission denied"],
    ["vault:secret/sealed#key", "Vault answered 503, sealed"],
    ["vault:secret/moved#key", "Vault answered 307, a redirect"],
    ["vault:secret/html#key", "cannot be reached or understood"],
    ["vault:old/one#key", "not that of a KV version 2 engine"],
    ["vault:secret/logai/prod#other", "no text under the key 'other'"],
    ["vault:secret/logai/prod#number", "no text under the key 'number'"],
    ["vault:secret/logai/prod#toString", "no text under the key 'toString'"],
  ])("%s fails: %s", async (reference, reason) => {
    const failure = await failureOf(ask(reference));
    expect(failure.code).toBe("credentials");
    expect(failure.message).toContain(`The secret ${reference} cannot be read: `);
    expect(failure.message).toContain(reason);
    expect(failure.hint).toBeDefined();
    expect(`${failure.message}${failure.hint}`).not.toContain(TOKEN);
    expect(asked).toHaveLength(1);
  });

  test("fails without a question where address or token are missing or wrong", async () => {
    expect((await failureOf(resolve("vault:secret/a#k"))).message).toContain(
      "VAULT_ADDR and VAULT_TOKEN not set",
    );
    const failure = await failureOf(ask("vault:secret/a#k", { VAULT_ADDR: "vault.example:8200" }));
    expect(failure.message).toContain("VAULT_ADDR is no http or https URL");
    expect(asked).toEqual([]);
  });

  test("fails where nobody listens", async () => {
    const failure = await failureOf(
      resolve("vault:secret/a#k", { environment: { VAULT_ADDR: address, VAULT_TOKEN: TOKEN } }),
    );
    expect(failure.message).toContain("cannot be reached");
    expect(failure.cause).toBeInstanceOf(Error);
  });

  test("an interruption is one", async () => {
    const signal = AbortSignal.abort();
    const environment = { VAULT_ADDR: address, VAULT_TOKEN: TOKEN };
    const failure = await failureOf(
      resolve("vault:secret/a#k", { environment, signal, fetch: globalThis.fetch }),
    );
    expect(failure.code).toBe("interrupted");
  });
});
