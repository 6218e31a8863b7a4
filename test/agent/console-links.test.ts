import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { createConsoleLinks } from "../../src/sources/cloudwatch/console-links.ts";
import { createDirectory, type SourceDirectory } from "../../src/sources/directory.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { ask, openTestModel, questionOf } from "./ask.ts";
import { openShop, type ShopOptions } from "./shop.ts";

const links = async () => createConsoleLinks({ region: "eu-west-1" });
const HOME =
  "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group";

function shopSource(groups: ShopOptions["groups"], rest: Partial<LogSource> = {}): LogSource {
  const [source] = openShop({ groups }).directory.sources;
  if (!source) throw new Error("A shop has a source.");
  return { ...source, ...rest };
}

const LINES = [
  "INFO order placed",
  "ERROR payment timed out after 5000 ms",
  "ERROR payment timed out after 5001 ms",
];

async function answerOver(directory: SourceDirectory) {
  const model = await openTestModel(undefined, { provider: "offline" });
  const { ofType } = await ask(questionOf(model, { directory }));
  const [checked] = ofType("answer-checked");
  if (!checked) throw new Error("There is no answer.");
  const { report, answer } = checked;
  const events = report.citations.filter((one) => one.kind === "event");
  const results = report.citations.filter((one) => one.kind === "result");
  const ledgers = ofType("tool-end").flatMap(({ ledger }) => ledger ?? []);
  return { answer, report, events, results, ledgers };
}

describe("an answer over a source with a console", () => {
  it("links every cited event, what was read, and the group in the window of the question", async () => {
    const { report, events, results, ledgers } = await answerOver(
      createDirectory([shopSource({ "/shop/checkout": LINES }, { links })]),
    );
    expect(events.length).toBeGreaterThan(0);
    for (const { link, timestamp } of events) {
      const at = Date.parse(timestamp ?? "");
      expect(link).toBe(
        `${HOME}/$252Fshop$252Fcheckout/log-events/$252Fshop$252Fcheckout$3Fstart$3D${at - 60_000}$26end$3D${at + 60_000}`,
      );
    }
    expect(ledgers.length).toBeGreaterThan(0);
    for (const { link, groups } of ledgers)
      if (groups.length > 0)
        expect(link).toContain(`${HOME}/$252Fshop$252Fcheckout/log-events$3FfilterPattern`);
    for (const { link } of results) expect(link === undefined || link.startsWith(HOME)).toBe(true);
    expect(report.mainGroup).toEqual({
      name: "/shop/checkout",
      link: `${HOME}/$252Fshop$252Fcheckout/log-events$3FfilterPattern$3D$26start$3D1773280800000$26end$3D1773284400000`,
    });
  });

  it("leads each event of several sources to its own", async () => {
    const { events, report } = await answerOver(
      createDirectory([
        shopSource({ checkout: LINES }, { name: "cloud", links }),
        shopSource({ checkout: [...LINES, ...LINES] }, { name: "here" }),
      ]),
    );
    expect(events.length).toBeGreaterThan(0);
    for (const { group, link } of events) {
      if (group.startsWith("cloud:")) expect(link).toContain(`${HOME}/checkout/log-events/`);
      else expect(link).toBeUndefined();
    }
    if (report.mainGroup) expect(report.mainGroup.name).toMatch(/^cloud:/);
  });

  it("makes no link of what a log says", async () => {
    const line = "ERROR see https://evil.example/a?b=<script> and [this](https://evil.example) $252F ~('x)";
    const { events } = await answerOver(createDirectory([shopSource({ checkout: [line, line] }, { links })]));
    expect(events.length).toBeGreaterThan(0);
    for (const { link } of events) expect(link).not.toContain("evil");
  });

  it("is whole where the source cannot tell its links", async () => {
    const broken = async () => {
      throw new Failure("configuration", "No AWS region is set.");
    };
    const { answer, events, report } = await answerOver(
      createDirectory([shopSource({ checkout: LINES }, { links: broken })]),
    );
    expect(answer).not.toBe("");
    expect(events.some(({ link }) => link !== undefined)).toBe(false);
    expect(report).not.toHaveProperty("mainGroup");
  });
});

it("an answer over a source without a console has no links", async () => {
  const { report, ledgers } = await answerOver(createDirectory([shopSource({ checkout: LINES })]));
  expect(JSON.stringify([report, ledgers])).not.toContain('"link"');
  expect(report).not.toHaveProperty("mainGroup");
});
