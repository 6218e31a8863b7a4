import { dirname, extname } from "node:path";
import { parse as parseToml, TomlError } from "smol-toml";
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { showPlainly } from "./fault.ts";

/** A settings file that was read. */
export interface ConfigFile {
  readonly path: string;
  /** Relative paths in the file are relative to it. */
  readonly folder: string;
  readonly data: unknown;
  /** Where a key or an item stands, from 1; undefined where the format does not tell. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** A file that cannot be understood; the reason never quotes the file, as it may hold secrets. */
export class UnreadableConfig extends Error {
  override readonly name = "UnreadableConfig";
}

/** YAML (and so JSON), or TOML where the name ends in `.toml`. @throws UnreadableConfig */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const content = text.replace(/^\ufeff/, "");
  const parsed = extname(path).toLowerCase() === ".toml" ? readToml(content) : readYaml(content);
  return { path, folder: dirname(path), ...parsed };
}

/** `llm.max_tokens (/home/me/.logai/config.yaml:7)` */
export function placeInFile(file: ConfigFile, steps: readonly PropertyKey[]): string {
  const line = file.lineOf(steps);
  const key = showPlainly(steps.map(String).join("."));
  return `${key} (${line === undefined ? file.path : `${file.path}:${line}`})`;
}

type Parsed = Pick<ConfigFile, "data" | "lineOf">;

function readToml(text: string): Parsed {
  try {
    return { data: parseToml(text), lineOf: () => undefined };
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    throw new UnreadableConfig(`is not TOML: line ${thrown.line}, column ${thrown.column}`);
  }
}

function readYaml(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const error = document.errors[0];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const reason = error.code.toLowerCase().replaceAll("_", " ");
    throw new UnreadableConfig(`is not YAML: line ${line}, column ${col} (${reason})`);
  }
  const lineOf = (path: readonly PropertyKey[]) => {
    const offset = offsetOf(document.contents, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  try {
    return { data: document.toJS({ maxAliasCount: 100 }), lineOf };
  } catch {
    throw new UnreadableConfig("is not YAML: its anchors and aliases cannot be resolved");
  }
}

/** Where the last step of the path that exists begins: a key of a map, an item of a list. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of path) {
    const [mark, next] = stepInto(node, step);
    offset = mark ?? offset;
    node = next;
  }
  return offset;
}

function stepInto(node: unknown, step: PropertyKey): readonly [mark: number | undefined, next: unknown] {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return [startOf(item), item];
  }
  if (!isMap(node)) return [undefined, undefined];
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return isPair(pair) ? [startOf(pair.key), pair.value] : [undefined, undefined];
}

function startOf(node: unknown): number | undefined {
  return (isScalar(node) || isMap(node) || isSeq(node)) && node.range ? node.range[0] : undefined;
}
