import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exportHtml } from "../../src/report/export-html.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { openBrowser } from "./browser.ts";
import { DEMO_QUESTION, investigateDemo } from "./demo-session.ts";
import { makeSession } from "./hostile-session.ts";
import { HOSTILE } from "./hostile-text.ts";

const OPTIONS = { sanitizer: createSanitizer(), now: Date.UTC(2026, 2, 12, 8), version: "1.2.3" };
const IN_PAGE = readFileSync(join(import.meta.dirname, "in-page.js"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "logai-report-"));
let opened: Browser | string;

beforeAll(async () => {
  opened = await openBrowser(process.env);
  if (typeof opened === "string") return;
  const session = await investigateDemo(join(folder, "demo"), [DEMO_QUESTION, "How many errors are there?"]);
  writeFileSync(join(folder, "demo.html"), exportHtml(session, OPTIONS));
  let at = 0;
  const hostile = makeSession(() => HOSTILE[at++ % HOSTILE.length] ?? "", HOSTILE.join("\n\n"));
  writeFileSync(join(folder, "hostile.html"), exportHtml(hostile, { ...OPTIONS, sanitizer: undefined }));
}, 120_000);

afterAll(async () => {
  if (typeof opened !== "string") await opened.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(({ skip }) => {
  if (typeof opened === "string") skip(opened);
});

interface View {
  readonly page: Page;
  /** Requests beside the page itself, messages of its console, errors and dialogs. */
  readonly heard: readonly string[];
}

interface ViewOptions {
  readonly name?: string;
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
}

/** The page as it is seen without a network. */
async function view(options: ViewOptions, look: (view: View) => Promise<void>): Promise<void> {
  const { name = "demo.html", width = 1440, colorScheme = "light" } = options;
  if (typeof opened === "string") throw new Error(opened);
  const context = await opened.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true });
  const address = pathToFileURL(join(folder, name)).href;
  try {
    const heard: string[] = [];
    await context.route("**", (route) =>
      route.request().url() === address ? route.continue() : route.abort(),
    );
    const page = await context.newPage();
    page.on("request", (request) => {
      if (request.url() !== address) heard.push(`request of ${request.url()}`);
    });
    page.on("console", (message) => heard.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => heard.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      heard.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(address);
    await look({ page, heard });
  } finally {
    await context.close();
  }
}

/** What the page says to a call of in-page.js, such as `charts()`. */
function askPage(page: Page, call: string): Promise<unknown> {
  return page.evaluate(`${IN_PAGE.replace(/;?\s*$/, "")}.${call}`);
}

const WIDTHS = [360, 768, 1440];
const SCHEMES = ["light", "dark"] as const;
const PAGES = ["demo.html", "hostile.html"];

describe("the page in a browser", () => {
  it.each(PAGES)("of %s asks for nothing, says nothing and runs nothing", async (name) => {
    await view({ name }, async ({ page, heard }) => {
      await page.waitForLoadState("networkidle");
      expect(heard).toEqual([]);
      // The policy lets the page's own style through, and nothing else.
      expect(await askPage(page, "bodyWidth()")).toBe("1152px");
      expect(await askPage(page, "attack()")).not.toBe("run");
      await expect.poll(() => heard.filter((one) => one.includes("Content Security Policy"))).toHaveLength(3);
      expect(await askPage(page, "bodyWidth()")).toBe("1152px");
    });
  });

  it.each(WIDTHS.flatMap((width) => PAGES.map((name) => ({ width, name }))))(
    "fits $width px: $name",
    async ({ width, name }) => {
      await view({ name, width }, async ({ page }) => {
        await askPage(page, "openAll()");
        expect(await askPage(page, "pageWidth()")).toBe(width);
        expect(await askPage(page, "textOutside()")).toEqual([]);
        expect(await askPage(page, "covered()")).toEqual([]);
      });
    },
  );

  it("leads from each reference to its evidence and back", async () => {
    await view({}, async ({ page }) => {
      expect(await askPage(page, "links()")).toMatchObject({ all: expect.any(Array), broken: [] });
      const line = page.locator("a.ref[href^='#e']").first();
      const [ref, id] = [await line.getAttribute("href"), await line.getAttribute("id")];
      await line.click();
      expect(await askPage(page, "hash()")).toBe(ref);
      await expect.poll(() => askPage(page, `isInView("${ref}")`)).toBe(true);
      await page.locator(`${ref} .back a`).first().click();
      expect(await askPage(page, "hash()")).toBe(`#${id}`);
      await expect.poll(() => askPage(page, `isInView("#${id}")`)).toBe(true);
    });
  });

  it.each(WIDTHS)("has charts with bars, an onset and readable times at %d px", async (width) => {
    await view({ width }, async ({ page }) => {
      const chart = {
        title: expect.stringMatching(/^Events of \S+\.log over time$/),
        about: expect.stringMatching(/02:30 to 06:00 UTC.*Errors (?:begin|rise) at 2026-03-12 0\d:/),
        hasBars: true,
        barsInside: true,
        onsetInside: true,
        timesApart: true,
        times: 4,
        fontSize: "11px",
      };
      expect(await askPage(page, "charts()")).toEqual(Array(6).fill(chart));
    });
  });

  it.each(SCHEMES)("can be read in %s", async (colorScheme) => {
    await view({ colorScheme }, async ({ page }) => {
      await askPage(page, "openAll()");
      const ground = colorScheme === "dark" ? between(0, 0.05) : between(0.9, 1);
      expect(await askPage(page, "contrast()")).toEqual({ ground, faint: [] });
    });
  });

  it("prints on white with what was folded", async () => {
    await view({ colorScheme: "dark" }, async ({ page }) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await askPage(page, "contrast()")).toEqual({ ground: between(0.9, 1), faint: [] });
      const heights = await askPage(page, "foldedHeights()");
      expect(heights).toEqual(Array(Array.isArray(heights) ? heights.length : 0).fill(between(10, 10_000)));
      const pdf = await page.pdf({ preferCSSPageSize: true });
      expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
      expect(pdf.length).toBeGreaterThan(50_000);
    });
  });

  it.each(WIDTHS)("shows something at %d px", async (width) => {
    await view({ width }, async ({ page }) => {
      // A blank picture of this size takes less than 10 kB.
      expect((await page.screenshot()).length).toBeGreaterThan(30_000);
      const chart = page.locator(".chart").nth(1);
      expect((await chart.screenshot()).length).toBeGreaterThan(4000);
    });
  });
});

function between(least: number, most: number) {
  return expect.toSatisfy((value: unknown) => typeof value === "number" && value >= least && value <= most);
}
