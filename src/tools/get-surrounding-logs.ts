import { z } from "zod";
import { eventOf } from "./evidence.ts";
import { renderEvent } from "./render.ts";
import type { LogTool } from "./tool.ts";

const input = z.object({
  event_ref: z.string().min(1).describe("Reference of an event, such as e3"),
  before: z.number().int().min(0).max(200).default(20),
  after: z.number().int().min(0).max(200).default(20),
});

export const getSurroundingLogs: LogTool<z.infer<typeof input>> = {
  name: "get_surrounding_logs",
  description: "The lines before and after one event in its own stream.",
  input,
  async run({ event_ref, before, after }, { directory, evidence, signal, zone }) {
    const event = eventOf(evidence, event_ref);
    const { source } = await directory.locate(event.group, signal);
    const around = await source.fetchSurrounding({ event, before, after, signal });
    const at = around.findIndex(({ id, stream }) => id === event.id && stream === event.stream);
    const data = {
      log_group: event.group,
      stream: event.stream,
      before: at,
      after: around.length - at - 1,
      events: around.map((one) => renderEvent(one, evidence, zone)),
    };
    return { data, summary: `${data.before} before, ${data.after} after` };
  },
};
