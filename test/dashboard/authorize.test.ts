import "reflect-metadata";
import { expect } from "chai";
import { ScopedContainer, selectSource } from "inversify-scopes";
import { dashboard, type DashboardOptions } from "inversify-scopes/dashboard";
import sinon from "sinon";
import { warningsDuring } from "../support/warnings.js";

describe("dashboard: who may see it", () => {
  const get = (authorize: DashboardOptions["authorize"], path = "/", init?: RequestInit): Promise<Response> =>
    dashboard(new ScopedContainer(), { authorize })(new Request(`http://localhost${path}`, init));

  it("`authorize` says: it gets the request, whatever that is for", async () => {
    const byToken = async ({ headers }: Request): Promise<boolean> => headers.get("authorization") === "token";
    for (const path of ["/", "/report.json"]) {
      expect((await get(byToken, path, { headers: { authorization: "token" } })).status).to.equal(200);
      const refused = await get(byToken, path);
      expect([refused.status, await refused.text()]).to.eql([403, "Not allowed.\n"]);
    }
  });

  it("who may not see it does not learn what is there", async () => {
    for (const path of ["/other", "/"]) expect((await get(() => false, path, { method: "POST" })).status).to.equal(403);
  });

  it("nothing but true is a permission", async () => {
    for (const said of [undefined, 1, "yes", {}, Promise.resolve("yes")]) {
      expect((await get(() => said as boolean)).status).to.equal(403);
    }
  });

  for (const [how, authorize] of [
    [
      "throws",
      () => {
        throw new Error("secret of the house");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret of the house"))],
  ] as const) {
    it(`one that ${how} is answered 500 without details, and told to the process, once`, async () => {
      const board = dashboard(new ScopedContainer(), { authorize });
      const warnings = await warningsDuring(async () => {
        for (const path of ["/", "/report.json"]) {
          const { status, ...response } = await board(new Request(`http://localhost${path}`)).then(async (answer) => ({
            status: answer.status,
            text: await answer.text(),
          }));
          expect(status).to.equal(500);
          expect(response.text).to.not.include("secret");
        }
      });
      expect(warnings.map(({ code }) => code)).to.eql(["DASHBOARD_FAILED"]);
      expect(warnings[0]!.message).to.include("secret of the house");
    });
  }

  it("one that hangs is answered 503 after ten seconds; what it says after that is too late", async () => {
    let now: sinon.SinonStub | undefined;
    const clock = sinon.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let say!: (allowed: boolean) => void;
      const answered = get(() => new Promise<boolean>((resolve) => (say = resolve)));
      const later = performance.now() + 10_000;
      now = sinon.stub(performance, "now").returns(later);
      clock.tick(10_001);
      expect((await answered).status).to.equal(503);
      say(true);
      expect(clock.countTimers()).to.equal(0);
    } finally {
      now?.restore();
      clock.restore();
    }
  });

  it("no timer is left of one that answers", async () => {
    const clock = sinon.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await get(() => true);
      expect(clock.countTimers()).to.equal(0);
    } finally {
      clock.restore();
    }
  });

  it("a report that fails is answered 500 as well", async () => {
    const container = new ScopedContainer();
    const sources = (): never => {
      throw new Error("secret of the house");
    };
    const name = "broken";
    const open = (service: { readonly name: string }): ReturnType<typeof selectSource> =>
      selectSource(service, { select: sources, sources });
    container
      .bind(name)
      .toDynamicValue(() => ({}))
      .inScope({ name, endsWithContext: true, open });
    const board = dashboard(container);
    const warnings = await warningsDuring(async () => {
      const answer = await board(new Request("http://localhost/report.json"));
      expect([answer.status, await answer.text()]).to.eql([500, "Something went wrong; the server's log has more.\n"]);
    });
    expect(warnings).to.have.length(1);
  });
});
