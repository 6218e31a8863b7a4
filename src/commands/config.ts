import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import type { CommandContext, ExitCode, RunCommand } from "./command.ts";
import { wantsJson } from "./sources.ts";

/** Columns from which on the environment variables are shown as well. */
const WIDE_COLUMNS = 120;

export const runConfig: RunCommand = async (context, [action = "show", name, value]) => {
  switch (action) {
    case "show":
      return show(context);
    case "get":
      return get(context, word(name, "get"));
    case "set": {
      const { setSetting } = await import("./config-set.ts");
      return setSetting(context, word(name, "set"), word(value, "set"));
    }
    case "path":
      return path(context);
    case "validate":
      return validate(context);
    case "init":
      return init(context);
    default:
      throw new Failure("usage", `There is no 'config ${String(action)}'.`, {
        hint: "Use show, get, set, path, init or validate.",
      });
  }
};

/** @throws Failure "usage" where it is missing */
function word(given: string | readonly string[] | undefined, action: "get" | "set"): string {
  if (typeof given === "string") return given;
  const form = action === "get" ? "get NAME" : "set NAME VALUE";
  throw new Failure("usage", `'config ${action}' needs more: logai config ${form}.`, {
    hint: "`logai config show` lists the names.",
  });
}

async function show(context: CommandContext): Promise<ExitCode> {
  const { loaded } = await context.openApp();
  const { describeSettings } = await import("../config/describe-settings.ts");
  const rows = describeSettings(loaded);
  if (wantsJson(context)) {
    for (const row of rows) await context.screen.json(row);
    return 0;
  }
  const { screen } = context;
  // The names of the variables are long; the settings file that `init` makes has them too.
  const isWide = !screen.isTerminal || screen.columns >= WIDE_COLUMNS;
  await screen.table(
    [
      { title: "setting" },
      { title: "value", overflow: "cut-middle" },
      { title: "from", overflow: "cut-middle" },
      ...(isWide ? [{ title: "variable" }] : []),
    ],
    rows.map(({ name, value, origin, variable }) => [name, value, origin, variable ?? ""]),
  );
  return 0;
}

/** The value alone, so that a script can take it; secrets stay masked. */
async function get(context: CommandContext, name: string): Promise<ExitCode> {
  const { loaded } = await context.openApp();
  const [{ describeSettings }, { findSetting }] = await Promise.all([
    import("../config/describe-settings.ts"),
    import("../config/edit-settings.ts"),
  ]);
  const { key } = findSetting(name);
  const row = describeSettings(loaded).find((one) => one.name === key);
  if (wantsJson(context)) await context.screen.json(row);
  else await context.screen.line(row?.value ?? "");
  return 0;
}

async function path(context: CommandContext): Promise<ExitCode> {
  const { paths } = (await context.openApp()).loaded;
  await context.screen.line(paths.configFile ?? join(paths.configFolder, "config.yaml"));
  if (!paths.configFile) context.screen.note("There is no such file yet; make one with: logai config init");
  return 0;
}

/** Loading is validating: it throws with every fault at once. */
async function validate(context: CommandContext): Promise<ExitCode> {
  const { loaded } = await context.openApp();
  await context.screen.line(`All settings are right (${loaded.paths.configFile ?? "no settings file"}).`);
  return 0;
}

async function init({ env, home, screen }: CommandContext): Promise<ExitCode> {
  const [{ findPaths }, { renderInitFile }, { writePrivateFile }] = await Promise.all([
    import("../config/paths.ts"),
    import("../config/init-file.ts"),
    import("../config/edit-settings.ts"),
  ]);
  const { configFolder } = findPaths(env, home);
  for (const name of ["config.yaml", "config.yml", "config.toml"]) {
    const existing = join(configFolder, name);
    if (existsSync(existing))
      throw new Failure("configuration", `${existing} exists already.`, {
        hint: "Edit it, or move it away first.",
      });
  }
  const file = join(configFolder, "config.yaml");
  writePrivateFile(file, renderInitFile());
  await screen.line(file);
  return 0;
}
