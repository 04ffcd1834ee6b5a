import "reflect-metadata";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { inject, injectable, injectFromBase, postConstruct } from "inversify";
import { bindToContext, currentContext, runInContext, ScopedContainer, ScopeError, verify } from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";

class User {
  name = "ann";
  greet(): string {
    return `hello ${this.name}`;
  }
}

@injectable()
class Early {
  readonly name: string;
  constructor(@inject(User) readonly user: User) {
    this.name = user.name;
  }
}
@injectable()
class ByField {
  readonly text: string;
  constructor(
    @inject("port") readonly port: number,
    @inject(User) readonly user: User,
  ) {
    this.text = this.user.greet();
  }
}
@injectable()
class Unpacking {
  readonly name: string;
  constructor(@inject(User) user: User) {
    const { name } = user;
    this.name = name;
  }
}
@injectable()
class Prepared {
  name = "";
  @inject(User) readonly user!: User;
  @postConstruct()
  prepare(): void {
    this.name = this.user.name;
  }
}
@injectable()
class Kept {
  @inject(User) readonly other!: User;
  readonly later: () => string;
  readonly much: () => string;
  readonly old: () => string;
  readonly shapes: object;
  isUser = false;
  constructor(
    @inject(User) readonly user: User,
    @inject("port") port: number,
  ) {
    // user.name is not touched here
    this.later = () => user.name;
    this.much = () => {
      const text = "}";
      return user.name + text;
    };
    this.old = function () {
      return user.name;
    };
    this.shapes = {
      method() {
        return user.name;
      },
      get accessor() {
        return user.name;
      },
      arrow: () =>
        // on a line of its own
        user.name,
    };
    if (port > 0) {
      this.isUser = user instanceof User;
    }
  }
  @postConstruct()
  prepare(): void {
    void (() => this.user.name);
  }
  name(): string {
    return this.user.name;
  }
}

function containerWith(bind: (container: ScopedContainer) => unknown): ScopedContainer {
  const container = new ScopedContainer();
  container.bind("port").toConstantValue(1);
  container.bind(User).toSelf().inPerAsyncContextScope();
  bind(container);
  return container;
}
/** inversify wraps what a `@postConstruct` method throws. */
function captive(fn: () => unknown): ScopeError {
  return thrown("CAPTIVE_DEPENDENCY", () => {
    try {
      fn();
    } catch (error) {
      throw error instanceof ScopeError ? error : (error as Error).cause;
    }
  });
}
function messageOf(container: ScopedContainer): string {
  try {
    verify(container);
  } catch (error) {
    return (error as ScopeError).message;
  }
  return "";
}

@injectable()
class InABranch {
  name = "";
  constructor(@inject(User) user: User) {
    if (this.name === "") {
      this.name = user.name;
    }
  }
}

/** What each says by its text, and what happens. */
const early: Readonly<Record<string, [where: string, bind: (container: ScopedContainer) => unknown]>> = {
  "its constructor, by the parameter": ["in its constructor", (any) => any.bind("it").to(Early).inSingletonScope()],
  "its constructor, by a field": ["in its constructor", (any) => any.bind("it").to(ByField).inSingletonScope()],
  "its constructor, taking it apart": ["in its constructor", (any) => any.bind("it").to(Unpacking).inSingletonScope()],
  "its constructor, in a branch": ["in its constructor", (any) => any.bind("it").to(InABranch).inSingletonScope()],
  "@postConstruct": ["in prepare", (any) => any.bind("it").to(Prepared).inSingletonScope()],
  "the factory of a resolved value": [
    "in its factory",
    (any) =>
      any
        .bind("it")
        .toResolvedValue((user: User) => ({ name: user.name }), [User])
        .inSingletonScope(),
  ],
  "the factory of a resolved value, an arrow function with a body": [
    "in its factory",
    (any) =>
      any
        .bind("it")
        .toResolvedValue(
          (user: User) => {
            const made = { name: "" };
            made.name = user.name;
            return made;
          },
          [User],
        )
        .inSingletonScope(),
  ],
};

/** Of older versions only the text of a class tells. */
const version = /"version": "(\d+)\.(\d+)/.exec(
  readFileSync(new URL("../package.json", import.meta.resolve("inversify")), "utf8"),
)!;
const isTold = Number(version[1]) > 8 || Number(version[2]) >= 2;

describe("a stock singleton that touches a context's service while it is made", () => {
  for (const [name, [where, bind]] of Object.entries(early)) {
    it(`${name}: is found by verify, and refused at run time`, async () => {
      const container = containerWith(bind);
      expect(messageOf(container)).to.match(
        /CAPTIVE_DEPENDENCY it \(singleton\) touches User, which is per-async-context, while/,
      );
      expect(messageOf(container)).to.include(where);
      if (!isTold) return;
      await runInContext(() => {
        // Also if it is there already.
        expect(container.get(User).name).to.equal("ann");
        const error = captive(() => container.get("it"));
        expect(error.message).to.match(
          /^User\.\w+ was touched by a factory or hook of it, which outlives every context/,
        );
      });
    });
  }

  const itIsTold = isTold ? it : it.skip;

  itIsTold("a dynamic value, of which verify cannot know", async () => {
    const container = containerWith((any) =>
      any
        .bind("it")
        .toDynamicValue((context) => ({ name: context.get(User).name }))
        .inSingletonScope(),
    );
    expect(messageOf(container)).to.equal("");
    await runInContext(() => thrown("CAPTIVE_DEPENDENCY", () => container.get("it")));
  });

  itIsTold("an asynchronous one, after an await too", async () => {
    const container = containerWith((any) =>
      any
        .bind("it")
        .toDynamicValue(async (context) => {
          await turn();
          return { name: context.get(User).name };
        })
        .inSingletonScope(),
    );
    await runInContext(() => rejected("CAPTIVE_DEPENDENCY", container.getAsync("it")));
  });

  itIsTold("whatever needs it: a transient service, and one of a context", async () => {
    const container = containerWith((any) => {
      any.bind(Early).toSelf().inSingletonScope();
      any
        .bind("transient")
        .toResolvedValue((it: Early) => ({ it }), [Early])
        .inTransientScope();
      any
        .bind("scoped")
        .toResolvedValue((it: Early) => ({ it }), [Early])
        .inPerAsyncContextScope();
    });
    await runInContext(() => {
      thrown("CAPTIVE_DEPENDENCY", () => container.get("transient"));
      thrown("CAPTIVE_DEPENDENCY", () => container.get<{ it: Early }>("scoped").it);
    });
  });

  itIsTold("where the container generates code", async () => {
    const container = new ScopedContainer({ jitless: false });
    container.bind(User).toSelf().inPerAsyncContextScope();
    container.bind(Early).toSelf().inSingletonScope();
    container
      .bind("transient")
      .toResolvedValue((it: Early) => ({ it }), [Early])
      .inTransientScope();
    await runInContext(() => thrown("CAPTIVE_DEPENDENCY", () => container.get("transient")));
  });
});

describe("a stock singleton that keeps the proxy", () => {
  it("is fine, and means each context's instance", async () => {
    const container = containerWith((any) => any.bind("it").to(Kept).inSingletonScope());
    verify(container);
    const names = ["bea", "cid"].map((name) =>
      runInContext(() => {
        const it = container.get<Kept>("it");
        container.get(User).name = name;
        return [it.name(), it.later(), it.much(), it.old(), it.isUser];
      }),
    );
    expect(await Promise.all(names)).to.eql([
      ["bea", "bea", "bea}", "bea", true],
      ["cid", "cid", "cid}", "cid", true],
    ]);
  });

  // Each is run, too: it touches nothing while it is made.
  const keeps: Readonly<Record<string, new (user: User) => object>> = {
    "a text of a template": class {
      text = "";
      constructor(readonly user: User) {
        const it = "ann";
        this.text = `waits for user. It's ${it} `;
        this.text += `see this.user.name ${`or user.${[it].map((name) => `${name}: user.x`).join()}`} of user.greet`;
      }
    },
    "a regular expression": class {
      same: unknown;
      constructor(readonly user: User) {
        const half = 4 / 2 / 1;
        this.same = [/user.name/, /['"`]user.name[/]user.name/.test("user.name"), half];
      }
    },
    "a regular expression that looks like a division by what is not closed": class {
      later: () => string;
      constructor(user: User) {
        this.later = () => {
          if (user instanceof User) /[{(]/.test("");
          return user.name;
        };
      }
    },
    "a template around braces": class {
      text: string;
      constructor(readonly user: User) {
        this.text = `${JSON.stringify({ a: { b: "}" } })} user.name`;
      }
    },
    "methods whose parameters have defaults, or whose names are computed": class {
      later: object;
      constructor(user: User) {
        this.later = {
          one(text = "a".trim()) {
            return user.name + text;
          },
          ["two".trim()]({ a } = { a: 1 }) {
            return user.greet() + String(a);
          },
          "th ree"() {
            return user.name;
          },
          async *four([a, b] = [1, (() => 2)()]) {
            yield user.name + String(a) + String(b);
          },
        };
      }
    },
    "functions whose parameters are taken apart": class {
      later: unknown[];
      constructor(user: User) {
        this.later = [
          function ({ a } = { a: 1 }) {
            return user.name + String(a);
          },
          ({ a } = { a: { b: 1 } }) => {
            return user.name + String(a.b);
          },
        ];
      }
    },
    "a class within": class {
      later: unknown;
      constructor(user: User) {
        const mixin = (base: new () => object): new () => object => base;
        this.later = class extends mixin(Object) {
          name = (): string => user.name;
          greet(text = (1).toFixed()): string {
            return text + user.greet();
          }
        };
      }
    },
    "a class within, whose field it is": class {
      later: unknown;
      constructor(user: User) {
        this.later = class {
          name = user.name;
        };
      }
    },
    "methods that are read, and not called": class {
      later: unknown[];
      constructor(user: User) {
        const { greet } = user;
        this.later = [user.greet, user?.greet.bind(user), greet];
        const own = user.greet;
        user.greet = () => own.call(user);
      }
    },
    "the name of a member, or what is spread": class {
      later: unknown[];
      constructor(user: User) {
        const other = { user: { name: "eve" } };
        this.later = [other.user.name, ...[user]];
      }
    },
    "what its own copy is given": class {
      constructor(readonly user: User) {}
      copy(user: User): object {
        return new (this.constructor as any)(user) as object;
      }
      greet(user: User): string {
        return user.name;
      }
    },
  };
  for (const [what, made] of Object.entries(keeps)) {
    it(`is fine: ${what}`, async () => {
      injectable()(made);
      inject(User)(made, undefined, 0);
      const container = containerWith((any) => any.bind("it").to(made).inSingletonScope());
      verify(container);
      await runInContext(() => void container.get("it"));
    });
  }

  it("is fine: what a class that has no constructor calls by itself", () => {
    class Copied extends Early {
      copy(user: User): object {
        return new (this.constructor as any)(user) as object;
      }
      text(user: User): string {
        return user.name;
      }
    }
    injectable()(Copied);
    injectFromBase()(Copied);
    verify(containerWith((any) => any.bind("it").to(Copied).inSingletonScope()));
  });

  const touches: Readonly<Record<string, new (user: User) => object>> = {
    "in a template": class {
      text: string;
      constructor(user: User) {
        this.text = `a ${`{ ${user.name} }`} b`;
      }
    },
    "after a template and a division": class {
      text: unknown[];
      constructor(user: User) {
        const [a, b] = [4, 2];
        this.text = [`${a}`, "/", a / b, (a + b) / 2, user.name, a / b];
      }
    },
    "in a block": class {
      name = "";
      constructor(user: User) {
        try {
          for (const part of ["a"]) {
            this.name += part + user.name;
          }
        } finally {
          this.name += ".";
        }
      }
    },
    "a method that is called": class {
      text: string;
      constructor(user: User) {
        this.text = user?.greet?.();
      }
    },
    "a field beside a method": class {
      text: unknown[];
      constructor(user: User) {
        const { greet, name } = user;
        this.text = [greet, name];
      }
    },
    "taken apart further": class {
      text: unknown;
      constructor(user: User) {
        const {
          name: { length },
        } = user;
        this.text = length;
      }
    },
    "by a computed name": class {
      text: unknown;
      constructor(user: User) {
        const greet = ["na", "me"].join("");
        this.text = (user as any)[greet];
      }
    },
  };
  for (const [what, made] of Object.entries(touches)) {
    it(`but not one that touches: ${what}`, () => {
      injectable()(made);
      inject(User)(made, undefined, 0);
      const container = containerWith((any) => any.bind("it").to(made).inSingletonScope());
      expect(messageOf(container)).to.include("in its constructor");
    });
  }

  (isTold ? it : it.skip)("is made outside every context, once, and what it starts then belongs to none", async () => {
    let made = 0;
    const container = containerWith((any) =>
      any
        .bind("it")
        .toDynamicValue(() => ({
          made: ++made,
          context: currentContext(),
          where: bindToContext(() => currentContext()),
        }))
        .inSingletonScope(),
    );
    const get = () => container.get<{ made: number; context: unknown; where: () => unknown }>("it");
    for (let i = 0; i < 3; i++) {
      const { context, where } = await runInContext(() => {
        const found = get();
        expect(currentContext()).not.to.equal(undefined);
        return found;
      });
      expect([made, context, where()]).to.eql([1, undefined, undefined]);
    }
    expect(get().made).to.equal(1);
  });

  it("transient and request-scoped ones are made in the context, and may touch", async () => {
    const container = containerWith((any) => {
      any.bind("transient").to(Early).inTransientScope();
      any.bind("request").to(Early).inRequestScope();
    });
    verify(container);
    await runInContext(() => {
      expect(container.get<Early>("transient").name).to.equal("ann");
      expect(container.get<Early>("request").name).to.equal("ann");
    });
  });

  it("what was bound to touch nothing may use shared services while it is made", async () => {
    class Settings {
      port = 80;
    }
    const container = containerWith((any) => {
      any.bind(Settings).toSelf().inSharedScope();
      any
        .bind("it")
        .toResolvedValue((settings: Settings) => ({ port: settings.port }), [Settings])
        .inSingletonScope();
    });
    verify(container);
    await runInContext(() => expect(container.get("it")).to.eql({ port: 80 }));
  });

  (isTold ? it : it.skip)("an activation that comes later does not undo it", async () => {
    const container = containerWith((any) => any.bind(Early).toSelf().inSingletonScope());
    await runInContext(() => thrown("CAPTIVE_DEPENDENCY", () => container.get(Early)));
    container.onActivation(Early, (_, made) => made);
    await runInContext(() => thrown("CAPTIVE_DEPENDENCY", () => container.get(Early)));
  });
});
