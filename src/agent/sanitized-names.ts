import { Failure } from "../failure.ts";
import type { Sanitizer } from "../sanitize/sanitizer.ts";
import type { SourceDirectory } from "../sources/directory.ts";

/**
 * The directory as a model has to use it: a group is also found by the name that the sanitiser leaves of its own
 * (`[IP_REDACTED].log`), for the model is shown no other.
 */
export function locateSanitizedNames(directory: SourceDirectory, sanitizer: Sanitizer): SourceDirectory {
  return {
    ...directory,
    async locate(name, signal) {
      try {
        return await directory.locate(name, signal);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "group-not-found") throw error;
        const groups = await directory.list(signal);
        const meant = groups.filter((group) => sanitizer.sanitize(group.name).text === name);
        const [first] = meant;
        if (!first) throw error;
        if (meant.length > 1) throw indistinct(name, meant.length);
        return directory.locate(first.name, signal);
      }
    },
  };
}

function indistinct(name: string, count: number): Failure {
  return new Failure(
    "group-not-found",
    `${count} log groups are shown as '${name}': what sets their names apart must not leave.`,
    { hint: "Read them together: search_logs with what their names begin with, or with an empty prefix." },
  );
}
