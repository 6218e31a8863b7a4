import { basename } from "node:path";
import type { FoundFile } from "./find-files.ts";

/** A log: one file, or a file and its rotated siblings. */
export interface FileGroup {
  readonly name: string;
  /** Oldest first, as far as their names tell. */
  readonly files: readonly FoundFile[];
}

interface Named {
  readonly file: FoundFile;
  /** The file's name without what rotation and compression put behind it. */
  readonly base: string;
  readonly plain: string;
  readonly rotation: Rotation | undefined;
}

interface Rotation {
  readonly base: string;
  /** Sorts siblings, oldest first. */
  readonly age: number;
  /** `app.1.log` may as well be the log of node 1: only a sibling `app.log` makes it a rotated file. */
  readonly certain: boolean;
}

const COMPRESSED = /\.(?:gz|zst|zstd)$/i;
const NUMBERED = /^(.+)\.(\d{1,5})$/;
const DATED = /^(.+)[.-](\d{4})-?(\d{2})-?(\d{2})(?:[-_.T]?(\d{1,10}))?$/;
const NUMBERED_INSIDE = /^(.+)\.(\d{1,3})(\.[A-Za-z]\w{0,9})$/;

/** Joins files to logs and names them: each name is what a user would type, and given once. */
export function groupFiles(files: readonly FoundFile[]): readonly FileGroup[] {
  const named = joinRotated(files.map(nameOf));
  const groups = new Map<string, Named[]>();
  for (const one of named) {
    const key = `${one.file.root}\n${one.base}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const members = [...groups.values()].map((group) => group.sort(compareAge));
  return nameUniquely(members).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function nameOf(file: FoundFile): Named {
  const plain = file.name.replace(COMPRESSED, "");
  return { file, plain, base: plain, rotation: rotationOf(plain) };
}

function rotationOf(name: string): Rotation | undefined {
  const numbered = NUMBERED.exec(name);
  if (numbered?.[1]) return { base: numbered[1], age: -Number(numbered[2]), certain: true };
  const dated = DATED.exec(name);
  if (dated?.[1]) {
    const day = Number(`${dated[2]}${dated[3]}${dated[4]}`);
    return { base: dated[1], age: day + Number(`0.${(dated[5] ?? "").padStart(10, "0")}`), certain: true };
  }
  const inside = NUMBERED_INSIDE.exec(name);
  return inside ? { base: `${inside[1]}${inside[3]}`, age: -Number(inside[2]), certain: false } : undefined;
}

/** A rotated name counts as one where its log, or for the certain kinds another sibling, is there too. */
function joinRotated(named: readonly Named[]): readonly Named[] {
  const keyOf = (one: Named, base: string): string => `${one.file.root}\n${base}`;
  const present = new Set(named.map((one) => keyOf(one, one.plain)));
  const siblings = new Map<string, number>();
  for (const one of named) {
    if (!one.rotation?.certain) continue;
    const key = keyOf(one, one.rotation.base);
    siblings.set(key, (siblings.get(key) ?? 0) + 1);
  }
  return named.map((one) => {
    if (!one.rotation) return one;
    const key = keyOf(one, one.rotation.base);
    const joins = present.has(key) || (one.rotation.certain && (siblings.get(key) ?? 0) > 1);
    return joins ? { ...one, base: one.rotation.base } : { ...one, rotation: undefined };
  });
}

function compareAge(a: Named, b: Named): number {
  const ageOf = (one: Named): number => one.rotation?.age ?? Number.POSITIVE_INFINITY;
  const [left, right] = [ageOf(a), ageOf(b)];
  return left === right ? (a.file.name < b.file.name ? -1 : 1) : left - right;
}

/** Where two roots give one name, as many of their folders are put in front as tell them apart. */
function nameUniquely(members: readonly (readonly Named[])[]): FileGroup[] {
  const bases = members.map(([first]) => ({ base: first?.base ?? "", root: first?.file.root ?? "" }));
  const count = new Map<string, number>();
  for (const { base } of bases) count.set(base, (count.get(base) ?? 0) + 1);
  const taken = new Set<string>();
  return members.map((group, index) => {
    const { base = "", root = "" } = bases[index] ?? {};
    let name = base;
    if ((count.get(base) ?? 0) > 1) {
      const rivals = bases.filter((other) => other.base === base && other.root !== root);
      const folders = root.split(/[/\\]/).filter((part) => part !== "");
      for (let depth = 1; depth <= folders.length; depth++) {
        name = `${folders.slice(-depth).join("/")}/${base}`;
        if (!rivals.some((rival) => rival.root.split(/[/\\]/).join("/").endsWith(tailOf(folders, depth))))
          break;
      }
    }
    while (taken.has(name)) name = `${name}~`;
    taken.add(name);
    return { name, files: group.map(({ file }) => file) };
  });
}

function tailOf(folders: readonly string[], depth: number): string {
  return `/${folders.slice(-depth).join("/")}`;
}

/** The stream that a file is within its group. */
export function streamNameOf(file: FoundFile): string {
  return basename(file.name);
}
