import { expect, test } from "vitest";
import { parseCommandLine } from "../../src/commands/program.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { Failure } from "../../src/failure.ts";

function parse(words: readonly string[], hasInput = false) {
  let written = "";
  const write = (text: string) => {
    written += text;
  };
  return parseCommandLine(words, { version: "1.2.3", write, hasInput }).then((invocation) => ({
    command: invocation?.command.name,
    args: invocation?.args,
    options: invocation?.options,
    shared: invocation?.shared,
    written,
  }));
}

test("shared flags stand before or behind the command", async () => {
  const flags = ["--since", "2h", "--json", "--quiet"];
  const before = await parse([...flags, "logs", "a", "b"]);
  const behind = await parse(["logs", "a", "b", ...flags]);
  expect(before).toEqual(behind);
  expect(behind).toMatchObject({
    command: "logs",
    args: [["a", "b"]],
    shared: { since: "2h", format: "json", quiet: true },
  });
});

test("--no-cache stands anywhere, and nothing is said of the cache without it", async () => {
  expect((await parse(["logs", "a", "--no-cache"])).shared).toMatchObject({ cache: false });
  expect(await parse(["--no-cache", "cache", "clear", "a"])).toMatchObject({
    command: "cache",
    args: ["clear", "a"],
    shared: { cache: false },
  });
  expect((await parse(["logs", "a"])).shared).not.toHaveProperty("cache");
});

test("--in takes one path each time, and leaves the words behind it alone", async () => {
  const { args, options } = await parse(["logs", "--in", "./logs", "api.log", "--in", "./more"]);
  expect(args).toEqual([["api.log"]]);
  expect(options).toMatchObject({ in: ["./logs", "./more"] });
});

test("a list of one reading is not in the next", async () => {
  await parse(["groups", "--in", "a"]);
  expect((await parse(["groups", "--in", "b"])).options).toMatchObject({ in: ["b"] });
});

test("no command is a question where there is something to ask about, else help", async () => {
  expect(await parse([], true)).toMatchObject({ command: "ask", args: ["What went wrong?", []] });
  expect(await parse(["why is it slow?", "./logs"])).toMatchObject({
    command: "ask",
    args: ["why is it slow?", ["./logs"]],
  });
  const { command, written } = await parse([]);
  expect(command).toBeUndefined();
  expect(written).toContain("Usage: logai");
});

test("every command has help with its examples, and options that help describes", async () => {
  for (const { name, examples, options } of COMMANDS) {
    const { written } = await parse([name, "--help"]);
    for (const example of examples) expect(written).toContain(example);
    for (const { flags } of options) expect(written).toContain(flags);
  }
});

test("the examples of the help are understood", async () => {
  for (const { examples } of COMMANDS) {
    for (const example of examples) {
      const own = example.replace(/^.*\| (?=logai)/, "").replace(/ [|<>].*$/, "");
      const words = [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
      await expect(parse(words.slice(1)), example).resolves.toMatchObject({ command: words[1] });
    }
  }
});

test("what is wrong is a Failure of usage with a hint", async () => {
  for (const words of [
    ["nonsense"],
    ["logs", "--nonsense"],
    ["ask"],
    ["stats", "--by"],
    ["--format", "x", "logs"],
  ]) {
    const thrown = await parse(words).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ code: "usage", hint: expect.stringContaining("logai") });
  }
});
