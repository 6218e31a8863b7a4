import { join } from "node:path";
import type { ConfigFile } from "./config-file.ts";
import { describeFault, type Fault } from "./fault.ts";
import type { Paths } from "./paths.ts";
import { SETTINGS, type Settings } from "./schema.ts";
import { parseReference } from "./secret.ts";

type Variables = Readonly<Record<string, string | undefined>>;
type Origins = Readonly<Record<string, string>>;

interface Loaded {
  readonly settings: Settings;
  readonly origins: Origins;
  readonly input: {
    readonly home: string;
    readonly env: Variables;
    readonly readFile: (path: string) => string | undefined;
  };
  readonly paths: Paths;
  readonly file: ConfigFile | undefined;
}

/** Sentences about settings that are right and still worth a word. */
export function collectWarnings(loaded: Loaded): string[] {
  return [warnOfUnsanitized(loaded), ...warnOfDotEnv(loaded), warnOfUnreadFile(loaded)].filter(
    (warning) => warning !== undefined,
  );
}

function warnOfUnsanitized({ settings, origins }: Loaded): string | undefined {
  if (settings.sanitization.enabled || settings.llm.provider === "offline") return undefined;
  return `Sanitization is off (${origins["sanitization.enabled"]}): log data is sent to the model unsanitized.`;
}

function warnOfDotEnv({ origins }: Loaded): string[] {
  return SETTINGS.filter(({ isGuarded, key }) => isGuarded && origins[key] === ".env").map(
    ({ env }) => `The .env of this folder sets ${env}, which decides where log data goes, and what of it.`,
  );
}

function warnOfUnreadFile({ input, paths, file }: Loaded): string | undefined {
  const usual = join(input.home, ".logai");
  if (file || paths.configFolder === usual) return undefined;
  const unread = ["config.yaml", "config.toml"]
    .map((name) => join(usual, name))
    .find((path) => exists(input, path));
  return unread && `${unread} is not read, as XDG_CONFIG_HOME is set; move it to ${paths.configFolder}.`;
}

function exists({ readFile }: Loaded["input"], path: string): boolean {
  try {
    return readFile(path) !== undefined;
  } catch {
    return true;
  }
}

/**
 * A folder that somebody else made may hold a `.env` that points the model's address at their own server; nothing
 * of the user's must be sent there as the key: no key from elsewhere, and none that the `.env` only refers to.
 * This machine itself is no such place.
 */
export function findForeignAddress(origins: Origins, dotEnv: Variables): Fault[] {
  const keyOrigin = origins["anthropic.api_key"];
  const isOwnKey = keyOrigin === ".env" && parseReference(dotEnv.ANTHROPIC_API_KEY ?? "") === undefined;
  if (origins["llm.base_url"] !== ".env" || isOwnKey || keyOrigin === "default") return [];
  const address = dotEnv.LOGAI_LLM_BASE_URL ?? "";
  const host = URL.parse(address)?.hostname;
  if (host === undefined || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host)) return [];
  const takes =
    "only an address on this machine unless .env holds the API key itself; set it in the environment";
  return [describeFault("LOGAI_LLM_BASE_URL (.env)", address, takes)];
}
