import { inherits } from "node:util";
import { expect } from "chai";
import { perAsyncContextScope, runInContext, scopedProxy, setFactory } from "inversify-scopes";

class Modern {
  static readonly kind = "modern";
}

/** As classes were written before the language had them. */
function Old(this: any, name: string): void {
  this.name = name;
}
Old.prototype.greet = function (): string {
  return `I am ${this.name}`;
};
Old.kind = "old";

function Heir(this: any, name: string): void {
  Reflect.apply(Old, this, [name]);
}
inherits(Heir, Old);

/** One whose instances inherit nothing: nothing tells that it is a class. */
function Bare(this: any, name: string): string | void {
  if (new.target === undefined) return `called with ${name}`;
  this.name = name;
  this.isOwn = new.target === Bare;
}

/** Those whose prototypes do not say whose they are. */
function Alias(this: any, name: string): void {
  Reflect.apply(Old, this, [name]);
}
Alias.prototype = Old.prototype;
function Literal(this: any, name: string): void {
  this.name = name;
}
Literal.prototype = { greet: Old.prototype.greet };

interface Orm {
  Modern: any;
  Old: any;
  Heir: any;
  Bare: any;
  Alias: any;
  Literal: any;
  onPrototype: any;
}

class OrmOf implements Orm {
  Modern = Modern;
  Old = Old;
  Heir = Heir;
  Bare = Bare;
  Alias = Alias;
  Literal = Literal;
  declare onPrototype: any;
}
OrmOf.prototype.onPrototype = Old;

for (const way of [{}, { jitless: true }, { proxy: "full" }] as const) {
  describe(`constructors among the members of a service (${JSON.stringify(way)})`, () => {
    const orm = scopedProxy<Orm>("orm", { ...way, shape: OrmOf });
    setFactory(orm, () => new OrmOf());

    for (const member of ["Modern", "Old", "Heir", "onPrototype"] as const) {
      it(`${member} comes out as it is`, () => {
        expect(orm[member]).to.equal(new OrmOf()[member]);
        const made = new orm[member]("Ann");
        expect(made).to.be.instanceOf(orm[member]);
        expect(made.constructor).to.equal(orm[member]);
        if (member !== "Modern") expect(made.greet()).to.equal("I am Ann");
        if (member !== "Heir") expect(orm[member].kind).to.equal(member === "Modern" ? "modern" : "old");
      });
    }

    it("a function that might be one can be called with new, and without", () => {
      const made = new orm.Bare("Ann");
      expect(made).to.be.instanceOf(Bare);
      expect(made).to.be.instanceOf(orm.Bare);
      expect(made).to.eql({ name: "Ann", isOwn: true });
      expect(orm.Bare("Ann")).to.equal("called with Ann");
      const Sub: any = class extends orm.Bare {};
      expect(new Sub("Bob")).to.be.instanceOf(Sub).and.include({ name: "Bob", isOwn: false });
    });

    for (const member of ["Alias", "Literal"] as const) {
      it(`so can one whose prototype does not say whose it is (${member})`, () => {
        const made = new orm[member]("Ann");
        expect(made.greet()).to.equal("I am Ann");
        expect(made).to.be.instanceOf(orm[member]).and.instanceOf(new OrmOf()[member]);
        expect(orm[member]).not.to.equal(new OrmOf()[member]);
      });
    }

    it("it is that of the instance of now", async () => {
      let made = 0;
      const each = scopedProxy<Orm>("each", { ...way, shape: OrmOf });
      const make = (): Orm => {
        const n = ++made;
        return Object.assign(new OrmOf(), {
          Bare: function (this: any) {
            this.n = n;
          },
        });
      };
      setFactory(each, make, perAsyncContextScope());
      const first = await runInContext(() => each.Bare);
      for (const n of [2, 3]) await runInContext(() => expect(new first()).to.eql({ n }));
    });
  });
}
