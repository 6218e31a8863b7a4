import { join } from "node:path";
import type { App } from "../app.ts";
import type { DemoIncident } from "../demo/demo-incident.ts";
import { Failure } from "../failure.ts";
import { answer, refuseEmpty } from "./answer.ts";
import type { CommandContext, RunCommand } from "./command.ts";

/** The built-in incident, generated into the cache folder on first use. */
export const runDemo: RunCommand = async (context, _args, options) => {
  const text = typeof options.ask === "string" ? options.ask : "";
  refuseEmpty(text);
  const app = await context.openApp();
  const incident = await prepareIncident(app, context);
  const directory = await app.openDirectory({ paths: [incident.folder], stdin: undefined });
  // Asked at the end of the incident, so that "since 02:30" and "in the last hour" mean what they would have meant.
  const then: App = app.loaded.settings.now === undefined ? { ...app, now: () => incident.end } : app;
  return answer(then, context, { text, directory, showEgress: options.showEgress === true });
};

async function prepareIncident(app: App, { screen }: CommandContext): Promise<DemoIncident> {
  const { writeDemoIncident } = await import("../demo/demo-incident.ts");
  screen.progress("preparing the demo incident");
  try {
    return await writeDemoIncident(join(app.loaded.settings.cache.dir, "demo"));
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "disk") throw cause;
    throw new Failure("disk", cause.message, {
      hint: "Set LOGAI_CACHE_DIR to a folder of yours, on a disk with 100 MB to spare.",
      cause,
    });
  }
}
