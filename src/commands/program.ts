import { type Argument, Command, CommanderError, Option } from "commander";
import { findNearName } from "../config/near-name.ts";
import { Failure } from "../failure.ts";
import { type CommandSpec, FORMATS, type SharedOptions } from "./command.ts";
import { COMMANDS } from "./table.ts";

/** What the command line asks for, in the terms of the table of commands. */
export interface Invocation {
  readonly command: CommandSpec;
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly shared: SharedOptions;
}

export interface ProgramOptions {
  readonly version: string;
  /** Where help and the version go. */
  readonly write: (text: string) => void;
  /** Something is piped in, so that no command means a question about it. */
  readonly hasInput: boolean;
}

const ABOUT =
  "Ask questions of your logs in plain language. Every claim is checked; nothing leaves unsanitised.";
const START =
  '\nStart here:\n  logai demo\n  logai ask "what is wrong?" ./logs\n  logai logs ./app.log --filter ERROR\n';
const DEFAULT_QUESTION = "What went wrong?";

/**
 * Reads the words behind the program's name; undefined where help or the version was all that was wanted.
 * @throws Failure "usage" that names the word and what was meant
 */
export async function parseCommandLine(
  words: readonly string[],
  options: ProgramOptions,
): Promise<Invocation | undefined> {
  let found: Omit<Invocation, "shared"> | undefined;
  const program = describeProgram(options);
  for (const spec of COMMANDS) {
    describeCommand(program.command(spec.name), spec).action((...received: unknown[]) => {
      const given = received[spec.args.length];
      found = {
        command: spec,
        args: received.slice(0, spec.args.length).map(readArgument),
        options: isRecord(given) ? given : {},
      };
    });
  }
  program.argument("[words...]").action((given: unknown) => {
    found = withoutCommand(Array.isArray(given) ? given.map(String) : [], options.hasInput);
    if (!found) program.outputHelp();
  });
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw wrongUsage(error, words);
  }
  return found && { ...found, shared: readShared(program.opts()) };
}

function describeProgram({ version, write }: ProgramOptions): Command {
  return (
    new Command("logai")
      .usage("[command] [options]")
      .description(ABOUT)
      .version(version, "-V, --version", "print the version")
      .helpOption("-h, --help", "show help")
      .helpCommand("help [command]", "show help for a command")
      .configureHelp({ showGlobalOptions: true, visibleArguments: (command) => argumentsOf(command) })
      // Errors come as exceptions and are shown like all others.
      .configureOutput({ writeOut: write, writeErr: () => {} })
      .showSuggestionAfterError()
      .exitOverride()
      .addOption(
        new Option("--format <format>", "how the result is printed").choices(FORMATS).default("text"),
      )
      .option("--json", "short for --format json")
      .option("--since <time>", "start: 2h, 'yesterday 14:00', ISO 8601, epoch")
      .option("--until <time>", "end, exclusive; same forms")
      .option("--timezone <zone>", "zone in which times are read and shown")
      .option("--source <names>", "names of configured data sources")
      .option("--profile <name>", "AWS profile")
      .option("--region <name>", "AWS region")
      .option("-c, --continue", "go on with the newest session")
      .option("--resume <id>", "go on with this session; the first characters of its id are enough")
      .option("--model <id>", "model id")
      .option("--offline", "the built-in analyst: no key, no network")
      .option("--max-cost <dollars>", "most that a question may cost")
      .option("--max-scan-cost <dollars>", "most that the billed scans of a question may cost")
      .option("--yes", "let every billed scan go ahead")
      .option("--max-tokens <tokens>", "most that a question may use")
      .option("--no-cache", "read everything anew, and keep nothing")
      .option("--config <file>", "another settings file")
      .option("--no-color", "no colours")
      .option("--quiet", "no progress and no remarks on stderr")
      .option("--debug", "the program's own log on stderr")
      .addHelpText("after", START)
  );
}

/** The words of the program itself are there for better errors only. */
function argumentsOf(command: Command): Argument[] {
  return command.parent ? [...command.registeredArguments] : [];
}

function describeCommand(command: Command, spec: CommandSpec): Command {
  command.description(spec.summary);
  for (const { name, about } of spec.args) command.argument(name, about);
  for (const { flags, about, default: fallback, repeatable } of spec.options) {
    const option = new Option(flags, about);
    if (repeatable) option.argParser(collect);
    command.addOption(fallback === undefined ? option : option.default(fallback));
  }
  const examples = spec.examples.map((example) => `  ${example}`).join("\n");
  const notes = spec.notes ? `\n${spec.notes}\n` : "";
  return command.addHelpText("after", `${notes}\nExamples:\n${examples}\n`);
}

/** A flag that may be given several times, as a list. */
function collect(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? before.map(String) : []), value];
}

/** No command: a question, where the first word is one or something is piped in; undefined asks for help. */
function withoutCommand(words: readonly string[], hasInput: boolean): Omit<Invocation, "shared"> | undefined {
  const [first, ...rest] = words;
  const ask = COMMANDS.find(({ name }) => name === "ask");
  if (!ask || (first === undefined && !hasInput)) return undefined;
  if (first === undefined) return { command: ask, args: [DEFAULT_QUESTION, []], options: {} };
  if (/\s/.test(first.trim())) return { command: ask, args: [first, rest], options: {} };
  const near = findNearName(
    first,
    COMMANDS.map(({ name }) => name),
  );
  const meant = near === undefined ? "" : ` Did you mean '${near}'?`;
  throw new Failure("usage", `There is no command '${first}'.${meant}`, {
    hint: 'logai --help lists the commands; a question goes in quotes: logai ask "..." ./logs',
  });
}

/** Commander's message, said as all errors are. */
function wrongUsage({ message }: CommanderError, words: readonly string[]): Failure {
  const command = COMMANDS.find(({ name }) => words.includes(name));
  const [what = "", ...more] = message.replace(/^error: /, "").split("\n");
  const meant = more.map((line) => line.replace(/^\((.*)\)$/, "$1")).join(" ");
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/[.:]?$/, ".")}`;
  return new Failure("usage", meant === "" ? sentence : `${sentence} ${meant}`, {
    hint: `What is possible: logai ${command ? `${command.name} ` : ""}--help`,
  });
}

function readShared(options: Readonly<Record<string, unknown>>): SharedOptions {
  const text = (name: string) => (typeof options[name] === "string" ? { [name]: options[name] } : {});
  const format = options.json ? "json" : (FORMATS.find((one) => one === options.format) ?? "text");
  return {
    ...text("since"),
    ...text("until"),
    ...text("timezone"),
    ...text("source"),
    ...text("profile"),
    ...text("region"),
    ...text("model"),
    ...text("resume"),
    ...text("maxCost"),
    ...text("maxScanCost"),
    ...text("maxTokens"),
    ...text("config"),
    ...(options.continue === true ? { continue: true } : {}),
    ...(options.offline === true ? { offline: true } : {}),
    ...(options.cache === false ? { cache: false } : {}),
    ...(options.debug === true ? { debug: true } : {}),
    format,
    quiet: options.quiet === true,
    yes: options.yes === true,
  };
}

function readArgument(value: unknown): string | readonly string[] | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(String) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
