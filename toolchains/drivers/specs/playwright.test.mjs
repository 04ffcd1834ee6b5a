import { expect } from "chai";
import { chromium } from "playwright-core";
import { behaves } from "../harness.mjs";

let browser;
let example;
const client = {
  needs: "chromium",
  scope: "pooled",
  before: async () => {
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    example = await browser.newPage();
  },
  after: () => browser.close(),
  make: () => browser.newPage(),
  end: (page) => page.close(),
  // Its class is not exported: an example has it. What a request left in the page must not reach the next.
  options: () => ({ shape: example, onRelease: (page) => page.goto("about:blank") }),
  work: async (page) => {
    await page.setContent("<title>hello</title><p>world</p>");
    return [await page.title(), await page.evaluate(() => document.body.textContent)];
  },
  worked: ["hello", "world"],
  identity: async (page) => page.evaluate(() => (window.id ??= Math.random())),
  leave: (page) => ({ over: page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100))) }),
  library: async (page) => {
    await page.setContent("<p>world</p>");
    const handle = await page.evaluateHandle(() => document.body);
    expect(await page.evaluate((body) => body.textContent, handle)).to.equal("world");
    expect(await page.locator("p").textContent()).to.equal("world");
  },
};
behaves("playwright-core: pages of Chromium", client);
