import { stringify } from "yaml";
import { findPaths } from "./paths.ts";
import { SETTINGS, type Setting } from "./schema.ts";

const HEAD = `# Settings of LogAI. Remove the # before a name to set it; what is not set has the value shown, or none.
# Over this file go .env in the working folder, the environment and the flags.
# Secrets may be references: env:NAME, file:/PATH or vault:PATH#KEY (HashiCorp Vault, KV version 2).
`;

/** A settings file with all settings commented out, each with what it is and its default or an example. */
export function renderInitFile(): string {
  const blocks = Object.entries(Object.groupBy(SETTINGS, ({ key }) => key.split(".")[0] ?? key)).map(
    ([section, settings = []]) => {
      const isSection = settings.some(({ key }) => key !== section);
      const bodies = settings.map((setting) => renderSetting(setting, isSection ? "  " : ""));
      return (isSection ? [`${section}:`, ...bodies] : bodies).join("\n");
    },
  );
  return [HEAD, ...blocks].join("\n");
}

function renderSetting({ key, about, takes, env, ...setting }: Setting, indent: string): string {
  const shown = env ? `${about} (${env}).` : `${about}.`;
  const value = setting.example ?? setting.place?.(findPaths({}, "~")) ?? setting.fallback;
  const name = key.split(".").at(-1) ?? key;
  const yaml = stringify({ [name]: value }, { lineWidth: 0 })
    .trimEnd()
    .split("\n");
  const lines = [`# ${shown}`, `# Takes ${takes}.`, ...yaml.map((line) => `#${line}`)];
  return lines.map((line) => `${indent}${line}\n`).join("");
}
