import { expect } from "chai";
import { perAsyncContextScope, runInContext, scopedProxy, setFactory, sharedScope, unwrap } from "inversify-scopes";

class Mailer {
  sent = 0;
  #handler = (): string => "own handler";
  arrow = (): string => `arrow of ${this.sent}`;
  send(): string {
    return `sent ${++this.sent}`;
  }
  get handler(): () => string {
    return this.#handler;
  }
  set handler(value: () => string) {
    this.#handler = value;
  }
}

const ways = [{}, { jitless: true }, { proxy: "full" }] as const;
const members = ["send", "arrow", "handler"] as const;

function mailerOf(way: (typeof ways)[number], scope = sharedScope()): Mailer {
  const proxy = scopedProxy<Mailer>("mailer", { ...way, shape: Mailer });
  setFactory(proxy, () => new Mailer(), scope);
  return proxy;
}

/** As spies do it: keep what stands there, put something in its place, and later what was kept. */
describe("functions that are replaced through a proxy, and put back", () => {
  for (const way of ways) {
    for (const member of members) {
      it(`${JSON.stringify(way)}: ${member} is the instance's own again, and not a call of itself for ever`, () => {
        const mailer = mailerOf(way);
        const real = new Mailer();
        for (const each of [mailer, real]) {
          const own = each[member];
          each[member] = () => "spied";
          expect(each[member]()).to.equal("spied");
          each[member] = () => "spied again";
          expect(each[member]()).to.equal("spied again");
          each[member] = own;
          expect(each[member]).to.equal(own);
        }
        expect(mailer[member]()).to.equal(real[member]());
        expect(Object.hasOwn(unwrap(mailer), member)).to.equal(member === "arrow");
        const again = mailer[member];
        mailer[member] = () => "once more";
        expect(mailer[member]()).to.equal("once more");
        mailer[member] = again;
        expect(mailer[member]()).to.equal(real[member]());
      });
    }

    it(`${JSON.stringify(way)}: what stands there already may be put there`, () => {
      const mailer = mailerOf(way);
      const { send } = mailer;
      mailer.send = send;
      expect([mailer.send(), mailer.send()]).to.eql(["sent 1", "sent 2"]);
    });

    it(`${JSON.stringify(way)}: it concerns the instance of the moment, no other`, async () => {
      const mailer = mailerOf(way, perAsyncContextScope());
      const send = await runInContext(() => {
        const own = mailer.send;
        mailer.send = () => "spied";
        return own;
      });
      await runInContext(() => {
        expect(mailer.send()).to.equal("sent 1");
        mailer.send = send;
        expect(mailer.send()).to.equal("sent 2");
      });
    });

    it(`${JSON.stringify(way)}: a new function, an own method or a class goes where it is put`, () => {
      const mailer = mailerOf(way) as any;
      mailer.fresh = () => "fresh";
      expect(mailer.fresh()).to.equal("fresh");
      mailer.Model = Mailer;
      expect(new mailer.Model().send()).to.equal("sent 1");
    });
  }
});
