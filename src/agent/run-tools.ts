import { Failure, messageOf } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import { type JsonObject, toJson } from "../tools/json.ts";
import type { ToolEnvironment, ToolOutcome, ToolProgress } from "../tools/tool.ts";
import { renderToolFailure, type SealedTool } from "../tools/toolbox.ts";
import { linkOutcome } from "./console-links.ts";
import type { AgentEvent } from "./events.ts";

export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  /** As the model gave it; not yet parsed. */
  readonly input: unknown;
  /** Why the call cannot be run at all: unknown tool, broken JSON. */
  readonly invalid: string | undefined;
}

export interface ToolAnswer {
  readonly call: ToolCall;
  readonly data: JsonObject;
  readonly failed: boolean;
  /** What was read for it; undefined where an earlier call had read it already. */
  readonly ledger: Ledger | undefined;
}

/** Runs the calls of a question's rounds; remembers each, so that an identical one is answered from the first. */
export interface ToolRunner {
  /** All calls of one round side by side; yields what happens, returns the answers in the order of the calls. */
  run(calls: readonly ToolCall[]): AsyncGenerator<AgentEvent, readonly ToolAnswer[]>;
}

interface Done {
  readonly ref: string;
  readonly outcome: ToolOutcome;
}

export function createToolRunner(
  tools: readonly SealedTool[],
  environment: Omit<ToolEnvironment, "report">,
  clock: () => number,
): ToolRunner {
  const known = new Map<string, Promise<Done>>();

  async function runOnce(
    tool: SealedTool,
    input: unknown,
    report: (progress: ToolProgress) => void,
  ): Promise<Done> {
    const ref = environment.evidence.reserveResult();
    const unlinked = await tool.run(input, { ...environment, report }, ref);
    const outcome = await linkOutcome(unlinked, environment.directory);
    const data = { result: ref, ...outcome.data };
    environment.evidence.store({
      ref,
      tool: tool.name,
      input: toJson(input),
      data,
      ledger: outcome.ledger,
      readings: outcome.readings ?? [],
    });
    return { ref, outcome: { ...outcome, data } };
  }

  async function answer(call: ToolCall, emit: (event: AgentEvent) => void): Promise<ToolAnswer> {
    const started = clock();
    const { id, tool: name } = call;
    emit({ type: "tool-start", call: id, tool: name, input: toJson(call.input) });
    try {
      const tool = tools.find((one) => one.name === name);
      if (call.invalid !== undefined || !tool) throw unusable(call, tools);
      const parsed = tool.input.safeParse(call.input);
      if (!parsed.success) throw badInput(name, parsed.error.issues);
      const key = `${name} ${JSON.stringify(parsed.data)}`;
      const first = known.get(key);
      const pending =
        first ??
        runOnce(tool, parsed.data, (progress) =>
          emit({ type: "tool-progress", call: id, tool: name, progress }),
        );
      known.set(key, pending);
      // What failed may be tried again.
      pending.catch(() => known.delete(key));
      const { ref, outcome } = await abortable(pending, environment.signal);
      const { summary, ledger, data } = outcome;
      emit({
        type: "tool-end",
        call: id,
        tool: name,
        ref,
        summary,
        ms: clock() - started,
        repeated: first !== undefined,
        ledger,
      });
      return { call, data, failed: false, ledger: first ? undefined : ledger };
    } catch (error) {
      const failure = error instanceof Failure ? error : undefined;
      emit({
        type: "tool-failed",
        call: id,
        tool: name,
        message: messageOf(error),
        code: failure?.code,
        hint: failure?.hint,
        ms: clock() - started,
      });
      return { call, data: renderToolFailure(error), failed: true, ledger: undefined };
    }
  }

  return {
    async *run(calls) {
      const queue: AgentEvent[] = [];
      let wake = Promise.withResolvers<void>();
      const emit = (event: AgentEvent) => {
        queue.push(event);
        wake.resolve();
      };
      let finished = false;
      const all = Promise.all(calls.map((call) => answer(call, emit))).finally(() => {
        finished = true;
        wake.resolve();
      });
      while (!finished || queue.length > 0) {
        const event = queue.shift();
        if (event) {
          yield event;
          continue;
        }
        await wake.promise;
        wake = Promise.withResolvers();
        if (finished || queue.length > 0) wake.resolve();
      }
      return await all;
    },
  };
}

/** Rejects as soon as the signal does, even where a tool does not listen to it. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(interrupted());
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => reject(interrupted());
  signal.addEventListener("abort", stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  return promise;
}

function interrupted(): Failure {
  return new Failure("interrupted", "Interrupted.");
}

function unusable(call: ToolCall, tools: readonly SealedTool[]): Failure {
  const names = tools.map(({ name }) => name).join(", ");
  const known = tools.some(({ name }) => name === call.tool);
  return new Failure(
    "usage",
    known ? (call.invalid ?? "The call cannot be read.") : `There is no tool '${call.tool}'.`,
    {
      hint: known ? "Send the arguments as one JSON object." : `The tools are: ${names}.`,
    },
  );
}

function badInput(
  tool: string,
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): Failure {
  const faults = issues
    .map(({ path, message }) => `${path.map(String).join(".") || "input"}: ${message}`)
    .join("; ");
  return new Failure("usage", `Wrong arguments for ${tool}: ${faults}.`, {
    hint: "Mend the arguments and call again.",
  });
}
