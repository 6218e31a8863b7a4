import { type ConfigFile, placeInFile } from "./config-file.ts";
import { describeFault, type Fault, showPlainly } from "./fault.ts";
import { findNearName } from "./near-name.ts";
import { SETTINGS } from "./schema.ts";

const KEYS = SETTINGS.map(({ key }) => key);
const SECTIONS = new Map<string, readonly string[]>(
  Object.entries(Object.groupBy(KEYS, (key) => key.split(".")[0] ?? key)).map(([name, keys = []]) => [
    name,
    keys,
  ]),
);

const VARIABLES = SETTINGS.flatMap(({ env }) => env ?? []);
/** Read from the environment only. */
const OTHER_VARIABLES = ["LOGAI_CONFIG"];

/** `; did you mean 'x'?` where a name is near, else nothing. */
export function suggest(name: string, candidates: Iterable<string>): string {
  const near = findNearName(name, candidates);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}

/** Keys of the file that no setting has. What stands below data_sources and the like is the schema's to judge. */
export function findUnknownKeys(file: ConfigFile): Fault[] {
  const { data } = file;
  if (data === undefined || data === null) return [];
  if (!isSection(data)) return [describeFault(file.path, data, "sections of settings")];
  return Object.entries(data).flatMap(([name, value]) => {
    const keys = SECTIONS.get(name);
    if (!keys) return [describeUnknownKey(file, [name], [...SECTIONS.keys()])];
    if (keys.includes(name) || value === null) return [];
    if (!isSection(value))
      return [
        describeFault(placeInFile(file, [name]), value, `a section with ${keys.map(lastOf).join(", ")}`),
      ];
    return Object.keys(value)
      .filter((inner) => !keys.includes(`${name}.${inner}`))
      .map((inner) => describeUnknownKey(file, [name, inner], keys.map(lastOf)));
  });
}

function isSection(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function lastOf(key: string): string {
  return key.split(".").at(-1) ?? key;
}

/** A key that is unknown; `siblings` are the names that may stand in its place. */
export function describeUnknownKey(
  file: ConfigFile,
  steps: readonly PropertyKey[],
  siblings: readonly string[],
): Fault {
  const name = String(steps.at(-1));
  const near = findNearName(name, siblings);
  const above = steps.slice(0, -1).map(String);
  const meant = near ? [...above, near].join(".") : findElsewhere(steps.map(String).join("."), name);
  return `${placeInFile(file, steps)}: no such setting${meant ? `; did you mean '${meant}'?` : ""}`;
}

/** A setting of another section with this last name, or one that as a whole is written much like it. */
function findElsewhere(key: string, name: string): string | undefined {
  return KEYS.find((other) => lastOf(other) === name) ?? findNearName(key, KEYS);
}

/** Warnings for variables that begin as ours do and are not. Their values may be anything, and are not shown. */
export function findUnknownVariables(
  variables: Readonly<Record<string, string | undefined>>,
  file?: string,
): string[] {
  const known = file === undefined ? [...VARIABLES, ...OTHER_VARIABLES] : VARIABLES;
  return Object.keys(variables)
    .filter((name) => name.startsWith("LOGAI_") && !known.includes(name))
    .map((name) => {
      const where = file === undefined ? "" : ` in ${file}`;
      return `${showPlainly(name)}${where} is not a setting and is ignored${suggest(name, known) || "."}`;
    });
}
