import type { CommandSpec } from "./command.ts";

const FILES = {
  name: "[paths...]",
  about: "files, folders or globs to read instead of the configured sources; - for stdin",
};
const IN = {
  flags: "--in <path>",
  about: "file, folder or glob to read instead of the configured sources; may be repeated",
  repeatable: true,
};
const GROUPS = {
  name: "[groups...]",
  about:
    "log groups, as `logai groups` lists them; or files, folders and - (stdin), to read all that is in them",
};
const FILTER = { flags: "--filter <pattern>", about: "CloudWatch filter pattern; case-sensitive" };
const EGRESS = { flags: "--show-egress", about: "show on stderr the exact bytes that go to the model" };

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "ask",
    summary: "Answer one question about your logs",
    args: [{ name: "<question>", about: "in plain language, in quotes" }, FILES],
    options: [EGRESS],
    examples: [
      'logai ask "why are checkouts failing?" ./logs',
      'kubectl logs api | logai ask "what is wrong?"',
      'logai ask "which requests were slow?" ./api.log --since 2h --json | jq .citations',
    ],
    notes: `--json gives one object: question, session, answer, answered, model, window,
citations (ref, kind, group, stream, timestamp, level, text), check, ledger,
notices, tools, redacted, usage, cost, rounds, ms, error.
--format stream-json gives one event a line as it happens; the second is the session.
-c goes on with the newest session (logai sessions lists them), --resume ID with
another: its questions, results and logs are known, unless other logs are named.
Exit code: 0 answered, 1 failed, 2 usage, 3 configuration or key, 4 budget,
130 interrupted.`,
    load: async () => (await import("./ask.ts")).runAsk,
  },
  {
    name: "demo",
    summary: "Try it on a built-in incident: no key, no account, no network",
    args: [],
    options: [
      { flags: "--ask <question>", about: "the question", default: "Why are checkouts failing?" },
      EGRESS,
    ],
    examples: ["logai demo", 'logai demo --ask "How many errors does each service have?"'],
    load: async () => (await import("./demo.ts")).runDemo,
  },
  {
    name: "groups",
    summary: "List log groups with size and newest event",
    args: [{ name: "[prefix]", about: "only groups whose name starts with this; or a path to look in" }],
    options: [IN],
    examples: ["logai groups", "logai groups ./logs"],
    notes: `JSON, one object a line: name, source, storedBytes, retentionDays, oldestEvent
and newestEvent (epoch milliseconds), streams, remark.`,
    load: async () => (await import("./groups.ts")).runGroups,
  },
  {
    name: "logs",
    summary: "Print events of log groups; no model involved",
    args: [GROUPS],
    options: [
      IN,
      FILTER,
      { flags: "--limit <count>", about: "newest events to print (100; with --follow 10 of each group)" },
      { flags: "--all", about: "print every matching event, oldest first" },
      { flags: "--count", about: "print only how many match" },
      { flags: "-f, --follow", about: "then print events as they come, until Ctrl-C" },
    ],
    examples: [
      "logai logs ./app.log --filter ERROR --since 2h",
      "logai logs /aws/lambda/checkout /aws/lambda/orders --follow --filter ERROR",
      "logai logs api.log worker.log --in ./logs --all",
    ],
    notes: `Several groups are merged by time.
JSON, one object a line: timestamp (ISO 8601, or null), group, stream, level
(or null), levelInferred (not written in the line but concluded from its
words), message, id.
--follow reads on as files grow and are rotated; of CloudWatch it uses Live
Tail ($0.01 a minute after 1,800 free minutes a month), or asks every 2 s where
that is not to be had. What was sampled, dropped or may be missing is told on
stderr. It ends by Ctrl-C with exit code 130, and with 0 when its reader goes
away.`,
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
    examples: ["logai stats ./api.log --by hour", "logai stats api.log --in ./logs --by statusCode"],
    notes: `JSON, one object a group: group, by, window, total, untimed, rows (key, count,
and errors where they are counted over time), remarks.`,
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
    examples: ["logai patterns ./api.log", "logai patterns api.log --in ./logs --since 1h --compare 24h"],
    notes: `JSON, one object a template: group, id, count, level (the worst of its events),
first, last, text, example. With --compare one object a group: window,
baseline, fresh, changed, vanished, errorRatePerMinute.`,
    load: async () => (await import("./patterns.ts")).runPatterns,
  },
  {
    name: "sessions",
    summary: "Kept questions: list, show, go on with or delete them",
    args: [
      {
        name: "[action]",
        about: "list (default), show ID, resume ID [QUESTION], export ID [FILE], replay ID or delete ID...",
      },
      { name: "[ids...]", about: "ids of sessions; their first characters are enough" },
    ],
    options: [
      { flags: "--as <form>", about: "export: html, markdown or json; else by the file's ending" },
      { flags: "--no-redact", about: "export: leave personal data in" },
      { flags: "--force", about: "export: write over a file that is there" },
      { flags: "--fresh", about: "replay: ask the sources; else nothing but local logs and the cache" },
      { flags: "--all", about: "delete: all of them" },
      { flags: "--older-than <time>", about: "delete: those last asked so long ago, such as 30d" },
    ],
    examples: [
      "logai sessions",
      "logai sessions show k3f",
      'logai ask --resume k3f "and what came before it?"',
      "logai sessions replay k3f",
      "logai sessions delete --older-than 30d",
    ],
    notes: `JSON of list, one object a line: id, createdAt, updatedAt, question (the first),
questions (how many), logs, place, sources, model, cost. Of show, one object: id,
createdAt, updatedAt, zone, place, questions (number, question, askedAt, window,
model, answer, answered, citations, check, tools, ledger, notices, redacted,
cost, error), events (by ref). Of delete: deleted. Of replay, one object: session,
fresh, same, different, notRun, lostAnswers, questions (number, question, tools,
check). A tool has ref, tool, input, outcome (same, different, not-run), then
summary and differences (path, item, before, now), or reason; tookKept where kept
lines stood in. A check has holds, checked, lost, unverified, uncited, changed and
asKept (refs that differ, or were not run). replay exits 1 if nothing could be run.
What is kept holds no credentials; personal data is in it, as it is in the logs.`,
    load: async () => (await import("./sessions.ts")).runSessions,
  },
  {
    name: "sanitize",
    summary: "Copy stdin to stdout with personal data and credentials replaced",
    args: [],
    options: [
      { flags: "--check", about: "print nothing; exit 1 if anything was found" },
      { flags: "--json-strings", about: "take and give one JSON string a line" },
    ],
    examples: ["logai sanitize < app.log > clean.log", "git diff | logai sanitize --check"],
    load: async () => (await import("./sanitize.ts")).runSanitize,
  },
  {
    name: "cache",
    summary: "What is kept of clouds: show it, or clear it",
    args: [
      { name: "[action]", about: "status (default) or clear" },
      { name: "[group]", about: "clear: of this log group only" },
    ],
    options: [],
    examples: ["logai cache status", "logai cache clear /aws/lambda/checkout"],
    notes: `JSON of status, one object: file, enabled, entries, maxEntries, bytes, maxBytes,
ttlMs, oldestRead (ISO 8601, or null), events (cached, fetched, hitRate), calls
(spared, made, hitRate), shares (source, group or null, entries, events, bytes,
span, oldestRead); hitRate is from 0 to 1, or null. Of clear: group, entries,
events, bytes.`,
    load: async () => (await import("./cache.ts")).runCache,
  },
  {
    name: "config",
    summary: "Settings: show, get, set, path, init or validate",
    args: [
      { name: "[action]", about: "show (default), get NAME, set NAME VALUE, path, init or validate" },
      { name: "[name]", about: "a setting, such as theme or llm.provider" },
      { name: "[value]", about: "its new value; - takes it from stdin" },
    ],
    options: [],
    examples: ["logai config show", "logai config set timezone Europe/Berlin", "logai config init"],
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
