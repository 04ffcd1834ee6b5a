import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import { perAsyncContext, ScopedContainer, ScopeError, shared, verify } from "inversify-scopes";

class Sync {
  now(): number {
    return 1;
  }
}

@injectable()
class Chicken {
  constructor(@inject("egg") readonly egg: unknown) {}
}
@injectable()
class Egg {
  constructor(@inject(Chicken) readonly chicken: unknown) {}
}
@injectable()
class Keeper {
  constructor(@inject("request") readonly request: unknown) {}
}
@injectable()
class Lonely {
  constructor(@inject("missing") readonly missing: unknown) {}
}
class List extends Array<string> {}
@shared()
class Settings {}
@perAsyncContext()
class User {}
@injectable()
class Ignoring {
  constructor(@inject(Settings) readonly settings: Settings) {}
}

/** Each mistake alone; the code with which it is found, and the words that say what to do. */
const mistakes: Readonly<Record<string, [code: string, remedy: RegExp, make: (container: ScopedContainer) => void]>> = {
  "a dependency that is not bound": [
    "CREATE_FAILED",
    /Bind what is missing/,
    (any) => any.bind(Lonely).toSelf().inSharedScope(),
  ],
  "a captive dependency": [
    "CAPTIVE_DEPENDENCY",
    /Bind request per async context, or Keeper in a scope no longer/,
    (any) => {
      any
        .bind("request")
        .toDynamicValue(() => ({}))
        .inRequestScope();
      any.bind(Keeper).toSelf().inSharedScope();
    },
  ],
  "a circle": [
    "SCOPE_CYCLE",
    /Let one of them get the other as a proxy/,
    (any) => {
      any.bind("egg").to(Egg);
      any.bind(Chicken).toSelf();
    },
  ],
  "an asynchronous service with synchronous members only": [
    "NOT_READY",
    /`defer`; or take it first, with runInContext\(\{ needs: \[proxy\] \}, fn\) or await ready\(proxy\)/,
    (any) =>
      any
        .bind(Sync)
        .toDynamicValue(async () => new Sync())
        .inSharedScope(),
  ],
  "a class that cannot be proxied as it is bound": [
    "NOT_PROXYABLE",
    /say \{ shape: Array \}/,
    (any) => any.bind(List).toSelf().inSharedScope(),
  ],
  "a scope that a binding contradicts": [
    "INVALID_OPTION",
    /leave the scope out of the binding, or the decorator off the class/,
    (any) => any.bind(User).toSelf().inSharedScope(),
  ],
  "a scope that autobind ignores": [
    "INVALID_OPTION",
    /Say container\.bind\(Settings\)\.toSelf\(\), or container\.load\(scopedModule\(Settings\)\)/,
    (any) => any.bind(Ignoring).toSelf(),
  ],
};

describe("verify tells with each finding what to do", () => {
  for (const [name, [code, remedy, make]] of Object.entries(mistakes)) {
    it(name, () => {
      const container = new ScopedContainer(name.includes("autobind") ? { autobind: true } : {});
      make(container);
      let found: ScopeError | undefined;
      try {
        verify(container);
      } catch (error) {
        found = error as ScopeError;
      }
      expect(found).to.be.instanceOf(ScopeError).and.have.property("code", code);
      expect(found!.message).to.match(remedy);
    });
  }

  it("and all of them at once", () => {
    const container = new ScopedContainer();
    const alone = Object.entries(mistakes).filter(([name]) => !name.includes("autobind"));
    for (const [, [, , make]] of alone) make(container);
    expect(() => verify(container))
      .to.throw(ScopeError)
      .with.property("findings")
      .that.has.length(alone.length);
  });
});
