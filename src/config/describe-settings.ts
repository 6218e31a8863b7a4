import { maskLooseSecrets } from "./fault.ts";
import type { LoadedSettings } from "./load-settings.ts";
import { SETTINGS, type Setting, type Settings } from "./schema.ts";

/** One line of `config show`. */
export interface SettingRow {
  /** The key in the file: `llm.max_tokens`. */
  readonly name: string;
  /** The environment variable, where there is one. */
  readonly variable: string | undefined;
  /** As text; secrets masked, empty where nothing is set. */
  readonly value: string;
  readonly origin: string;
  readonly description: string;
}

/** All settings, in the order of the table. */
export function describeSettings({ settings, origins }: LoadedSettings): SettingRow[] {
  return SETTINGS.map((setting) => ({
    name: setting.key,
    variable: setting.env,
    value: showValue(setting, findValue(settings, setting)),
    origin: origins[setting.key] ?? "default",
    description: setting.about,
  }));
}

function findValue(settings: Settings, { path }: Setting): unknown {
  let value: unknown = settings;
  for (const name of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }
  return value;
}

function showValue({ isSecret, isTime }: Setting, value: unknown): string {
  if (value === undefined) return "";
  if (isSecret) return String(value);
  if (isTime && typeof value === "number") return new Date(value).toISOString();
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  if (typeof value !== "object" || value === null) return maskLooseSecrets(String(value));
  return Object.keys(value).length === 0 ? "" : maskLooseSecrets(JSON.stringify(value));
}
