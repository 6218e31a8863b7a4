import { z } from "zod";
import type { JsonObject } from "../tools/json.ts";
import type { SessionCall } from "./session.ts";

const windowShape = z.object({ start: z.string(), end: z.string() });
const baselineShape = z.object({ ledger: z.object({ window: windowShape }) });

/**
 * The arguments of a call with the absolute times that its own became: `now`, or no end at all, is another moment each time.
 * Where what came of it tells none, its arguments as they are.
 */
export function pinWindow({ input, result }: SessionCall): JsonObject {
  if (!("ref" in result) || typeof input.start_time !== "string") return input;
  const { data, ledger, readings } = result;
  const told = windowShape.safeParse(data.window).data;
  const window = readings[0]?.request.window ?? ledger?.window ?? told;
  const baseline = baselineShape.safeParse(data.baseline).data?.ledger.window;
  return {
    ...input,
    ...(window ? { start_time: String(window.start), end_time: String(window.end) } : {}),
    ...(baseline && input.baseline_start !== undefined ? { baseline_start: baseline.start } : {}),
    ...(baseline && input.baseline_end !== undefined ? { baseline_end: baseline.end } : {}),
  };
}
