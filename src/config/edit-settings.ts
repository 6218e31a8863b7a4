import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isNode, parse, parseDocument, stringify } from "yaml";
import { Failure } from "../failure.ts";
import { makeFolder } from "../make-folder.ts";
import { suggest } from "./known-names.ts";
import { SETTINGS, type Setting } from "./schema.ts";

/** @throws Failure "usage" with a near name for a key that no setting has */
export function findSetting(key: string): Setting {
  const setting = SETTINGS.find((candidate) => candidate.key === key || candidate.env === key);
  if (setting) return setting;
  const meant = suggest(
    key,
    SETTINGS.map((candidate) => candidate.key),
  );
  throw new Failure("usage", `There is no setting '${key}'${meant || "."}`, {
    hint: "`logai config show` lists all settings.",
  });
}

/**
 * The YAML text with one setting changed; comments and layout stay. The value is not judged here: load the new
 * text before it is written.
 * @throws Failure "usage" for an unknown key, "configuration" for a text that is no YAML
 */
export function setInText(text: string, key: string, value: string): string {
  const setting = findSetting(key);
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new Failure("configuration", "The settings file is no YAML with sections.", {
      hint: "Run `logai config validate` to see what is wrong with it.",
    });
  }
  const steps = setting.key.split(".");
  const native = setting.isSecret ? value : toNative(value);
  const edited = replaceValue(text, document, steps, native) ?? insertLine(text, steps, native);
  setInDocument(document, steps, native);
  // The document knows what must come out, though it would lose comments on its way to text.
  return hasData(edited, document.toJS()) ? edited : document.toString({ lineWidth: 0 });
}

function setInDocument(document: Document, steps: readonly string[], native: unknown): void {
  const [section = "", inner] = steps;
  if (inner === undefined) document.set(section, native);
  else if (isMap(document.get(section, true))) document.setIn(steps, native);
  else document.set(section, document.createNode({ [inner]: native }));
}

function hasData(text: string, data: unknown): boolean {
  try {
    return isDeepStrictEqual(parse(text, { logLevel: "silent" }), data);
  } catch {
    return false;
  }
}

/** undefined where the setting does not stand in the text yet. */
function replaceValue(text: string, document: Document, steps: readonly string[], native: unknown) {
  const node = document.getIn(steps, true);
  if (!isNode(node) || !node.range) return undefined;
  const [start, end] = node.range;
  const lineEnd = text.slice(start, end).endsWith("\n") ? "\n" : "";
  return `${text.slice(0, start)}${toFlow(native)}${lineEnd}${text.slice(end)}`;
}

/** Above its commented-out default where that stands in the text, else first in its section, else at the end. */
function insertLine(text: string, steps: readonly string[], native: unknown): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const [section = "", inner] = steps;
  const line = `${inner ?? section}: ${toFlow(native)}`;
  if (inner === undefined) {
    const place = lines.findIndex((one) => one.startsWith(`#${section}:`));
    return joinLines(lines.toSpliced(place < 0 ? lines.length : place, 0, line));
  }
  const head = lines.findIndex((one) => one.startsWith(`${section}:`));
  if (head < 0) return joinLines([...lines, `${section}:`, `  ${line}`]);
  const next = lines.findIndex((one, index) => index > head && /^[^\s#]/.test(one));
  const body = lines.slice(head + 1, next < 0 ? lines.length : next);
  const indent = body.map((one) => /^\s+(?=\S)/.exec(one)?.[0]).find((one) => one !== undefined) ?? "  ";
  const place = body.findIndex((one) => one.trimStart().startsWith(`#${inner}:`));
  return joinLines(lines.toSpliced(head + 1 + Math.max(place, 0), 0, `${indent}${line}`));
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function toFlow(native: unknown): string {
  return stringify(native, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

/** `5`, `true`, `[a, b]` and `{a: b}` as YAML reads them; everything else is text. */
function toNative(value: string): unknown {
  try {
    const parsed: unknown = parse(value, { logLevel: "silent" });
    return parsed === null ? value : parsed;
  } catch {
    return value;
  }
}

/** Writes in one step, so that a crash leaves the old file; folder 0700 where it is made, file 0600. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    makeFolder(dirname(path));
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } catch (cause) {
    discard(draft);
    throw new Failure("disk", `${path} cannot be written.`, {
      hint: "Check the folder and its permissions.",
      cause,
    });
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never there.
  }
}
