import { z } from "zod";
import type { LogEvent } from "../log/event.ts";
import { CHARACTERS_PER_TOKEN } from "./budget.ts";
import { eventOf } from "./evidence.ts";
import { renderEvent, sizeOf } from "./render.ts";
import type { LogTool } from "./tool.ts";

const FRAME_TOKENS = 150;

const input = z.object({
  event_ref: z.string().min(1).describe("Reference of an event, such as e3"),
  before: z.number().int().min(0).max(200).default(20),
  after: z.number().int().min(0).max(200).default(20),
});

export const getSurroundingLogs: LogTool<z.infer<typeof input>> = {
  name: "get_surrounding_logs",
  description: "The lines before and after one event in its own stream.",
  input,
  async run({ event_ref, before, after }, environment) {
    const { directory, evidence, signal, zone, resultTokens } = environment;
    const event = eventOf(evidence, event_ref);
    const { source } = await directory.locate(event.group, signal);
    const around = await source.fetchSurrounding({ event, before, after, signal });
    const at = around.findIndex(({ id, stream }) => id === event.id && stream === event.stream);
    await evidence.ready();
    const { from, to } = fitAround(around, at, (resultTokens - FRAME_TOKENS) * CHARACTERS_PER_TOKEN);
    const hidden = around.length - (to - from);
    const data = {
      log_group: event.group,
      stream: event.stream,
      before: at - from,
      after: to - at - 1,
      ...(hidden > 0 ? { truncated: `${hidden} lines farther away did not fit` } : {}),
      events: around.slice(from, to).map((one) => renderEvent(one, evidence, zone)),
    };
    return { data, summary: `${data.before} before, ${data.after} after` };
  },
};

/** The lines nearest to the one at `at` that fit into so many characters; that one always is among them. */
function fitAround(events: readonly LogEvent[], at: number, characters: number) {
  let room = characters - sizeOf(events[at]);
  let from = at;
  let to = at + 1;
  for (let distance = 1; distance < events.length; distance += 1) {
    for (const index of [at - distance, at + distance]) {
      if (index < 0 || index >= events.length) continue;
      room -= sizeOf(events[index]);
      if (room < 0) return { from, to };
      from = Math.min(from, index);
      to = Math.max(to, index + 1);
    }
  }
  return { from, to };
}
