import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { exportHtml } from "../src/report/export-html.ts";
import { exportJson } from "../src/report/export-json.ts";
import { exportMarkdown } from "../src/report/export-markdown.ts";
import { createSanitizer } from "../src/sanitize/sanitizer.ts";
import { openBrowser } from "../test/report/browser.ts";
import { investigateDemo } from "../test/report/demo-session.ts";
import { shrinkPng } from "./palette-png.ts";

/** Makes the pictures of docs/report.md, and tells how large the exports of the demo investigation are. */
const PICTURES = [
  { name: "wide", width: 1280, colorScheme: "light", from: "header", to: ".chart:nth-of-type(3)", scale: 1 },
  {
    name: "narrow",
    width: 360,
    colorScheme: "dark",
    from: "#question-1 .charts",
    to: ".templates",
    scale: 2,
  },
] as const;
const OUT = join(import.meta.dirname, "../docs/report");

const work = mkdtempSync(join(tmpdir(), "logai-pictures-"));
const browser = await openBrowser(process.env);
if (typeof browser === "string") throw new Error(browser);
try {
  const session = await investigateDemo(join(work, "demo"));
  const options = { sanitizer: createSanitizer(), now: session.updatedAt, version: "0.1.0" };
  for (const write of [exportHtml, exportMarkdown, exportJson])
    console.log(`${write.name}: ${Buffer.byteLength(write(session, options))} bytes`);
  const file = join(work, "report.html");
  writeFileSync(file, exportHtml(session, options));
  for (const { name, width, colorScheme, from, to, scale } of PICTURES) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      deviceScaleFactor: scale,
      offline: true,
    });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    const top = await page.locator(from).first().boundingBox();
    const bottom = await page.locator(to).first().boundingBox();
    if (!top || !bottom) throw new Error(`nothing to see of ${from} or ${to}`);
    const y = Math.max(0, top.y - 24);
    const clip = { x: 0, y, width, height: Math.min(bottom.y, y + 2600) - y };
    const path = join(OUT, `${name}.png`);
    const png = shrinkPng(await page.screenshot({ fullPage: true, clip }));
    writeFileSync(path, png);
    console.log(`${path}: ${png.length} bytes, ${width} px wide`);
    await context.close();
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
