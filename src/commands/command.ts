import type { Readable } from "node:stream";
import type { App } from "../app.ts";
import type { Environment } from "../config/load-settings.ts";
import type { SettingFlags } from "../config/schema.ts";
import type { Screen } from "../ui/screen.ts";

/** 0 answered; 1 failed; 2 wrong usage; 3 configuration or credentials missing; 4 a budget refused it; 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

export const FORMATS = ["text", "json", "stream-json", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** The shared flags, parsed. */
export interface SharedOptions extends SettingFlags {
  readonly since?: string;
  readonly until?: string;
  readonly format: Format;
  readonly quiet: boolean;
  /** Billed scans need no further approval; neither does a deletion. */
  readonly yes: boolean;
  /** Go on with the newest session, or with the one whose id begins so. */
  readonly continue?: boolean;
  readonly resume?: string;
}

/** What a command is run with; nothing in it is read from the process again. */
export interface CommandContext {
  /**
   * Settings and what is built from them; made when it is first asked for, so that `--help` pays nothing.
   * @param flags of an earlier command line, for what this one does not say
   */
  readonly openApp: (flags?: SettingFlags) => Promise<App>;
  readonly screen: Screen;
  readonly shared: SharedOptions;
  readonly signal: AbortSignal;
  /** Standard input where it is a pipe or a file, which may still stay silent. */
  readonly stdin: Readable | undefined;
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  /** Monotonic, ms. */
  readonly clock: () => number;
  readonly readFile: (path: string) => string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Asks the user for yes or no; absent where there is no terminal to ask at. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

export interface OptionSpec {
  /** As commander reads it: `--limit <count>`. */
  readonly flags: string;
  readonly about: string;
  readonly default?: string | boolean;
  /** May be given several times; its value is then a list. */
  readonly repeatable?: boolean;
}

/** One row of the table that serves the command line, its help and, later, the chat. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** As commander reads them: `<question>`, `[paths...]`. */
  readonly args: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** What else a user must know, such as the shape of its JSON. */
  readonly notes?: string;
  /** The body, loaded when the command is run. */
  readonly load: () => Promise<RunCommand>;
}

export type RunCommand = (
  context: CommandContext,
  args: readonly (string | readonly string[] | undefined)[],
  options: Readonly<Record<string, unknown>>,
) => Promise<ExitCode>;
