import { lexer } from "marked";
import { describe, expect, it } from "vitest";
import type { CheckReport, Citation } from "../../src/agent/check.ts";
import { describeAddresses, listAddresses } from "../../src/ui/console-view.ts";

function cited(ref: string, level: string | null, link: string | null = `https://console/${ref}`): Citation {
  const event = { ref, kind: "event" as const, group: "g", stream: "s", timestamp: null, level, text: "x" };
  return link === null ? event : { ...event, link };
}

function report(citations: readonly Citation[], rest: Partial<CheckReport> = {}): CheckReport {
  return { citations, checked: 0, unverified: [], uncited: 0, ...rest };
}

const labels = (one: CheckReport) => listAddresses(one).map(({ label }) => label);

describe("the addresses below an answer", () => {
  it("are of three cited events at most, errors before others, in the answer's order", () => {
    const many = [cited("e1", "info"), cited("e2", "error"), cited("e3", null), cited("e4", "fatal")];
    expect(labels(report(many))).toEqual(["[e1]", "[e2]", "[e4]"]);
    expect(labels(report([cited("e9", "error"), cited("e2", "error")]))).toEqual(["[e9]", "[e2]"]);
  });

  it("end with the main group's window, and are none without links", () => {
    const mainGroup = { name: "checkout", link: "https://console/g" };
    expect(labels(report([cited("e1", "error")], { mainGroup }))).toEqual(["[e1]", "checkout, the window:"]);
    const result = { ref: "q1", kind: "result" as const, tool: "fetch_logs", input: {}, link: "https://x" };
    expect(listAddresses(report([cited("e1", null, null), result]))).toEqual([]);
    expect(describeAddresses([])).toEqual([]);
  });

  it("are links of Markdown, whatever a group is called", () => {
    const url = "https://console/home?region=r#logsV2:logs-insights$3FqueryDetail$3D~(end~'x~source~(~'*2f))";
    const name = "a](https://evil.example)<b>`c`\n# d";
    const [item = ""] = describeAddresses([
      { label: "[e1]", url },
      { label: `${name}, the window:`, url },
    ]);
    const found: { href: string; text: string }[] = [];
    const walk = (tokens: readonly { type: string }[]): void => {
      for (const token of tokens) {
        if (token.type === "link" && "href" in token && "text" in token)
          found.push({ href: String(token.href), text: String(token.text) });
        else if ("tokens" in token && Array.isArray(token.tokens)) walk(token.tokens);
        if ("items" in token && Array.isArray(token.items)) walk(token.items);
      }
    };
    walk(lexer(`- ${item}`));
    expect(found.map(({ href }) => href)).toEqual([url, url]);
    expect(found[0]?.text).toBe("e1");
  });
});
