import { join } from "node:path";
import { answer } from "./answer.ts";
import type { RunCommand } from "./command.ts";

/** The built-in incident, generated into the cache folder on first use. */
export const runDemo: RunCommand = async (context, _args, options) => {
  const app = await context.openApp();
  const { writeDemoIncident } = await import("../demo/demo-incident.ts");
  context.screen.progress("preparing the demo incident");
  const incident = await writeDemoIncident(join(app.loaded.settings.cache.dir, "demo"));
  const directory = await app.openDirectory({ paths: [incident.folder], stdin: undefined });
  return answer(app, context, {
    text: typeof options.ask === "string" ? options.ask : "",
    directory,
    showEgress: options.showEgress === true,
  });
};
