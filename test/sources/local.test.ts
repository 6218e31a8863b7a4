import { describeSource, type GivenEvent } from "../contracts/source.ts";
import { createFolder } from "./local-files.ts";

const textOf = (events: readonly GivenEvent[]): string =>
  events.map(({ timestamp, text }) => `${new Date(timestamp).toISOString()} ${text}\n`).join("");

describeSource("local (plain files)", async (groups) => {
  const folder = await createFolder();
  for (const [name, events] of Object.entries(groups)) await folder.write(name, textOf(events));
  return { source: folder.source(), close: () => folder[Symbol.asyncDispose]() };
});

describeSource("local (JSON lines)", async (groups) => {
  const folder = await createFolder();
  for (const [name, events] of Object.entries(groups)) {
    const lines = events.map(({ timestamp, text }) => JSON.stringify({ time: timestamp, msg: text }));
    await folder.write(name, `${lines.join("\r\n")}\r\n`);
  }
  return { source: folder.source(), close: () => folder[Symbol.asyncDispose]() };
});

describeSource("local (a container's log)", async (groups) => {
  const folder = await createFolder();
  for (const [name, events] of Object.entries(groups)) {
    const lines = events.map(({ timestamp, text }) =>
      JSON.stringify({ log: `${text}\n`, stream: "stdout", time: new Date(timestamp).toISOString() }),
    );
    await folder.write(name, lines.join("\n"));
  }
  return { source: folder.source(), close: () => folder[Symbol.asyncDispose]() };
});
