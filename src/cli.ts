import { fstatSync } from "node:fs";
import { homedir } from "node:os";
import { performance } from "node:perf_hooks";
import { Command, CommanderError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import type { App } from "./app.ts";
import {
  type CommandContext,
  type CommandSpec,
  type ExitCode,
  FORMATS,
  type SharedOptions,
} from "./commands/command.ts";
import { COMMANDS } from "./commands/table.ts";
import { readTextFile } from "./config/read-file.ts";
import { Failure, type FailureCode, messageOf } from "./failure.ts";
import { createPrinter } from "./ui/printer.ts";
import { createScreen, type Screen } from "./ui/screen.ts";
import { createStyle, detectColour, detectUnicode } from "./ui/style.ts";

/** Width of tables where no terminal tells one. */
const PIPE_COLUMNS = 200;

const EXIT_CODES: Partial<Record<FailureCode, ExitCode>> = {
  usage: 2,
  "invalid-filter": 2,
  "invalid-time": 2,
  configuration: 3,
  credentials: 3,
  authentication: 3,
  budget: 4,
  interrupted: 130,
};

await main();

/** The only reader of the process and its environment, and the only place where an exit code is made. */
async function main(): Promise<void> {
  const interrupt = new AbortController();
  const screen = openScreen(process.argv);
  process.on("SIGINT", () => stop(interrupt));
  process.on("SIGTERM", () => stop(interrupt));
  // A reader that has gone away (head, less) ends the program quietly.
  screen.closed.addEventListener("abort", () => interrupt.abort());
  const code = await runSafely(screen, interrupt.signal);
  await screen.flush();
  process.exit(screen.closed.aborted ? 0 : code);
}

function stop(interrupt: AbortController): void {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
}

async function runSafely(screen: Screen, signal: AbortSignal): Promise<ExitCode> {
  const opened: { app?: App } = {};
  try {
    return await parseAndRun(screen, signal, opened);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (signal.aborted) return 130;
    if (!(error instanceof Failure))
      opened.app?.log.error("bug", {
        error: messageOf(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    await screen.failure(error, opened.app?.loaded.settings.log.file);
    return error instanceof Failure ? (EXIT_CODES[error.code] ?? 1) : 1;
  } finally {
    opened.app?.log.close();
  }
}

async function parseAndRun(screen: Screen, signal: AbortSignal, opened: { app?: App }): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = describeProgram(screen);
  for (const spec of COMMANDS) {
    describeCommand(program.command(spec.name), spec).action(async (...received: unknown[]) => {
      const args = received.slice(0, spec.args.length).map(readArgument);
      const options = isRecord(received[spec.args.length]) ? received[spec.args.length] : {};
      const context = createContext(program, screen, signal, opened);
      const run = await spec.load();
      code = await run(context, args, isRecord(options) ? options : {});
    });
  }
  program.action(async () => {
    const piped = pipedInput();
    const ask = COMMANDS.find(({ name }) => name === "ask");
    if (!piped || !ask) return program.outputHelp();
    const run = await ask.load();
    code = await run(createContext(program, screen, signal, opened), ["What went wrong?", []], {});
  });
  await program.parseAsync(process.argv);
  return code;
}

function describeProgram(screen: Screen): Command {
  const program = new Command("logai")
    .description(
      "Ask questions of your logs in plain language. Every claim is checked; nothing leaves unsanitised.",
    )
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void screen.text(text),
      writeErr: (text) => screen.error(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError("Run with --help to see what is possible.")
    .exitOverride()
    .addOption(
      new Option("--format <format>", "text, json, stream-json or markdown").choices(FORMATS).default("text"),
    )
    .option("--json", "short for --format json")
    .option("--since <time>", "start: 2h, 'yesterday 14:00', ISO 8601, epoch")
    .option("--until <time>", "end, exclusive; same forms")
    .option("--timezone <zone>", "zone in which times are read and shown")
    .option("--source <names>", "names of configured data sources")
    .option("--model <id>", "model id")
    .option("--offline", "the built-in analyst: no key, no network")
    .option("--max-cost <dollars>", "most that a question may cost")
    .option("--max-tokens <tokens>", "most that a question may use")
    .option("--config <file>", "another settings file")
    .option("--no-color", "no colours")
    .option("--quiet", "no progress and no remarks on stderr")
    .option("--debug", "the program's own log on stderr");
  return program.addHelpText("after", '\nStart here:\n  logai demo\n  logai ask "what is wrong?" ./logs\n');
}

function describeCommand(command: Command, spec: CommandSpec): Command {
  command.description(spec.summary);
  for (const { name, about } of spec.args) command.argument(name, about);
  for (const option of spec.options) command.option(option.flags, option.about, option.default);
  return command.addHelpText(
    "after",
    `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}\n`,
  );
}

function createContext(
  program: Command,
  screen: Screen,
  signal: AbortSignal,
  opened: { app?: App },
): CommandContext {
  const shared = readShared(program.opts());
  const env = process.env;
  const home = homedir();
  const readFile = readTextFile;
  return {
    screen,
    shared,
    signal,
    stdin: pipedInput(),
    env,
    cwd: process.cwd(),
    home,
    clock: () => performance.now(),
    readFile,
    fetch: globalThis.fetch,
    openApp: async () => {
      opened.app ??= await buildApp(shared, screen, { env, home, readFile });
      return opened.app;
    },
  };
}

async function buildApp(
  shared: SharedOptions,
  screen: Screen,
  { env, home, readFile }: Pick<CommandContext, "env" | "home" | "readFile">,
): Promise<App> {
  const [{ loadSettings }, { createAppLog }, { createApp }, { createSanitizer }] = await Promise.all([
    import("./config/load-settings.ts"),
    import("./config/log-file.ts"),
    import("./app.ts"),
    import("./sanitize/sanitizer.ts"),
  ]);
  const loaded = loadSettings({ flags: shared, env, cwd: process.cwd(), home, readFile });
  for (const warning of loaded.warnings) screen.note(warning);
  const { log: place, debug } = loaded.settings;
  const sanitizer = createSanitizer();
  const log = createAppLog({
    level: debug ? "DEBUG" : place.level,
    file: place.file,
    now: Date.now,
    redact: (text) => sanitizer.sanitize(text).text,
    onWarning: (text) => screen.note(text),
    ...(debug ? { stderr: (line: string) => screen.note(line) } : {}),
  });
  return createApp({ loaded, log, clock: Date.now, home, readFile, fetch: globalThis.fetch });
}

function readShared(options: Readonly<Record<string, unknown>>): SharedOptions {
  const text = (name: string) => (typeof options[name] === "string" ? { [name]: options[name] } : {});
  const format = options.json ? "json" : (FORMATS.find((one) => one === options.format) ?? "text");
  return {
    ...text("since"),
    ...text("until"),
    ...text("timezone"),
    ...text("source"),
    ...text("model"),
    ...text("maxCost"),
    ...text("maxTokens"),
    ...text("config"),
    ...(options.offline === true ? { offline: true } : {}),
    ...(options.debug === true ? { debug: true } : {}),
    format,
    quiet: options.quiet === true,
  };
}

/** Made before anything is parsed, so that wrong usage is shown as asked too. */
function openScreen(argv: readonly string[]): Screen {
  const { stdout, stderr, env } = process;
  const printer = createPrinter({
    stdout,
    stderr,
    stdoutIsTty: stdout.isTTY === true,
    stderrIsTty: stderr.isTTY === true,
    columns: () => stdout.columns || Number(env.COLUMNS) || PIPE_COLUMNS,
    quiet: argv.includes("--quiet"),
    now: () => performance.now(),
  });
  const colour = detectColour({ isTty: stdout.isTTY === true }, env, {
    noColor: argv.includes("--no-color"),
  });
  const theme = env.LOGAI_THEME === "light" ? "light" : "dark";
  return createScreen(printer, createStyle({ colour, theme }), detectUnicode(env));
}

/** Standard input where it is a pipe, a file or a socket; a terminal or nothing is no log. */
function pipedInput(): NodeJS.ReadStream | undefined {
  try {
    const kind = fstatSync(0);
    return kind.isFIFO() || kind.isFile() || kind.isSocket() ? process.stdin : undefined;
  } catch {
    return undefined;
  }
}

function readArgument(value: unknown): string | readonly string[] | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(String) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
