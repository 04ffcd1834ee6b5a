import "reflect-metadata";
import { createHash } from "node:crypto";
import { expect } from "chai";
import { Container } from "inversify";
import { lease, poolOf, ScopedContainer, shutdown } from "inversify-scopes";
import { dashboard, type DashboardOptions } from "inversify-scopes/dashboard";
import type { Report } from "inversify-scopes/metrics";
import { thrown } from "../support/errors.js";

class Db {}

const HOSTILE = `</title></script><script>alert(1)</script>\n"'&\u202e`;

describe("dashboard: requests", () => {
  const build = (): ScopedContainer => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 2, describe: () => "a fact" });
    return container;
  };
  const get = (path: string, init?: RequestInit, options?: DashboardOptions): Promise<Response> =>
    dashboard(build(), options)(new Request(`http://localhost${path}`, init));

  for (const mount of ["/", "/ops/", "/a/b/c/", "/with%20space/"]) {
    it(`mounted at ${mount}: the page, and the report beside it`, async () => {
      const page = await get(mount);
      expect(page.status).to.equal(200);
      expect(page.headers.get("content-type")).to.equal("text/html; charset=utf-8");
      expect(await page.text()).to.match(/^<!doctype html>/);
      const report = await get(`${mount}report.json?x=1`);
      expect(report.status).to.equal(200);
      expect(report.headers.get("content-type")).to.equal("application/json; charset=utf-8");
      const { pools } = (await report.json()) as Report;
      expect(pools.map(({ label }) => label)).to.eql(["Db"]);
    });
  }

  it("HEAD is GET without a body", async () => {
    for (const path of ["/", "/report.json"]) {
      const { status, body, headers } = await get(path, { method: "HEAD" });
      expect([status, body, headers.get("content-type")]).to.eql([
        200,
        null,
        (await get(path)).headers.get("content-type"),
      ]);
    }
  });

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    it(`${method} is not allowed`, async () => {
      for (const path of ["/", "/ops/report.json"]) {
        const { status, headers } = await get(path, { method });
        expect([status, headers.get("allow")]).to.eql([405, "GET, HEAD"]);
      }
    });
  }

  it("anything else is not there", async () => {
    for (const path of [
      "/other",
      "/report",
      "/report.json.map",
      "/report.json/x",
      "/favicon.ico",
      "/ops/xreport.json",
    ]) {
      expect((await get(path)).status, path).to.equal(404);
      expect((await get(path, { method: "POST" })).status, path).to.equal(404);
    }
  });

  it("a browser that goes to the mount's place without the slash is sent to it, however the server is reached", async () => {
    const { status, headers } = await get("/ops/pools?x", { headers: { accept: "text/html,*/*" } });
    expect([status, headers.get("location")]).to.eql([307, "./pools/"]);
    expect((await get("/favicon.ico", { headers: { accept: "text/html" } })).status).to.equal(404);
    const odd = await get("/ops//evil.example:1", { headers: { accept: "text/html" } });
    expect(odd.status).to.equal(404);
    const double = await get("/ops//evil", { headers: { accept: "text/html" } });
    expect(double.headers.get("location")).to.equal("./evil/");
  });

  it("nothing is kept, framed, guessed or told to others", async () => {
    for (const path of ["/", "/report.json", "/other"]) {
      const { headers } = await get(path);
      expect(headers.get("cache-control")).to.equal("no-store");
      expect(headers.get("x-content-type-options")).to.equal("nosniff");
      expect(headers.get("referrer-policy")).to.equal("no-referrer");
      expect(headers.get("x-frame-options")).to.equal("DENY");
      expect(headers.get("cross-origin-resource-policy")).to.equal("same-origin");
      const policy = headers.get("content-security-policy")!.split("; ");
      expect(policy).to.include.members([
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ]);
      expect(headers.has("access-control-allow-origin")).to.equal(false);
    }
  });

  it("the page may run its own script and style, which its policy names by their hashes, and ask its own server", async () => {
    const page = await get("/");
    const html = await page.text();
    const hashOf = (tag: string): string => {
      const found = [...html.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, "g"))];
      expect(found).to.have.length(1);
      return `'sha256-${createHash("sha256").update(found[0]![1]!).digest("base64")}'`;
    };
    expect(page.headers.get("content-security-policy")!.split("; ")).to.have.members([
      "default-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      `script-src ${hashOf("script")}`,
      `style-src ${hashOf("style")}`,
      "connect-src 'self'",
      "img-src data:",
    ]);
    expect(html).to.not.match(/\ssrc=|\shref="(?!data:,)|\son\w+="|\sstyle="|@import|https?:\/\/(?!www\.w3\.org)/);
    expect(html)
      .to.include("report.json")
      .and.include("prefers-color-scheme: dark")
      .and.include("prefers-reduced-motion");
  });

  it("a hostile title is text", async () => {
    const html = await (await get("/", {}, { title: HOSTILE })).text();
    const shown = "&lt;/title&gt;&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\n&quot;&#39;&amp;\\u202e";
    expect(html).to.include(`<title>${shown}</title>`).and.include(`<h1>${shown}</h1>`);
    expect(html).to.not.include("<script>alert");
  });

  it("facts are told only if they are asked for", async () => {
    const container = build();
    const held = await lease(container.get(Db));
    const textOf = async (options: DashboardOptions): Promise<string> =>
      (await dashboard(container, options)(new Request("http://localhost/report.json"))).text();
    expect(await textOf({})).to.not.include("a fact");
    expect(await textOf({ facts: false })).to.not.include("a fact");
    expect(await textOf({ facts: true })).to.include("a fact");
    await held.release();
  });

  it("of a container that is shut down there is nothing to tell, but it is told", async () => {
    const container = build();
    const board = dashboard(container);
    void poolOf(container.get(Db));
    await shutdown(container);
    const { pools, bindings } = (await (await board(new Request("http://localhost/report.json"))).json()) as Report;
    expect({ pools, bindings }).to.eql({ pools: [], bindings: [] });
    expect((await board(new Request("http://localhost/"))).status).to.equal(200);
  });

  it("needs a container with the plugin, and options that it knows", () => {
    const refused = (options: unknown): string =>
      thrown("INVALID_OPTION", () => dashboard(build(), options as never)).message;
    expect(thrown("INVALID_OPTION", () => dashboard(new Container())).message).to.match(/^dashboard: .*ScopesPlugin/);
    expect(refused({ facts: 1 })).to.include("facts");
    expect(refused({ authorize: true }))
      .to.include("authorize")
      .and.include("a function");
    expect(refused({ title: "" })).to.include("title");
    expect(refused({ title: ["x"] })).to.include("title");
    expect(refused({ authorise: () => true })).to.include("authorize");
    refused(null);
  });
});
