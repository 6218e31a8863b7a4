import { describe, expect, it } from "vitest";
import { readAwsProfile } from "../../src/sources/cloudwatch/aws-profile.ts";

const CONFIG = `
# a comment = nothing
[default]
region = us-east-1
endpoint_url = http://default.example

[profile prod]
services = local   # where it is
endpoint_url = http://prod.example
credential_process = /opt/bin/vend --json

[profile "two words"]
region=eu-west-1

[profile off]
endpoint_url = http://off.example
ignore_configured_endpoint_urls = true

[services local]
s3 =
  endpoint_url = http://s3.example
cloudwatch_logs =
  endpoint_url = http://logs.example
; cloudwatch = none
unknown line
[sso-session corp]
sso_region = us-east-1
`;
const CREDENTIALS = "[default]\naws_access_key_id = x\n[keys-only]\naws_access_key_id = y\n";

const read = (profile: string | undefined, env: Record<string, string> = {}) =>
  readAwsProfile({
    profile,
    env: { HOME: "/home/on-call", ...env },
    readText: async (path) => {
      if (path === "/home/on-call/.aws/config") return CONFIG;
      if (path === "/home/on-call/.aws/credentials") return CREDENTIALS;
      throw new Error(`no such file ${path}`);
    },
  });

describe("a profile of AWS's files", () => {
  it.each([
    [undefined, "cloudwatch_logs", "http://default.example"],
    ["default", "sts", "http://default.example"],
    ["prod", "cloudwatch_logs", "http://logs.example"],
    ["prod", "cloudwatch", "http://prod.example"],
    ["prod", "sts", "http://prod.example"],
    ["off", "cloudwatch_logs", undefined],
    ["keys-only", "cloudwatch_logs", undefined],
    ["none", "cloudwatch_logs", undefined],
  ] as const)("%s has for %s the address %s", async (profile, service, address) => {
    expect((await read(profile)).endpointOf(service)).toBe(address);
  });

  it("is the one of the environment where none is given", async () => {
    expect(await read(undefined, { AWS_PROFILE: "prod" })).toMatchObject({ name: "prod", hasProcess: true });
    expect(await read("keys-only", { AWS_PROFILE: "prod" })).toMatchObject({
      name: "keys-only",
      hasProcess: false,
      isKnown: true,
    });
    const ignored = await read("prod", { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" });
    expect(ignored.endpointOf("cloudwatch_logs")).toBeUndefined();
  });

  it("is known, or not, among all that there are", async () => {
    const known = ["default", "keys-only", "off", "prod", "two words"];
    expect(await read("none")).toMatchObject({ isKnown: false, known });
    expect(await read(undefined)).toMatchObject({ isKnown: true, name: undefined });
    const elsewhere = { AWS_CONFIG_FILE: "/none", AWS_SHARED_CREDENTIALS_FILE: "/none" };
    expect(await read("prod", elsewhere)).toMatchObject({ isKnown: false, known: [] });
  });
});
