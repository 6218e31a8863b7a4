import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirm } from "../../src/ui/confirm.ts";

function ask(text: string, answer: string | undefined, signal = new AbortController().signal) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  output.setEncoding("utf8").on("data", (some: string) => {
    shown += some;
  });
  const answered = confirm(text, { input, output, signal });
  if (answer === undefined) input.end();
  else input.write(answer);
  return answered.then((yes) => ({ yes, shown }));
}

describe("a question for yes or no", () => {
  it.each([
    ["y\n", true],
    ["YES\n", true],
    [" y \n", true],
    ["n\n", false],
    ["\n", false],
    ["yellow\n", false],
  ])("takes %j as %s", async (answer, yes) => {
    expect(await ask("Scan it?", answer)).toEqual({ yes, shown: "Scan it? [y/N] " });
  });

  it("takes the end of the input for no", async () => {
    expect(await ask("Scan it?", undefined)).toMatchObject({ yes: false });
  });

  it("takes an interrupt for no", async () => {
    const controller = new AbortController();
    const asked = ask("Scan it?", "", controller.signal);
    controller.abort();
    expect(await asked).toMatchObject({ yes: false });
  });

  it("shows no control sequence of what it asks about", async () => {
    const { shown } = await ask("Scan \u001b[2J/aws/x?", "n\n");
    expect(shown).not.toContain("\u001b[2J");
  });
});
