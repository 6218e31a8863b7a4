import { isAbsolute, join, resolve } from "node:path";

/** Folders and files of LogAI on this machine; all absolute. */
export interface Paths {
  readonly configFolder: string;
  readonly cacheFolder: string;
  /** Sessions, the input history and the application log. */
  readonly stateFolder: string;
  readonly logFile: string;
  /** Kept investigations, a database. */
  readonly sessionsFile: string;
}

/**
 * `~/.logai` and below, except where an XDG variable is set: then `$XDG_CONFIG_HOME/logai`,
 * `$XDG_CACHE_HOME/logai` and `$XDG_STATE_HOME/logai`, each on its own. A relative XDG path is ignored,
 * as the XDG Base Directory Specification demands.
 */
export function findPaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const folder = (variable: string, fallback: string) => {
    const base = env[variable];
    return base && isAbsolute(base) ? join(base, "logai") : fallback;
  };
  const own = join(home, ".logai");
  const stateFolder = folder("XDG_STATE_HOME", own);
  return {
    configFolder: folder("XDG_CONFIG_HOME", own),
    cacheFolder: folder("XDG_CACHE_HOME", join(own, "cache")),
    stateFolder,
    logFile: join(stateFolder, "logs", "app.log"),
    sessionsFile: join(stateFolder, "sessions.db"),
  };
}

/** Expands a leading `~` and makes a relative path absolute below `base`. */
export function resolvePath(path: string, base: string, home: string): string {
  if (path === "~") return home;
  return resolve(base, path.startsWith("~/") ? join(home, path.slice(2)) : path);
}
