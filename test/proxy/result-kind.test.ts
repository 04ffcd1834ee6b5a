import { expect } from "chai";
import { type ResultKind, resultKind } from "../../src/proxy/result-kind.js";

/** What the text of a method says of its result, as {@link resultKind} reads it, if nothing else holds the instance. */
const texts: Record<ResultKind, readonly string[]> = {
  "maybe-promise-of-this": [
    "m() { return this }",
    "m() { return this\n}",
    "m(key) { return this[key] }",
    "m(key) { return this [key] }",
    "m() { return this.other() }",
    "m() { return this\n  .other() }",
    "m() { return this.\n  other() }",
    "m() { return this.other () }",
    "m() { return this?.other() }",
    "m() { return this ?. other() }",
    "m() { return this.other?.() }",
    "m() { return this.other ?.() }",
    "m() { return this.$other() }",
    "m() { return super.m() }",
    "m() { this.other(this); return 1 + 1 }",
    "m() { this.other(each()); return 1 + 1 }",
    "m() { this.other(`text`); return 1 + 1 }",
    "m() { this.other('it\\'s'); return 1 + 1 }",
    "m() { const a = this.other(); return a }",
    "m() { this.other().then(1); return 1 + 1 }",
  ],
  "maybe-this": [
    "m() { return other() }",
    "m(a) { return a }",
    "m() { return this.other.given() }",
    "m() { this.other(); return given }",
    "m() { this.other() ; return given }",
    "m() { this . other ( ) ; return given }",
    "m() { this\n.\nother\n(\n)\n; return given }",
    "m() { this.other('text', \"text\", 1); return given }",
    "m() { this.other('', \"\"); return given }",
    "m() { if (given) this.$other(1); else this.other(2); return given }",
    "m(a) { return a || 1 + 1 }",
    "m(a) { return a, 1 + 1 }",
    "m(a) { return [1 + 1] }",
    "m(a) { return 1 + 1 ? a : 1 }",
    "m(a) { if (a) return a; return 1 + 1 }",
    "m(a) { if (a) return 1 + 1; return a }",
    "m(a) { const f = () => a; return 1 + 1 }",
    "m(a) { given`x`; return 1 + 1 }",
    'm(a) { given("return"); return 1 + 1 }',
    "m(a) { given('return'); return 1 + 1 }",
    "m(a) { given(/return/); return 1 + 1 }",
  ],
  "never-this": [
    "m() {}",
    "m() { return }",
    "m() { return; }",
    "m() { return 1 }",
    "m() { return -1.5; }",
    "m(a, b) { return a + b }",
    "m(a, b) { return a.b - b.c * 2 % a }",
    "m(a) { return this.count + a; }",
    "m(a) { if (a) return 1; return a + 1 }",
    "async m() { return given }",
    "async m() { await  this.other(); return given }",
    "async m() { await\n this.other(1); return given }",
  ],
};

describe("what the text of a method says of its result", () => {
  for (const [kind, list] of Object.entries(texts)) {
    for (const text of list) {
      it(`${JSON.stringify(text)}: ${kind}`, () => {
        // oxlint-disable-next-line typescript/no-implied-eval -- for texts that a formatter would not leave as they are
        const holder = new Function("given", `return { __proto__: null, ${text} }`)() as { m(): unknown };
        expect(resultKind(holder.m, false)).to.equal(kind);
      });
    }
  }

  it("if something else holds the instance, whatever says this may bring it back, and nothing else", () => {
    const methods = {
      says: (): string => "this",
      says_not(): number {
        return 1 + 1;
      },
    };
    expect(resultKind(methods.says, true)).to.equal("maybe-promise-of-this");
    expect(resultKind(methods.says_not, true)).to.equal("never-this");
  });

  it("native functions say nothing, so that they may do anything", () => {
    for (const native of [Array.prototype.push, Map.prototype.set]) {
      expect(resultKind(native, false)).to.equal("maybe-promise-of-this");
    }
  });
});
