import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRecogniser } from "../../src/log/header.ts";
import { createZone } from "../../src/log/zone.ts";
import { type Case, TIMED, UNTIMED } from "./header-cases.ts";

const REFERENCE = Date.UTC(2025, 11, 1);

function recogniserIn(zone = "UTC", reference = REFERENCE) {
  return createRecogniser({ zone: createZone(zone), reference });
}

function recognise(line: string, zone?: string, reference?: number) {
  return recogniserIn(zone, reference).recognise(line);
}

function isoOf(timestamp: number | undefined): string | undefined {
  return timestamp === undefined ? undefined : new Date(timestamp).toISOString();
}

describe("the head of a line", () => {
  test.each([...TIMED, ...UNTIMED] as Case[])("%s", (line, time, level, body) => {
    const recogniser = recogniserIn();
    const header = recogniser.recognise(line);
    expect({
      time: isoOf(header.timestamp),
      level: header.levelInferred ? `${header.level}?` : header.level,
      body: header.text.slice(header.bodyStart),
    }).toEqual({ time, level, body });
    expect(header.text).toBe(line);
    expect(recogniser.timestampOf(line)).toBe(header.timestamp);
  });

  test("formats may change from line to line", () => {
    const recogniser = recogniserIn();
    const lines = [...TIMED, ...UNTIMED, ...[...TIMED].reverse()];
    expect(lines.map(([line]) => isoOf(recogniser.recognise(line).timestamp))).toEqual(
      lines.map(([, time]) => time),
    );
  });
});

describe("zone and year", () => {
  test("a line without a zone is in the user's, and says so", () => {
    const header = recognise("2025-07-01 12:00:00 x", "Europe/Berlin");
    expect([isoOf(header.timestamp), header.zoneAssumed]).toEqual(["2025-07-01T10:00:00.000Z", true]);
    expect(isoOf(recognise("2025-01-01 12:00:00 x", "Europe/Berlin").timestamp)).toBe(
      "2025-01-01T11:00:00.000Z",
    );
  });

  test("daylight saving is followed within one log", () => {
    const recogniser = recogniserIn("America/New_York");
    const times = ["2025-03-09 01:59:59", "2025-03-09 03:00:00"].map(
      (line) => recogniser.recognise(line).timestamp,
    );
    expect(times.map(isoOf)).toEqual(["2025-03-09T06:59:59.000Z", "2025-03-09T07:00:00.000Z"]);
  });

  test.each(["2025-07-01T12:00:00Z x", "1751371200 x", "Tue Jul 01 12:00:00 UTC 2025 x"])(
    "%s has its own zone",
    (line) => {
      const header = recognise(line, "Asia/Tokyo");
      expect([isoOf(header.timestamp), header.zoneAssumed]).toEqual(["2025-07-01T12:00:00.000Z", false]);
    },
  );

  test("a log that crosses New Year is in two years", () => {
    const reference = Date.UTC(2026, 0, 1, 8);
    const times = ["Dec 31 23:59:59 web app: x", "Jan  1 00:00:01 web app: x"].map((line) =>
      recognise(line, "UTC", reference),
    );
    expect(times.map(({ timestamp }) => isoOf(timestamp))).toEqual([
      "2025-12-31T23:59:59.000Z",
      "2026-01-01T00:00:01.000Z",
    ]);
    expect(times.every(({ yearAssumed }) => yearAssumed)).toBe(true);
  });

  test("a time up to a day after the reference is of this year, one later of the last", () => {
    expect(isoOf(recognise("Dec  1 23:00:00 web app: x").timestamp)).toBe("2025-12-01T23:00:00.000Z");
    expect(isoOf(recognise("Dec  2 01:00:00 web app: x").timestamp)).toBe("2024-12-02T01:00:00.000Z");
  });

  test("29 February is of the last leap year", () => {
    expect(isoOf(recognise("Feb 29 12:00:00 web app: x").timestamp)).toBe("2024-02-29T12:00:00.000Z");
    expect(recognise("Feb 30 12:00:00 web app: x").timestamp).toBeUndefined();
  });
});

describe("JSON lines", () => {
  test.each([
    ['{"level":50,"time":1742277256921,"msg":"x"}', "2025-03-18T05:54:16.921Z", "error"],
    ['{"timestamp":"2025-11-20T12:00:00.123456Z","level":"INFO"}', "2025-11-20T12:00:00.123Z", "info"],
    ['{"@timestamp":"2025-11-20T12:00:00Z","log.level":"warn"}', "2025-11-20T12:00:00.000Z", "warn"],
    ['{"@t":"2025-11-20T12:00:00Z","@l":"Warning"}', "2025-11-20T12:00:00.000Z", "warn"],
    ['{"ts":1700000000.123,"level":"error"}', "2023-11-14T22:13:20.123Z", "error"],
    ['{"ts":"1700000000123456","level":"error"}', "2023-11-14T22:13:20.123Z", "error"],
    ['{"t":1700000000123456789,"lvl":"dbug"}', "2023-11-14T22:13:20.123Z", "debug"],
    ['{"t":{"$date":"2025-11-20T12:00:00.123+00:00"},"s":"E"}', "2025-11-20T12:00:00.123Z", "error"],
    ['{"t":{"$date":{"$numberLong":"1700000000123"}},"s":"I"}', "2023-11-14T22:13:20.123Z", "info"],
    ['{"log":{"time":"2025-11-20T12:00:00Z","level":"fatal"}}', "2025-11-20T12:00:00.000Z", "fatal"],
    ['{"asctime":"2025-11-20 12:00:00,123","levelname":"CRITICAL"}', "2025-11-20T12:00:00.123Z", "fatal"],
    ['{"time":0.27,"ts":1700000000,"severity":"NOTICE"}', "2023-11-14T22:13:20.000Z", "info"],
    [
      '{"timestamp":{"seconds":1700000000,"nanos":5},"severity":"ERROR"}',
      "2023-11-14T22:13:20.000Z",
      "error",
    ],
    ['{"__REALTIME_TIMESTAMP":"1700000000123456","PRIORITY":"4"}', "2023-11-14T22:13:20.123Z", "warn"],
    ['{"short_message":"x","level":3}', undefined, "error"],
    ['{"msg":"x","severityNumber":17}', undefined, "error"],
    ['{"msg":"x","priority":7}', undefined, "debug"],
    ['{"msg":"x","level":3}', undefined, undefined],
    [' {"msg":"x","level":"info"} ', undefined, "info"],
  ])("%s", (line, time, level) => {
    const header = recognise(line);
    expect([isoOf(header.timestamp), header.level, header.levelInferred]).toEqual([time, level, false]);
    expect([header.bodyStart, header.structured]).toEqual([0, true]);
    expect(recogniserIn().timestampOf(line)).toBe(header.timestamp);
  });

  test.each([
    ['{"msg":"request failed"}', "error"],
    ['{"msg":"x","error":{"message":"refused"}}', "error"],
    ['{"msg":"x","error":null,"error_count":0}', undefined],
    ['{"msg":"done","res":{"statusCode":503}}', "error"],
    ['{"msg":"done","status":404}', "warn"],
  ])("%s infers its level", (line, level) => {
    const header = recognise(line);
    expect([header.level, header.levelInferred]).toEqual([level, level !== undefined]);
  });

  test("JSON behind a time or a service's name is structured, and its level counts", () => {
    const header = recognise('2025-11-20T12:00:00Z {"level":"error","msg":"x"}');
    expect([header.level, header.structured, header.bodyStart]).toEqual(["error", true, 21]);
    const compose = recognise('web-1  | {"level":"warn","time":1700000000000}');
    expect([compose.level, compose.timestamp, compose.structured]).toEqual(["warn", 1_700_000_000_000, true]);
  });

  test("a time in JSON or logfmt behind a tag is the line's", () => {
    const recogniser = recogniserIn();
    for (const line of ['[app] {"time":1700000000000}', "<13>ts=1700000000 level=info msg=x"]) {
      expect(recogniser.recognise(line).timestamp).toBe(1_700_000_000_000);
      expect(recogniser.timestampOf(line)).toBe(1_700_000_000_000);
    }
  });

  test("an array, or broken JSON, is text", () => {
    expect(recognise('[{"level":"error"}]').structured).toBe(false);
    expect(recognise('{"level":"error"').structured).toBe(false);
  });
});

describe("container wrappers", () => {
  const docker = (log: string) => JSON.stringify({ log, stream: "stderr", time: "2025-11-20T12:00:00.5Z" });

  test("docker's inner text is the event's, its exact time wins", () => {
    const header = recognise(docker("2025-11-20T11:59:59Z ERROR lost\n"));
    expect(header).toMatchObject({
      text: "2025-11-20T11:59:59Z ERROR lost",
      bodyStart: 27,
      level: "error",
      stream: "stderr",
      partial: false,
      timestamp: Date.UTC(2025, 10, 20, 11, 59, 59),
    });
  });

  test("the wrapper's time serves where the inner line has none or leaves its zone open", () => {
    const outer = Date.UTC(2025, 10, 20, 12, 0, 0, 500);
    expect(recognise(docker("plain\n"))).toMatchObject({
      text: "plain",
      timestamp: outer,
      zoneAssumed: false,
    });
    const local = recognise(docker("2025-11-20 12:00:00 INFO x\n"), "Asia/Tokyo");
    expect(local).toMatchObject({ timestamp: outer, zoneAssumed: false, bodyStart: 25, level: "info" });
  });

  test("inner JSON is recognised", () => {
    const inner = '{"level":50,"time":1742277256921,"msg":"x"}';
    expect(recognise(docker(`${inner}\n`))).toMatchObject({
      text: inner,
      structured: true,
      level: "error",
      timestamp: 1_742_277_256_921,
    });
  });

  test("a docker line without its newline, and CRI's P, go on in the next", () => {
    expect(recognise(docker("half")).partial).toBe(true);
    expect(recognise("2016-10-06T00:17:09.669794202Z stderr P half").partial).toBe(true);
  });

  test("CRI", () => {
    const line = "2016-10-06T00:17:09.669794202+02:00 stdout F WARN low";
    expect(recognise(line)).toMatchObject({
      text: "WARN low",
      bodyStart: 5,
      level: "warn",
      stream: "stdout",
      partial: false,
      timestamp: Date.UTC(2016, 9, 5, 22, 17, 9, 669),
    });
    expect(recogniserIn().timestampOf(line)).toBe(Date.UTC(2016, 9, 5, 22, 17, 9, 669));
  });

  test("wrappers inside wrappers end", () => {
    let line = "core\n";
    for (let depth = 0; depth < 12; depth++) line = `${docker(line)}\n`;
    expect(recognise(line.trimEnd()).stream).toBe("stderr");
  });
});

describe("laws", () => {
  const pad = (value: number, size = 2) => String(value).padStart(size, "0");
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
  const parts = (ms: number) => {
    const date = new Date(ms);
    const clock = date.toISOString().slice(11, 19);
    return {
      iso: date.toISOString(),
      day: date.toISOString().slice(0, 10),
      clock,
      ms: pad(date.getUTCMilliseconds(), 3),
      month: MONTHS[date.getUTCMonth()],
      weekday: DAYS[date.getUTCDay()],
      d: date.getUTCDate(),
      y: date.getUTCFullYear(),
    };
  };
  const FORMATS: Record<string, { write: (ms: number) => string; exact: boolean }> = {
    iso: { write: (ms) => `${parts(ms).iso} x`, exact: true },
    comma: { write: (ms) => `${parts(ms).day} ${parts(ms).clock},${parts(ms).ms} x`, exact: true },
    nanoseconds: {
      write: (ms) => `${parts(ms).day}T${parts(ms).clock}.${parts(ms).ms}000999Z x`,
      exact: true,
    },
    slashes: { write: (ms) => `${parts(ms).day.replaceAll("-", "/")} ${parts(ms).clock} x`, exact: false },
    malformed: { write: (ms) => `${parts(ms).day}T${parts(ms).clock}+00:00.${parts(ms).ms}Z x`, exact: true },
    access: {
      write: (ms) =>
        `1.2.3.4 - - [${pad(parts(ms).d)}/${parts(ms).month}/${parts(ms).y}:${parts(ms).clock} +0000] "x"`,
      exact: false,
    },
    apache: {
      write: (ms) =>
        `[${parts(ms).weekday} ${parts(ms).month} ${pad(parts(ms).d)} ${parts(ms).clock} ${parts(ms).y}] x`,
      exact: false,
    },
    date: {
      write: (ms) =>
        `${parts(ms).weekday} ${parts(ms).month} ${String(parts(ms).d).padStart(2)} ${parts(ms).clock} UTC ${parts(ms).y} x`,
      exact: false,
    },
    rfc1123: { write: (ms) => `${new Date(ms).toUTCString()} x`, exact: false },
    redis: {
      write: (ms) =>
        `1:M ${pad(parts(ms).d)} ${parts(ms).month} ${parts(ms).y} ${parts(ms).clock}.${parts(ms).ms} * x`,
      exact: true,
    },
    compact: {
      write: (ms) => `${parts(ms).day.replaceAll("-", "")} ${parts(ms).clock.replaceAll(":", "")} x`,
      exact: false,
    },
    milliseconds: { write: (ms) => `${ms} x`, exact: true },
    json: { write: (ms) => JSON.stringify({ time: ms }), exact: true },
    logfmt: { write: (ms) => `level=info ts=${parts(ms).iso} msg=x`, exact: true },
    cri: { write: (ms) => `${parts(ms).iso} stdout F x`, exact: true },
  };
  const instant = fc.integer({ min: Date.UTC(2001, 8, 10), max: Date.UTC(2033, 4, 1) });

  test.each(Object.entries(FORMATS))("%s gives back the instant", (_, { write, exact }) => {
    const recogniser = recogniserIn();
    fc.assert(
      fc.property(instant, (ms) => {
        expect(recogniser.recognise(write(ms)).timestamp).toBe(exact ? ms : Math.floor(ms / 1000) * 1000);
      }),
    );
  });

  test("syslog without a year gives back any instant of the year before the reference", () => {
    const recogniser = recogniserIn();
    const recent = fc.integer({ min: REFERENCE - 360 * 86_400_000, max: REFERENCE });
    fc.assert(
      fc.property(recent, (ms) => {
        const { month, d, clock } = parts(ms);
        const line = `${month} ${String(d).padStart(2)} ${clock} web app[1]: x`;
        expect(recogniser.recognise(line).timestamp).toBe(Math.floor(ms / 1000) * 1000);
      }),
    );
  });

  test("an offset shifts the instant", () => {
    const recogniser = recogniserIn();
    fc.assert(
      fc.property(instant, fc.integer({ min: -12 * 60, max: 14 * 60 }), (ms, minutes) => {
        const size = Math.abs(minutes);
        const offset = `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
        const line = `${new Date(ms + minutes * 60_000).toISOString().slice(0, -1)}${offset} x`;
        expect(recogniser.recognise(line).timestamp).toBe(ms);
      }),
    );
  });

  const seed = fc.constantFrom(...[...TIMED, ...UNTIMED].map(([line]) => line));
  const mutated = fc
    .tuple(seed, fc.nat(), fc.nat(8), fc.string({ unit: "binary", maxLength: 8 }))
    .map(([line, at, cut, added]) => {
      const from = at % (line.length + 1);
      return line.slice(0, from) + added + line.slice(from + cut);
    });

  test("never throws, keeps the text, agrees with timestampOf", () => {
    const recogniser = recogniserIn();
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), mutated), (line) => {
        const header = recogniser.recognise(line);
        expect(header.bodyStart).toBeGreaterThanOrEqual(0);
        expect(header.bodyStart).toBeLessThanOrEqual(header.text.length);
        expect(line.includes(header.text) || header.stream !== undefined).toBe(true);
        expect(header.timestamp === undefined || Number.isFinite(header.timestamp)).toBe(true);
        expect(recogniser.timestampOf(line)).toBe(header.timestamp);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    "[",
    "a=",
    "1",
    " ",
    "-",
    "- ",
    ": ",
    "\u001b[1m",
    '{"a":',
    '{"a":"',
    'a="',
    'a="\\"',
    "Jan ",
    "2025-11-20 ",
    "error ",
    "no error ",
    "status=",
    'HTTP/1.1" ',
    "a.",
    "[a]",
    "<1>",
    "E",
    "\\",
    "| ",
  ])("a megabyte of %j is read", (unit) => {
    const line = unit.repeat(1_000_000 / unit.length);
    const recogniser = recogniserIn();
    for (const hostile of [line, `2025-11-20T12:00:00Z ${line}`, `2025-11-20T12:00:00Z INFO ${line}`]) {
      expect(recogniser.timestampOf(hostile)).toBe(recogniser.recognise(hostile).timestamp);
    }
  });
});
