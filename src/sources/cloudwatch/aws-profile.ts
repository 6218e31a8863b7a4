import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** AWS's services by the names that they have in its configuration. */
export type AwsService = "cloudwatch_logs" | "cloudwatch" | "sts";

/** What AWS's files say of a profile, as far as the SDK does not see to it, or does not tell it. */
export interface AwsProfile {
  /** undefined where none was named, which is the one called default. */
  readonly name: string | undefined;
  /** False where one was named that is in neither file. */
  readonly isKnown: boolean;
  /** All that there are, by name. */
  readonly known: readonly string[];
  /** Whether its keys come from a program. */
  readonly hasProcess: boolean;
  /** The address that it sets in place of AWS's own. */
  endpointOf(service: AwsService): string | undefined;
}

export interface AwsProfileOptions {
  readonly profile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Rejects where there is no such file. */
  readonly readText?: (path: string) => Promise<string>;
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads what there is; files that are not there, or cannot be read, say nothing. */
export async function readAwsProfile({
  profile,
  env,
  readText = (path) => readFile(path, "utf8"),
}: AwsProfileOptions): Promise<AwsProfile> {
  const home = env.HOME || homedir();
  const read = async (path: string) => parseSections(await readText(path).catch(() => ""));
  const [config, credentials] = await Promise.all([
    read(env.AWS_CONFIG_FILE || join(home, ".aws", "config")),
    read(env.AWS_SHARED_CREDENTIALS_FILE || join(home, ".aws", "credentials")),
  ]);
  const name = profile || env.AWS_PROFILE || undefined;
  const known = [...new Set([...profilesOf(config), ...credentials.keys()])].sort();
  const settings = sectionOf(config, name ?? "default");
  const isIgnored =
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true" ||
    settings.get("ignore_configured_endpoint_urls") === "true";
  const services = config.get(`services ${settings.get("services")}`);
  return {
    name,
    isKnown: name === undefined || known.includes(name),
    known,
    hasProcess: settings.has("credential_process"),
    endpointOf: (service) =>
      isIgnored ? undefined : (services?.get(`${service}.endpoint_url`) ?? settings.get("endpoint_url")),
  };
}

const PROFILE = "profile ";

/** `[profile name]`, but `[default]`. */
function profilesOf(config: Sections): string[] {
  return [...config.keys()].flatMap((section) =>
    section === "default" ? section : section.startsWith(PROFILE) ? section.slice(PROFILE.length) : [],
  );
}

function sectionOf(config: Sections, name: string): ReadonlyMap<string, string> {
  return config.get(PROFILE + name) ?? (name === "default" ? config.get(name) : undefined) ?? new Map();
}

/**
 * The sections of a file, and their settings; of nested ones as `cloudwatch_logs.endpoint_url`. The format: "Configuration
 * and credential file settings" of the AWS SDKs and Tools Reference Guide.
 */
function parseSections(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let outer = "";
  for (const line of text.split(/\r?\n/)) {
    const [said = ""] = line.split(/(?:^|\s)[;#]/, 1);
    const header = /^\[\s*([^\]]+?)\s*\]$/.exec(said.trim())?.[1];
    if (header !== undefined) {
      section = new Map();
      sections.set(header.replace(/\s+/, " ").replaceAll(/["']/g, ""), section);
      outer = "";
      continue;
    }
    const at = said.indexOf("=");
    if (at < 1) continue;
    const [key, value] = [said.slice(0, at).trim(), said.slice(at + 1).trim()];
    const isNested = /^\s/.test(line) && outer !== "";
    if (!isNested) outer = value === "" ? key : "";
    if (value !== "") section?.set(isNested ? `${outer}.${key}` : key, value);
  }
  return sections;
}
