import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** LOGAI_TEST_BROWSER, or what the PATH has; nothing is ever downloaded. */
function findBrowser(env: NodeJS.ProcessEnv): string | undefined {
  const { LOGAI_TEST_BROWSER: named, PATH: path = "" } = env;
  if (named) return named;
  const places = path.split(delimiter).filter((folder) => folder !== "");
  return NAMES.flatMap((name) => places.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser without a window, or why there is none. @throws what LOGAI_TEST_BROWSER fails with */
export async function openBrowser(env: NodeJS.ProcessEnv): Promise<Browser | string> {
  const executablePath = findBrowser(env);
  if (executablePath === undefined) return `no ${NAMES.join(", ")} on the PATH; LOGAI_TEST_BROWSER names one`;
  try {
    return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  } catch (error) {
    if (env.LOGAI_TEST_BROWSER) throw error;
    return `${executablePath} does not start; LOGAI_TEST_BROWSER names another`;
  }
}
