import type { CommandSpec } from "./command.ts";

const FILES = {
  name: "[paths...]",
  about: "files, folders or globs to read instead of the configured sources; - for stdin",
};
const IN = {
  flags: "--in <paths...>",
  about: "files, folders or globs to read instead of the configured sources",
};
const GROUPS = { name: "<groups...>", about: "log groups, as `logai groups` lists them" };
const FILTER = { flags: "--filter <pattern>", about: "CloudWatch filter pattern; case-sensitive" };

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "ask",
    summary: "Answer one question about your logs",
    args: [{ name: "<question>", about: "in plain language, in quotes" }, FILES],
    options: [{ flags: "--show-egress", about: "show on stderr the exact bytes that go to the model" }],
    examples: [
      'logai ask "why are checkouts failing?" ./logs',
      'kubectl logs api | logai ask "what is wrong?"',
    ],
    load: async () => (await import("./ask.ts")).runAsk,
  },
  {
    name: "demo",
    summary: "Try it on a built-in incident: no key, no account, no network",
    args: [],
    options: [
      { flags: "--ask <question>", about: "the question", default: "Why are checkouts failing?" },
      { flags: "--show-egress", about: "show on stderr the exact bytes that go to the model" },
    ],
    examples: ["logai demo", 'logai demo --ask "How many errors does each service have?"'],
    load: async () => (await import("./demo.ts")).runDemo,
  },
  {
    name: "groups",
    summary: "List log groups with size and newest event",
    args: [{ name: "[prefix]", about: "only groups whose name starts with this" }],
    options: [IN],
    examples: ["logai groups --in ./logs"],
    load: async () => (await import("./groups.ts")).runGroups,
  },
  {
    name: "logs",
    summary: "Print events of log groups; no model involved",
    args: [GROUPS],
    options: [
      IN,
      FILTER,
      { flags: "--limit <count>", about: "newest events to print", default: "100" },
      { flags: "--all", about: "print every matching event" },
      { flags: "--count", about: "print only how many match" },
    ],
    examples: ["logai logs api.log --in ./logs --filter ERROR --since 2h"],
    load: async () => (await import("./logs.ts")).runLogs,
  },
  {
    name: "stats",
    summary: "Count events by level, minute, hour, stream or a field",
    args: [GROUPS],
    options: [
      IN,
      FILTER,
      { flags: "--by <what>", about: "level, minute, hour, stream or the name of a field", default: "level" },
    ],
    examples: [
      "logai stats api.log --in ./logs --by hour",
      "logai stats api.log --in ./logs --by statusCode",
    ],
    load: async () => (await import("./stats.ts")).runStats,
  },
  {
    name: "patterns",
    summary: "Fold events into templates with counts",
    args: [GROUPS],
    options: [
      IN,
      FILTER,
      { flags: "--top <count>", about: "templates to print", default: "30" },
      {
        flags: "--compare <span>",
        about: "what is new against the window that lies this long before, such as 24h",
      },
    ],
    examples: ["logai patterns api.log --in ./logs --since 1h --compare 24h"],
    load: async () => (await import("./patterns.ts")).runPatterns,
  },
  {
    name: "config",
    summary: "Settings: show, path, validate or init",
    args: [{ name: "[action]", about: "show (default), path, validate or init" }],
    options: [],
    examples: ["logai config show", "logai config init"],
    load: async () => (await import("./config.ts")).runConfig,
  },
  {
    name: "doctor",
    summary: "Check the model, the sources, the folders and the terminal, and say how to mend each",
    args: [FILES],
    options: [],
    examples: ["logai doctor ./logs"],
    load: async () => (await import("./doctor.ts")).runDoctor,
  },
];
