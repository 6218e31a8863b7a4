import { fstatSync } from "node:fs";
import { homedir } from "node:os";
import { performance } from "node:perf_hooks";
import packageJson from "../package.json" with { type: "json" };
import type { App } from "./app.ts";
import type { CommandContext, ExitCode, SharedOptions } from "./commands/command.ts";
import { exitCodeOf } from "./commands/exit-code.ts";
import { parseCommandLine } from "./commands/program.ts";
import type { AppLog } from "./config/log-file.ts";
import { readTextFile } from "./config/read-file.ts";
import { Failure, messageOf } from "./failure.ts";
import { createPrinter } from "./ui/printer.ts";
import { createScreen, type Screen } from "./ui/screen.ts";
import { createStyle, detectColour, detectUnicode } from "./ui/style.ts";

/** Width of text where no terminal tells one. */
const PIPE_COLUMNS = 100;

/** An interrupted program has gone within a second, ms. */
const STOP_WITHIN = 900;

/** What was opened on the way, for the end of the program. */
interface Opened {
  app?: App;
}

await main();

/** The only reader of the process and its environment, and the only place where an exit code is made. */
async function main(): Promise<void> {
  const interrupt = new AbortController();
  const screen = openScreen(process.argv);
  const opened: Opened = {};
  process.on("SIGINT", () => stop(interrupt));
  process.on("SIGTERM", () => stop(interrupt));
  // A reader that has gone away (head, less) ends the program quietly.
  screen.closed.addEventListener("abort", () => interrupt.abort());
  // Even where telling it fails too, the program ends.
  process.on("uncaughtException", (error) => {
    report(error, screen, opened).then(
      () => process.exit(1),
      () => process.exit(1),
    );
  });
  const code = await runSafely(screen, interrupt.signal, opened);
  opened.app?.close();
  process.exit(code);
}

/** The first time everything is asked to stop, the second time, or where something does not listen, it is stopped. */
function stop(interrupt: AbortController): void {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
  setTimeout(() => process.exit(130), STOP_WITHIN).unref();
}

async function runSafely(screen: Screen, signal: AbortSignal, opened: Opened): Promise<ExitCode> {
  try {
    const code = await parseAndRun(screen, signal, opened);
    await screen.flush();
    return isClosedPipe(screen) ? 0 : code;
  } catch (error) {
    if (isClosedPipe(screen)) return 0;
    const cause = screen.closed.aborted ? screen.closed.reason : error;
    if (signal.aborted && !screen.closed.aborted) return 130;
    await report(cause, screen, opened);
    await screen.flush().catch(() => {});
    return cause instanceof Failure ? exitCodeOf(cause.code) : 1;
  }
}

/** The reader went away; an output that could not be written is a Failure. */
function isClosedPipe({ closed }: Screen): boolean {
  return closed.aborted && !(closed.reason instanceof Failure);
}

/** A Failure is told; anything else is a bug, which is told in one line and goes to the log with its stack. */
async function report(thrown: unknown, screen: Screen, opened: Opened): Promise<void> {
  if (thrown instanceof Failure) return screen.failure(thrown, undefined);
  await screen.failure(thrown, await logBug(thrown, opened));
}

/** Gives the log's file; undefined where it cannot be written to, for that is no reason to say nothing. */
async function logBug(thrown: unknown, opened: Opened): Promise<string | undefined> {
  try {
    const { log, file } = await openBugLog(opened);
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error("bug", { error: messageOf(thrown), stack });
    return file;
  } catch {
    return undefined;
  }
}

/** Before the settings are known, the log is where it is without any. */
async function openBugLog({ app }: Opened): Promise<{ log: AppLog; file: string }> {
  if (app) return { log: app.log, file: app.loaded.settings.log.file };
  const { findPaths } = await import("./config/paths.ts");
  const file = findPaths(process.env, homedir()).logFile;
  return { log: await openLog({ level: "INFO", file, onWarning: () => {} }), file };
}

async function parseAndRun(screen: Screen, signal: AbortSignal, opened: Opened): Promise<ExitCode> {
  const invocation = await parseCommandLine(process.argv.slice(2), {
    version: packageJson.version,
    write: (text) => void screen.text(text),
    hasInput: isPiped(),
  });
  if (!invocation) return 0;
  const { command, args, options, shared } = invocation;
  const run = await command.load();
  return run(createContext(shared, screen, signal, opened), args, options);
}

function createContext(
  shared: SharedOptions,
  screen: Screen,
  signal: AbortSignal,
  opened: Opened,
): CommandContext {
  const env = process.env;
  const home = homedir();
  const readFile = readTextFile;
  return {
    screen,
    shared,
    signal,
    // Opened only by the command that reads it.
    get stdin() {
      return isPiped() ? process.stdin : undefined;
    },
    env,
    cwd: process.cwd(),
    home,
    clock: () => performance.now(),
    readFile,
    fetch: globalThis.fetch,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { confirm: askUser(screen, signal) } : {}),
    openApp: async (flags = {}) => {
      opened.app ??= await buildApp({ ...flags, ...shared }, screen, { env, home, readFile });
      return opened.app;
    },
  };
}

/** At the terminal, on stderr, so that data can go elsewhere. */
function askUser(screen: Screen, signal: AbortSignal): NonNullable<CommandContext["confirm"]> {
  return async (question) => {
    const release = screen.hold();
    try {
      const { confirm } = await import("./ui/confirm.ts");
      return await confirm(question, { input: process.stdin, output: process.stderr, signal });
    } finally {
      release();
    }
  };
}

async function buildApp(
  shared: SharedOptions,
  screen: Screen,
  { env, home, readFile }: Pick<CommandContext, "env" | "home" | "readFile">,
): Promise<App> {
  const [{ loadSettings }, { createApp }] = await Promise.all([
    import("./config/load-settings.ts"),
    import("./app.ts"),
  ]);
  const loaded = loadSettings({ flags: shared, env, cwd: process.cwd(), home, readFile });
  for (const warning of loaded.warnings) screen.note(warning);
  const { log: place, debug } = loaded.settings;
  const log = await openLog({
    level: debug ? "DEBUG" : place.level,
    file: place.file,
    onWarning: (text) => screen.note(text),
    ...(debug ? { stderr: (line: string) => screen.note(line) } : {}),
  });
  return createApp({
    loaded,
    log,
    clock: Date.now,
    home,
    readFile,
    fetch: globalThis.fetch,
    onWarning: (text) => screen.note(text),
  });
}

type LogOptions = Parameters<typeof import("./config/log-file.ts").createAppLog>[0];

/** The log of the program; every text in it goes through the sanitiser. */
async function openLog(options: Omit<LogOptions, "now" | "redact">): Promise<AppLog> {
  const [{ createAppLog }, { createSanitizer }] = await Promise.all([
    import("./config/log-file.ts"),
    import("./sanitize/sanitizer.ts"),
  ]);
  const sanitizer = createSanitizer();
  return createAppLog({ ...options, now: Date.now, redact: (text) => sanitizer.sanitize(text).text });
}

/** Made before anything is parsed, so that wrong usage is shown as asked too. */
function openScreen(argv: readonly string[]): Screen {
  const { stdout, stderr, env } = process;
  const printer = createPrinter({
    stdout,
    stderr,
    stdoutIsTty: stdout.isTTY === true,
    stderrIsTty: stderr.isTTY === true && env.TERM !== "dumb",
    columns: () => stdout.columns || stderr.columns || Number(env.COLUMNS) || PIPE_COLUMNS,
    quiet: argv.includes("--quiet"),
    now: () => performance.now(),
  });
  const theme = env.LOGAI_THEME === "light" ? "light" : "dark";
  const styleFor = (stream: { readonly isTTY?: boolean }) => {
    const options = { noColor: argv.includes("--no-color") };
    return createStyle({ colour: detectColour({ isTty: stream.isTTY === true }, env, options), theme });
  };
  return createScreen(printer, {
    stdout,
    style: styleFor(stdout),
    errorStyle: styleFor(stderr),
    unicode: detectUnicode(env),
    isTerminal: stdout.isTTY === true,
    errorsToTerminal: stderr.isTTY === true,
  });
}

/** Standard input is a pipe, a file or a socket; a terminal or nothing is no log. */
function isPiped(): boolean {
  try {
    const kind = fstatSync(0);
    return kind.isFIFO() || kind.isFile() || kind.isSocket();
  } catch {
    return false;
  }
}
