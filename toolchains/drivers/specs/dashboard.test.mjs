/**
 * The page of `inversify-scopes/dashboard` in Debian's Chromium, under real load. With `UPDATE_DOCS=1` it makes the pictures of
 * docs/dashboard.md.
 */
import "reflect-metadata";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import { chromium } from "playwright-core";
import { dashboard } from "../../../dist/src/dashboard/index.js";
import {
  lease,
  perAsyncContext,
  pooled,
  runInContext,
  ScopedContainer,
  scopedModule,
} from "../../../dist/src/index.js";
import { isThere } from "../servers.mjs";

const HOSTILE = `</script><img src=x onerror="document.title='taken over'">\n\u202e"'&`;
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Db {
  async query(ms) {
    await later(ms);
  }
}
class Mailer {
  async send() {
    await later(30);
  }
}
class CurrentUser {
  name = "ann";
}
perAsyncContext()(CurrentUser);
class Orders {
  constructor(db, user) {
    Object.assign(this, { db, user });
  }
}
injectable()(Orders);
inject(Db)(Orders, undefined, 0);
inject(CurrentUser)(Orders, undefined, 1);
class Newsletter {
  constructor(mailer, orders) {
    Object.assign(this, { mailer, orders });
  }
}
injectable()(Newsletter);
inject(Mailer)(Newsletter, undefined, 0);
inject(Orders)(Newsletter, undefined, 1);
class Providers {
  db() {
    return new Db();
  }
}
pooled(4, {
  provides: Db,
  leaseStacks: true,
  acquireTimeoutMs: 400,
  describe: () => ({ pid: 4711 }),
  leaseWarnMs: 1_500,
  logger: { warn() {} },
})(Providers.prototype, "db", Object.getOwnPropertyDescriptor(Providers.prototype, "db"));
injectable()(Providers);

function build() {
  const container = new ScopedContainer({ defaultScope: "Singleton" });
  container.load(scopedModule(Providers, CurrentUser));
  container.bind(Mailer).toSelf().inPooledScope({ maxSize: 2, label: "mail" });
  container.bind(Orders).toSelf();
  container.bind(Newsletter).toSelf();
  return container;
}

/** Requests, until it is stopped: more at a time than there are connections. */
function load(container, { names, at, ms }) {
  const { db } = container.get(Orders);
  const { mailer } = container.get(Newsletter);
  const stop = new AbortController();
  const worker = async (n) => {
    while (!stop.signal.aborted) {
      const query = async () => {
        await db.query(ms());
        if (n === 0) await mailer.send();
      };
      await runInContext({ name: names[n % names.length] }, query).catch(() => {});
      await later(5);
    }
  };
  const over = Promise.all(Array.from({ length: at }, (_, n) => worker(n)));
  return async () => {
    stop.abort();
    await over;
  };
}

const skipped = isThere("chromium") ? undefined : "chromium is not installed";
if (skipped !== undefined) console.log(`SKIPPED: the dashboard in a browser, since ${skipped}`);

(skipped === undefined ? describe : describe.skip)("the dashboard in Chromium", function () {
  this.timeout(60_000);
  let browser;
  let server;
  let address;
  let container;
  let page;
  /** What the browser complains of. */
  let complaints;

  before(async () => {
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  });
  after(() => browser.close());

  beforeEach(async () => {
    container = build();
    await serve(dashboard(container, { title: "orders" }));
  });
  afterEach(async () => {
    await page?.context().close();
    page = undefined;
    server.closeAllConnections();
    server.close();
    await container.unbindAllAsync();
    expect(complaints).to.eql([]);
  });

  /** A server that has the board at `/ops/pools`, as Express cuts off paths. */
  async function serve(board, port = 0) {
    server = createServer((req, res) => {
      if (!/^\/ops\/pools(\/|$|\?)/.test(req.url)) return res.writeHead(404).end();
      req.originalUrl = req.url;
      req.url = req.url.slice("/ops/pools".length).replace(/^(?!\/)/, "/");
      board.listener(req, res);
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    address = `http://127.0.0.1:${server.address().port}/ops/pools`;
  }

  async function open(options = {}) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    page = await context.newPage();
    complaints = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${address}/`);
    await page.getByText("Live.").waitFor();
    return page;
  }
  const number = async (what) => Number(await page.locator(".tiles li", { hasText: what }).locator("b").textContent());

  it("figures change under load, and charts are drawn", async () => {
    const stop = load(container, { names: ["GET /orders"], at: 8, ms: () => 60 });
    await open();
    await page
      .locator(".pool", { hasText: "Db" })
      .getByText(/4 of 4 leased, 0 idle, \d+ waiting/)
      .waitFor();
    expect(await number("leased")).to.be.at.least(4);
    expect(await number("open contexts")).to.be.at.least(4);
    const row = page.getByRole("region", { name: /Who holds what of Db/ }).locator("tbody tr");
    expect(await row.count()).to.equal(4);
    expect(await row.first().textContent()).to.include("GET /orders");
    await row.first().getByText("where it was taken").click();
    expect(await row.first().locator("pre").textContent()).to.match(/^at .*dashboard\.test/);
    await page.waitForFunction(() => document.querySelectorAll(".chart .line[d*=L]").length >= 4);
    const charts = await page
      .locator(".pool", { hasText: "Db" })
      .getByRole("img")
      .evaluateAll((all) => all.map((one) => one.ariaLabel));
    expect(charts[0]).to.match(/^in use in the last minutes: now 4, at most 4$/);
    expect(charts[3]).to.match(/^use time in the last minutes: now \d+ ms/);
    await stop();
    await page.locator(".pool", { hasText: "Db" }).getByText("0 of 4 leased, 4 idle").waitFor();
    expect(await number("waiting")).to.equal(0);
  });

  it("who holds an instance for long, and who did not get one, stands among the recent errors", async () => {
    const held = await Promise.all([1, 2, 3, 4].map(() => lease(container.get(Db))));
    await runInContext({ name: "POST /late" }, () => container.get(Db).query(1)).catch(() => {});
    await open();
    const errors = page.getByRole("region", { name: /latest time-outs/ });
    await errors.getByText("POOL_TIMEOUT").waitFor();
    expect(await errors.textContent()).to.include("POST /late");
    await errors.getByText("POOL_LEASE_LONG").first().waitFor();
    await Promise.all(held.map((one) => one.release()));
  });

  it("hostile names are text, and nothing but text", async () => {
    container.bind(HOSTILE).to(Db).inPooledScope({ maxSize: 1, label: HOSTILE });
    await serveAnew(dashboard(container, { title: HOSTILE }));
    const held = await lease(container.get(HOSTILE));
    let end;
    const open_ = runInContext({ name: HOSTILE }, () => new Promise((resolve) => (end = resolve)));
    await open();
    expect(await page.getByText("</script><img src=x", { exact: false }).count()).to.be.at.least(3);
    expect(await page.locator("img").count()).to.equal(0);
    expect(await page.title())
      .to.include("</script>")
      .and.include("\\u202e");
    end();
    await open_;
    await held.release();
  });

  it("its policy lets nothing else run or load", async () => {
    await open();
    const blocked = await page.evaluate(async () => {
      const violations = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
        violations.push(effectiveDirective),
      );
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken over'";
      document.body.append(script);
      document.body.insertAdjacentHTML(
        "beforeend",
        `<img src="/x.png"><p style="color: red"></p><form action="/x"><button id=b>`,
      );
      await fetch("http://localhost:9/").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      return violations;
    });
    expect(blocked).to.include.members(["script-src-elem", "img-src", "style-src-attr", "connect-src"]);
    expect(await page.title()).to.equal("orders");
    complaints = complaints.filter((text) => !/Content Security Policy/.test(text));
  });

  it("works without the slash at the end", async () => {
    await open();
    await page.goto(address);
    await page.getByText("Live.").waitFor();
    expect(await page.getByRole("link", { name: "This report as JSON" }).getAttribute("href")).to.equal(
      "/ops/pools/report.json",
    );
  });

  it("is used by keyboard: filter, pause, a pool, its details", async () => {
    await open();
    const focused = () => page.evaluate(() => document.activeElement.outerHTML.slice(0, 200));
    await page.keyboard.press("Tab");
    expect(await focused()).to.match(/^<input/);
    await page.keyboard.type("mail");
    await page.locator(".pool").nth(1).waitFor({ state: "detached" });
    expect(await page.locator(".pool").count()).to.equal(1);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Paused.").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Live.").waitFor();
    await page.keyboard.press("Tab");
    expect(await focused()).to.match(/^<summary/);
    await page.keyboard.press("Enter");
    await page.locator(".pool .inside").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.locator(".pool .inside").waitFor();
    // What is in focus stays so, whatever comes in.
    await later(2_500);
    expect(await focused()).to.match(/^<summary/);
    const heads = await page.evaluate(() => [...document.querySelectorAll("th")].every((head) => head.scope !== ""));
    expect(heads).to.equal(true);
    for (const title of ["Pools", "Open contexts", "Recent errors", "Bindings"]) {
      expect(await page.getByRole("region", { name: title, exact: true }).count(), title).to.equal(1);
    }
  });

  it("fits a phone: nothing is wider than the screen but what scrolls", async () => {
    const stop = load(container, {
      names: ["GET /a-path-that-is-rather-long/and-longer-still/:id/of/the/thing"],
      at: 6,
      ms: () => 60,
    });
    await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    await page.locator(".pool table").first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).to.be.at.most(360);
    await stop();
  });

  for (const colorScheme of ["light", "dark"]) {
    it(`is ${colorScheme} where that is wished for, with enough contrast`, async () => {
      await open({ colorScheme, reducedMotion: "reduce" });
      const ratios = await page.evaluate(() => {
        const light = (color) => {
          const part = (i) => {
            const c = Number(color.match(/[\d.]+/g)[i]) / 255;
            return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          };
          return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
        };
        const paper = light(getComputedStyle(document.body).backgroundColor);
        return [...document.querySelectorAll("p, small, th, td, dt, dd, caption, h1, button")].map((element) => {
          const ink = light(getComputedStyle(element).color);
          return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        });
      });
      expect(ratios.length).to.be.greaterThan(20);
      expect(Math.min(...ratios)).to.be.at.least(4.5);
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(paper).to.equal(colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(22, 24, 28)");
      expect(
        await page.evaluate(() => getComputedStyle(document.querySelector(".bar rect")).transitionDuration),
      ).to.equal("0s");
    });
  }

  it("a server that is gone is told, and one that is back is shown", async () => {
    await open();
    const { port } = server.address();
    server.closeAllConnections();
    server.close();
    await page.getByRole("alert").getByText("The server does not answer.").waitFor();
    await serve(dashboard(container), port);
    await page.getByText("Live.").waitFor();
    expect(await page.getByRole("alert").count()).to.equal(0);
    complaints = complaints.filter((text) => !/ERR_CONNECTION|Failed to load/.test(text));
  });

  it("a thousand pools: some are shown, all are found, and the page stays quick", async () => {
    for (let i = 0; i < 1_000; i++) container.bind(`tenant ${i}`).to(Db).inPooledScope(2);
    await open();
    expect(await page.locator(".pool").count()).to.equal(50);
    await page.getByRole("searchbox").fill("tenant 777");
    expect(await page.locator(".pool summary h3").allTextContents()).to.eql(["tenant 777"]);
    await page.locator("svg[aria-label^='The bindings'] .box").waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: /^Show all 1,002 pools/ }).click();
    expect(await page.locator(".pool").count()).to.equal(1_002);
    await later(2_500);
    await page.getByText("Live.").waitFor();
  });

  async function serveAnew(board) {
    server.close();
    await serve(board);
  }

  if (process.env["UPDATE_DOCS"] === "1") {
    for (const colorScheme of ["light", "dark"]) {
      it(`makes docs/dashboard-${colorScheme}.png`, async () => {
        const names = ["GET /orders", "POST /orders", "GET /orders/:id", "GET /stock"];
        const stop = load(container, { names, at: 7, ms: () => 30 + 150 * Math.random() });
        await open({ colorScheme, viewport: { width: 900, height: 1_000 } });
        await later(40_000);
        const folder = join(import.meta.dirname, "../../../docs");
        await page.screenshot({ path: join(folder, `dashboard-${colorScheme}.png`) });
        await stop();
      }).timeout(120_000);
    }
  }
});
