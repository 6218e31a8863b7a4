import { describe, expect, it } from "vitest";
import { suggestNames } from "../../src/sources/near-names.ts";

const names = [
  "/aws/lambda/auth-service-prod",
  "/aws/lambda/auth-service-dev",
  "/aws/rds/orders",
  "app.log",
  "web/access.log",
];

describe("suggestNames", () => {
  it("puts names that contain the wanted text first", async () => {
    expect(await suggestNames("orders", names)).toEqual(["/aws/rds/orders"]);
  });

  it("finds a name that shares a rare word", async () => {
    expect((await suggestNames("prod-auth", names))[0]).toBe("/aws/lambda/auth-service-prod");
  });

  it("forgives a typing error", async () => {
    expect(await suggestNames("acess", names)).toContain("web/access.log");
  });

  it("gives no more than asked, and nothing for nonsense", async () => {
    expect(await suggestNames("aws", names, 2)).toHaveLength(2);
    expect(await suggestNames("qqqqqqqq", names)).toEqual([]);
    expect(await suggestNames("", names)).toEqual([]);
    expect(await suggestNames("a", [])).toEqual([]);
  });
});
