import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { expect, it } from "vitest";
import { startCloudWatch } from "./cloudwatch.ts";
import { failureOf } from "./cloudwatch-client.ts";
import { connectIdentity } from "./monitoring-client.ts";

it("tells who is asking, and refuses in XML", async () => {
  const peer = await startCloudWatch({ account: "210987654321", region: "eu-central-1" });
  const client = connectIdentity(peer);
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: "210987654321",
    Arn: "arn:aws:iam::210987654321:user/on-call",
    UserId: expect.any(String),
  });
  expect(await failureOf(client.send(new GetSessionTokenCommand({})))).toMatchObject({
    name: "InvalidAction",
  });
  const message = 'The security token <included> in the request is "invalid" & unknown.';
  const effect = { kind: "error", code: "InvalidClientTokenId", message, status: 403 } as const;
  peer.setFaults({ plan: [{ operation: "GetCallerIdentity", effect }] });
  expect(await failureOf(client.send(new GetCallerIdentityCommand({})))).toMatchObject({
    name: "InvalidClientTokenId",
    message,
    status: 403,
  });
  client.destroy();
  await peer.close();
});
