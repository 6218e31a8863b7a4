import { existsSync } from "node:fs";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { findSetting, setInText, writePrivateFile } from "../config/edit-settings.ts";
import { loadSettings } from "../config/load-settings.ts";
import { findPaths, resolvePath } from "../config/paths.ts";
import { parseReference } from "../config/secret.ts";
import { Failure } from "../failure.ts";
import type { CommandContext, ExitCode } from "./command.ts";

/**
 * Sets one setting in the settings file, which is made where there is none. Nothing is written that would not load.
 * @throws Failure "usage" | "configuration" | "disk"
 */
export async function setSetting(context: CommandContext, name: string, given: string): Promise<ExitCode> {
  const { screen, env, readFile, cwd, home } = context;
  const { key, env: variable, isSecret } = findSetting(name);
  const value = given === "-" ? await readValue(context) : given;
  const file = findFile(context);
  if (file.endsWith(".toml")) {
    throw new Failure("usage", `${file} is TOML, which only a person should edit.`, {
      hint: "Change it in an editor, then run: logai config validate",
    });
  }
  const text = setInText(readFile(file) ?? "", key, value);
  // The file alone is judged: what the environment says goes before it, right or wrong.
  const only = (path: string) => (path === file ? text : undefined);
  loadSettings({ flags: { config: file }, env: {}, cwd, home, readFile: only });
  writePrivateFile(file, text);
  screen.note(`${key} is set in ${file}.`);
  if (variable && env[variable]) screen.note(`${variable} is set in the environment and goes before it.`);
  if (isSecret && given !== "-" && parseReference(value) === undefined)
    screen.note(
      `The value now stands in the history of your shell too; '-' as the value reads it from stdin.`,
    );
  return 0;
}

/** The file that is read, else the one that would be. */
function findFile({ shared, env, cwd, home }: CommandContext): string {
  const chosen = shared.config || env.LOGAI_CONFIG;
  if (chosen) return resolvePath(chosen, cwd, home);
  const { configFolder } = findPaths(env, home);
  const candidates = ["config.yaml", "config.yml", "config.toml"].map((one) => join(configFolder, one));
  return candidates.find((path) => existsSync(path)) ?? join(configFolder, "config.yaml");
}

async function readValue({ stdin }: CommandContext): Promise<string> {
  const value = stdin ? (await readAll(stdin)).trim() : "";
  if (value !== "") return value;
  throw new Failure("usage", "'-' takes the value from standard input, but nothing is piped in.");
}
