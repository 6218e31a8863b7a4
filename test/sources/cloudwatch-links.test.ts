import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createZone } from "../../src/log/zone.ts";
import { createConsoleLinks } from "../../src/sources/cloudwatch/console-links.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { withQualifiedNames } from "../../src/sources/with-qualified-names.ts";
import { makeEvent } from "../agent/shop.ts";

const AT = Date.UTC(2026, 2, 12, 2, 47, 3, 123);
const WINDOW = { start: Date.UTC(2026, 2, 12, 2), end: Date.UTC(2026, 2, 12, 3) };
const links = createConsoleLinks({ region: "eu-central-1" });

function eventOf(group: string, stream: string, id = "38".repeat(28)) {
  return makeEvent(group, 0, "ERROR payment timed out", { stream, id, timestamp: AT });
}

/** What the console makes of a path segment or a value: `$` stands for `%`, and it is decoded twice. */
function decodeTwice(text: string): string {
  return decodeURIComponent(decodeURIComponent(text.replaceAll("$", "%")));
}

/** The parts of an address of the pages of log groups. */
function readPage(url: string | undefined) {
  const match = /^https:\/\/([^/]+)\/cloudwatch\/home\?region=([a-z0-9-]+)#logsV2:log-groups\/(.*)$/.exec(
    url ?? "",
  );
  const [path = "", search = ""] = (match?.[3] ?? "").split("$3F");
  const pairs = search === "" ? [] : search.split("$26").map((pair) => pair.split("$3D"));
  return {
    host: match?.[1],
    region: match?.[2],
    path: path.split("/").map(decodeTwice),
    search: Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, decodeTwice(value)])),
  };
}

type Detail = string | readonly string[];

/** Reads `~(name~value~name~(~value~value))`: a value behind `'` is a text with bytes as `*xx`, else it is as it is. */
function readQuery(url: string | undefined): Readonly<Record<string, Detail>> {
  const detail = /#logsV2:logs-insights\$3FqueryDetail\$3D~\((.*)\)$/.exec(url ?? "")?.[1] ?? "";
  const read = (value: string) => (value.startsWith("'") ? readText(value.slice(1)) : value);
  const list = /~\(([^()]*)\)/.exec(detail)?.[1] ?? "";
  const words = detail.replace(/~\([^()]*\)/, "~LIST").split("~");
  const pairs: [string, Detail][] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [name = "", value = ""] = words.slice(at, at + 2);
    pairs.push([name, value === "LIST" ? list.split("~").slice(1).map(read) : read(value)]);
  }
  return Object.fromEntries(pairs);
}

function readText(text: string): string {
  return decodeURIComponent(text.replace(/%/g, "%25").replaceAll("*", "%"));
}

/** Whole characters only: half of a surrogate pair is no text that a service could hold. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      "~",
      "*",
      "$",
      "%",
      "(",
      ")",
      "\n",
      "\u001b",
      " ",
      "\u202e",
      "`",
      "<",
      "|",
    ),
    maxLength: 30,
  }),
);
const HARMLESS = /^[A-Za-z0-9\-._$:/?#=]*$/;
const HARMLESS_QUERY = /^[A-Za-z0-9\-._~*'()$:/?#=]*$/;

describe("the address of an event", () => {
  it("is its stream around its time, as the console writes it", () => {
    expect(links.event(eventOf("/aws/lambda/checkout", "2026/03/12/[$LATEST]abc"))).toBe(
      "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/" +
        "$252Faws$252Flambda$252Fcheckout/log-events/2026$252F03$252F12$252F$255B$2524LATEST$255Dabc" +
        `$3Fstart$3D${AT - 60_000}$26end$3D${AT + 60_000}$26refEventId$3D${"38".repeat(28)}`,
    );
  });

  it("gives group, stream and time back, whatever they are", () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        fc.integer({ min: 60_000, max: 4_000_000_000_000 }),
        (group, stream, timestamp) => {
          fc.pre(!/@\d{12}$/.test(group));
          const url = links.event({ ...eventOf(group, stream), timestamp });
          const { path, search } = readPage(url);
          expect(url).toMatch(HARMLESS);
          expect(path).toEqual(["log-group", group, "log-events", stream]);
          expect(Number(search.start)).toBe(timestamp - 60_000);
          expect(Number(search.end)).toBe(timestamp + 60_000);
        },
      ),
    );
  });

  it("names no event that the console would not know, and has none without a time", () => {
    const { search } = readPage(links.event(eventOf("a", "b", "page 3, line 7")));
    expect(Object.keys(search)).toEqual(["start", "end"]);
    expect(links.event({ ...eventOf("a", "b"), timestamp: undefined })).toBeUndefined();
  });

  it("bears half of a surrogate pair", () => {
    expect(readPage(links.event(eventOf("a\ud800", "b"))).path[1]).toBe("a\ufffd");
  });

  it("leads to the own name of a linked account's group", () => {
    expect(readPage(links.event(eventOf("/shop/api@123456789012", "s"))).path[1]).toBe("/shop/api");
    expect(readPage(links.event(eventOf("/shop/api@1234", "s"))).path[1]).toBe("/shop/api@1234");
  });
});

describe("the address of a group", () => {
  it("is the group, or what matches in a window", () => {
    expect(readPage(links.group({ group: "/shop/api", window: undefined }))).toMatchObject({
      path: ["log-group", "/shop/api"],
      search: {},
    });
    expect(links.group({ group: "api", window: WINDOW, filter: '"timed out"' })).toBe(
      "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/" +
        `api/log-events$3FfilterPattern$3D$2522timed$2520out$2522$26start$3D${WINDOW.start}$26end$3D${WINDOW.end}`,
    );
  });

  it("gives group, pattern and window back, whatever they are", () => {
    fc.assert(
      fc.property(anyText, anyText, (group, filter) => {
        fc.pre(!/@\d{12}$/.test(group));
        const url = links.group({ group, window: WINDOW, filter });
        expect(url).toMatch(HARMLESS);
        expect(readPage(url)).toMatchObject({
          path: ["log-group", group, "log-events"],
          search: { filterPattern: filter, start: String(WINDOW.start), end: String(WINDOW.end) },
        });
      }),
    );
  });
});

describe("the address of a query", () => {
  it("is its text, groups and window, as the console writes it", () => {
    const text = "fields @timestamp, @message\n| limit 20";
    expect(links.query({ groups: ["/shop/api", "web"], window: WINDOW, text })).toBe(
      "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:logs-insights$3FqueryDetail$3D" +
        "~(end~'2026-03-12T03*3a00*3a00.000Z~start~'2026-03-12T02*3a00*3a00.000Z~timeType~'ABSOLUTE~tz~'UTC" +
        "~editorString~'fields*20*40timestamp*2c*20*40message*0a*7c*20limit*2020" +
        "~source~(~'*2fshop*2fapi~'web)~lang~'CWLI)",
    );
  });

  it("gives text and groups back, whatever they are", () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText, { minLength: 1, maxLength: 3 }), (text, groups) => {
        fc.pre(groups.every((group) => !/@\d{12}$/.test(group)));
        const url = links.query({ groups, window: WINDOW, text });
        expect(url).toMatch(HARMLESS_QUERY);
        expect(readQuery(url)).toEqual({
          start: "2026-03-12T02:00:00.000Z",
          end: "2026-03-12T03:00:00.000Z",
          timeType: "ABSOLUTE",
          tz: "UTC",
          editorString: text,
          source: groups,
          lang: "CWLI",
        });
      }),
    );
  });

  it("names the group of a linked account by its ARN", () => {
    const query = (region: string) =>
      readQuery(
        createConsoleLinks({ region }).query({
          groups: ["/shop/api@123456789012"],
          window: WINDOW,
          text: "limit 1",
        }),
      ).source;
    expect(query("eu-west-1")).toEqual(["arn:aws:logs:eu-west-1:123456789012:log-group:/shop/api"]);
    expect(query("cn-north-1")).toEqual(["arn:aws-cn:logs:cn-north-1:123456789012:log-group:/shop/api"]);
  });
});

describe("the console", () => {
  it.each([
    ["eu-west-1", "eu-west-1.console.aws.amazon.com"],
    ["cn-north-1", "console.amazonaws.cn"],
    ["us-gov-west-1", "console.amazonaws-us-gov.com"],
  ])("of %s is %s", (region, host) => {
    const url = createConsoleLinks({ region }).group({ group: "g", window: undefined });
    expect(readPage(url)).toMatchObject({ host, region });
  });

  it.each(["us-iso-east-1", "eusc-de-east-1", "eu-west-1.example.com/x?"])("of %s is not known", (region) => {
    const none = createConsoleLinks({ region });
    expect(none.event(eventOf("g", "s"))).toBeUndefined();
    expect(none.group({ group: "g", window: WINDOW })).toBeUndefined();
    expect(none.query({ groups: ["g"], window: WINDOW, text: "limit 1" })).toBeUndefined();
  });
});

describe("the links of a source", () => {
  const source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => AT,
    env: { AWS_REGION: "ap-southeast-2" },
  });

  it("are of the region that it found", async () => {
    const url = (await source.links?.())?.group({ group: "g", window: undefined });
    expect(readPage(url).host).toBe("ap-southeast-2.console.aws.amazon.com");
  });

  it("know groups by their own names where several sources are active", async () => {
    const qualified = await withQualifiedNames(source).links?.();
    expect(readPage(qualified?.event(eventOf("cloudwatch:g", "s"))).path[1]).toBe("g");
    expect(readPage(qualified?.group({ group: "cloudwatch:g", window: WINDOW })).path[1]).toBe("g");
    const query = qualified?.query({ groups: ["cloudwatch:g", "cloudwatch:h"], window: WINDOW, text: "" });
    expect(readQuery(query).source).toEqual(["g", "h"]);
  });
});
