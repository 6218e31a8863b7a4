import type { Readable } from "node:stream";
import { Failure } from "../failure.ts";
import type { CommandContext } from "./command.ts";

/** A pipe that stays silent for so long was left open by the program that started this one, ms. */
const WAIT_MS = 5_000;

/**
 * What is piped in, once its first byte is there; undefined where nothing comes and there is something else to
 * look at. A program that starts this one often leaves a pipe open that it never writes to.
 * @param instead what is looked at where nothing comes
 * @throws Failure "configuration" where nothing comes and there is nothing else
 */
export async function awaitInput(
  { stdin, screen, signal }: Pick<CommandContext, "stdin" | "screen" | "signal">,
  hasSources: boolean,
  instead = "the configured sources are looked at instead",
): Promise<Readable | undefined> {
  if (!stdin) return undefined;
  screen.progress("waiting for standard input");
  const sign = await firstSign(stdin, signal);
  screen.endProgress();
  if (sign === "data") return stdin;
  const what =
    sign === "end" ? "Standard input is empty" : `Nothing came on standard input for ${WAIT_MS / 1000} s`;
  if (hasSources) {
    screen.note(`${what}; ${instead}.`);
    return undefined;
  }
  throw new Failure(
    "configuration",
    `${what}, no path was given and no data source is set up: there are no logs to look at.`,
    {
      hint:
        sign === "end"
          ? "Look what the command in front of the pipe prints, or name files or folders."
          : "Name files or folders, or give - as the path to wait for standard input however long it takes.",
    },
  );
}

/** Reads nothing away: what has come stays in the stream. */
function firstSign(stdin: Readable, signal: AbortSignal): Promise<"data" | "end" | "silence"> {
  const { promise, resolve, reject } = Promise.withResolvers<"data" | "end" | "silence">();
  const seen = () => resolve(stdin.readableLength > 0 ? "data" : "end");
  const stop = () => reject(new Failure("interrupted", "Interrupted."));
  const fail = (error: Error) =>
    reject(new Failure("unreadable", `Standard input cannot be read: ${error.message}.`, { cause: error }));
  const timer = setTimeout(() => resolve("silence"), WAIT_MS);
  stdin.once("readable", seen).once("end", seen).once("error", fail);
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    stdin.off("readable", seen).off("end", seen).off("error", fail);
    signal.removeEventListener("abort", stop);
  });
}
