import { describe, expect, it } from "vitest";
import { createDirectory } from "../../src/sources/directory.ts";
import { collect } from "../contracts/source.ts";
import { createFolder } from "./local-files.ts";

const signal = new AbortController().signal;
const line = (text: string) => `2026-01-01T00:00:00Z ERROR ${text}\n`;

describe("several sources", () => {
  it("keep groups of one name apart, in listings, events and what stands around them", async () => {
    await using shop = await createFolder({ "api.log": line("shop") });
    await using bank = await createFolder({ "api.log": line("bank"), "vault.log": line("vault") });
    const directory = createDirectory([
      { ...shop.source(), name: "shop" },
      { ...bank.source(), name: "bank" },
    ]);
    const names = (await directory.list(signal)).map(({ name }) => name);
    expect(names.toSorted()).toEqual(["bank:api.log", "bank:vault.log", "shop:api.log"]);

    const { source, group } = await directory.locate("bank:api.log", signal);
    const { events } = await collect(source, { group, window: undefined });
    expect(events.map(({ group: own, message }) => [own, message])).toEqual([
      ["bank:api.log", line("bank").trimEnd()],
    ]);
    const [event] = events;
    if (!event) throw new Error("no event");
    const located = await directory.locate(event.group, signal);
    const around = await located.source.fetchSurrounding({ event, before: 1, after: 1, signal });
    expect(around.map(({ group: own }) => own)).toEqual(["bank:api.log"]);
    const start = Date.UTC(2026, 0, 1);
    expect(await directory.dataRange(names, signal)).toEqual({ start, end: start + 1 });
  });

  it("find a short name where only one of them has it, and ask where several do", async () => {
    await using shop = await createFolder({ "api.log": line("shop") });
    await using bank = await createFolder({ "api.log": line("bank"), "vault.log": line("vault") });
    const directory = createDirectory([
      { ...shop.source(), name: "shop" },
      { ...bank.source(), name: "bank" },
    ]);
    expect((await directory.locate("vault", signal)).group).toBe("bank:vault.log");
    await expect(directory.locate("api.log", signal)).rejects.toThrow("'shop:api.log', 'bank:api.log'");
    await expect(directory.locate("nothing", signal)).rejects.toThrow("not found");
  });

  it("of which there is one keep their plain names", async () => {
    await using shop = await createFolder({ "api.log": line("shop") });
    const directory = createDirectory([shop.source()], { front: "api.log" });
    expect((await directory.list(signal)).map(({ name }) => name)).toEqual(["api.log"]);
    expect((await directory.locate("front", signal)).group).toBe("api.log");
  });
});
