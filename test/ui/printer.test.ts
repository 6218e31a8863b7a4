import { spawn } from "node:child_process";
import { once } from "node:events";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { createPrinter, type PrinterOptions, toSafeJson } from "../../src/ui/printer.ts";
import { createStyle } from "../../src/ui/style.ts";

/** A stream that keeps what it gets. */
function collect(): { stream: Writable; read: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, read: () => text };
}

function open(options: Partial<PrinterOptions> = {}) {
  const [out, err] = [collect(), collect()];
  const printer = createPrinter({
    stdout: out.stream,
    stderr: err.stream,
    stdoutIsTty: false,
    stderrIsTty: false,
    columns: () => 40,
    quiet: false,
    now: () => 0,
    ...options,
  });
  return { printer, out: out.read, err: err.read };
}

describe("createPrinter", () => {
  it("writes data to stdout and remarks to stderr, escaped unless styled", async () => {
    const { printer, out, err } = open();
    const style = createStyle({ colour: true, theme: "dark" });
    await printer.line("group\x1b[2J\nforged");
    await printer.lines([style.error("x"), "\x9b"]);
    await printer.text("streamed\nanswer\x07");
    printer.note("two\nlines\x1b");
    expect(out()).toBe("group\\x1b[2J\\nforged\n\x1b[91mx\x1b[39m\n\\x9b\nstreamed\nanswer\\x07");
    expect(err()).toBe("two\nlines\\x1b\n");
  });

  it("keeps quiet, except for errors", () => {
    const { printer, err } = open({ quiet: true, stderrIsTty: true });
    printer.note("remark");
    printer.progress("working");
    printer.error("Error: no");
    expect(err()).toBe("Error: no\n");
  });

  it("draws progress on a terminal only, not too often, and erases it before anything else", async () => {
    let now = 0;
    const { printer, out, err } = open({ stderrIsTty: true, now: () => now });
    printer.progress("one\x1b\nof a length that does not fit in the line");
    now = 10;
    printer.progress("too soon");
    now = 200;
    printer.progress("two");
    await printer.line("data");
    expect(err()).toBe("\r\x1b[2Kone\\x1b\\nof a length that does not fit…\r\x1b[2Ktwo\r\x1b[2K");
    expect(out()).toBe("data\n");
    const piped = open();
    piped.printer.progress("never");
    expect(piped.err()).toBe("");
  });

  it("does not draw over a line that is still being written on the same terminal", async () => {
    const { printer, err } = open({ stderrIsTty: true, stdoutIsTty: true });
    await printer.text("half a li");
    printer.progress("working");
    expect(err()).toBe("");
  });

  it("waits for a slow reader", async () => {
    let release = () => {};
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => (release = done) });
    const { printer } = open({ stdout: slow });
    let isWritten = false;
    const writing = printer.line("data").then(() => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    release();
    await writing;
    expect(isWritten).toBe(true);
  });

  it("fails when the output cannot be written for another reason than a closed pipe", async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("no space left"), { code: "ENOSPC" })),
    });
    const { printer } = open({ stdout: full });
    await printer.line("data");
    await new Promise(setImmediate);
    expect(printer.closed.aborted).toBe(true);
    await expect(printer.flush()).rejects.toThrow(Failure);
  });
});

describe("toSafeJson", () => {
  it("means the same and holds nothing that a terminal obeys", () => {
    const value = { "a\x9b": "\x1b[2J\x7f\u2028\u202e\u{e0041}日👍" };
    const json = toSafeJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json).toBe('{"a\\u009b":"\\u001b[2J\\u007f\\u2028\\u202e\\udb40\\udc41日👍"}');
  });
});

describe("a closed pipe", () => {
  const program = `
    import { createPrinter } from ${JSON.stringify(new URL("../../src/ui/printer.ts", import.meta.url).href)};
    const { stdout, stderr } = process;
    const printer = createPrinter({
      stdout, stderr, stdoutIsTty: false, stderrIsTty: false, columns: () => 80, quiet: false, now: () => 0,
    });
    let lines = 0;
    while (!printer.closed.aborted && lines < 1e6) {
      await printer.line("line " + lines++);
      await new Promise(setImmediate);
    }
    await printer.flush();
    printer.note(printer.closed.aborted ? "reader gone" : "wrote all");
  `;

  it("ends the work without a message of its own", async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk);
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code] = await once(child, "close");
    expect(stderr).toBe("reader gone\n");
    expect(code).toBe(0);
  });
});
