import { describe, expect, it } from "vitest";
import { locateSanitizedNames } from "../../src/agent/sanitized-names.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { openShop } from "./shop.ts";

const { signal } = new AbortController();

function open(...names: string[]) {
  const groups = Object.fromEntries(names.map((name) => [name, ["INFO ready"]]));
  return locateSanitizedNames(openShop({ groups }).directory, createSanitizer());
}

describe("a group whose name the model is not shown", () => {
  it("is found by what the sanitiser leaves of it", async () => {
    const directory = open("host 10.1.2.3 web", "checkout");
    expect(await directory.locate("host [IP_REDACTED] web", signal)).toMatchObject({
      group: "host 10.1.2.3 web",
    });
    expect(await directory.locate("checkout", signal)).toMatchObject({ group: "checkout" });
  });

  it("is not guessed where several look alike, and the failure tells no name", async () => {
    const located = open("host 10.1.2.3 web", "host 10.1.2.4 web").locate("host [IP_REDACTED] web", signal);
    await expect(located).rejects.toMatchObject({
      code: "group-not-found",
      message: expect.stringMatching(/^2 log groups are shown as 'host \[IP_REDACTED\] web'/),
      hint: expect.stringContaining("search_logs"),
    });
  });

  it("is told as not found where none is meant", async () => {
    await expect(open("checkout").locate("host [IP_REDACTED] api", signal)).rejects.toMatchObject({
      code: "group-not-found",
      message: expect.stringContaining("not found"),
    });
  });
});
