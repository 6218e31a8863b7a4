import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import type { CommandContext, ExitCode, RunCommand } from "./command.ts";
import { wantsJson } from "./sources.ts";

export const runConfig: RunCommand = async (context, [action = "show"]) => {
  switch (action) {
    case "show":
      return show(context);
    case "path":
      return path(context);
    case "validate":
      return validate(context);
    case "init":
      return init(context);
    default:
      throw new Failure("usage", `There is no 'config ${String(action)}'.`, {
        hint: "Use show, path, validate or init.",
      });
  }
};

async function show(context: CommandContext): Promise<ExitCode> {
  const { loaded } = await context.openApp();
  const { describeSettings } = await import("../config/describe-settings.ts");
  const rows = describeSettings(loaded);
  if (wantsJson(context)) {
    for (const row of rows) await context.screen.json(row);
    return 0;
  }
  await context.screen.table(
    [{ title: "setting" }, { title: "value" }, { title: "from" }, { title: "variable" }],
    rows.map(({ name, value, origin, variable }) => [name, value, origin, variable ?? ""]),
  );
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
  const [{ findPaths }, { renderInitFile }] = await Promise.all([
    import("../config/paths.ts"),
    import("../config/init-file.ts"),
  ]);
  const { configFolder } = findPaths(env, home);
  const file = join(configFolder, "config.yaml");
  for (const name of ["config.yaml", "config.toml"]) {
    const existing = join(configFolder, name);
    if (existsSync(existing))
      throw new Failure("configuration", `${existing} exists already.`, {
        hint: "Edit it, or move it away first.",
      });
  }
  try {
    mkdirSync(configFolder, { recursive: true, mode: 0o700 });
    writeFileSync(file, renderInitFile(), { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw new Failure("disk", `${file} cannot be written.`, {
      hint: "Check the folder's permissions and the space.",
      cause,
    });
  }
  await screen.line(file);
  return 0;
}
