import "reflect-metadata";
import { expect } from "chai";
import { Container, inject, injectable, optional } from "inversify";
import {
  diagram,
  perAsyncContext,
  pooled,
  ScopedContainer,
  scopedModule,
  ScopesPlugin,
  type Scope,
  shared,
  sharedScope,
  verify,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

@perAsyncContext()
class CurrentUser {}

class Db {}

@shared()
class Settings {}

@injectable()
class Providers {
  constructor(@inject(Settings) readonly settings: Settings) {}

  @pooled(8, { provides: Db })
  async db(): Promise<Db> {
    return new Db();
  }
}

@injectable()
class Repository {
  @inject("logger") @optional() readonly logger: unknown;
  constructor(
    @inject(Db) readonly db: Db,
    @inject(CurrentUser) readonly user: CurrentUser,
  ) {}
}

@injectable()
class Controller {
  constructor(@inject("repository") readonly repository: Repository) {}
}

function build(): ScopedContainer {
  const container = new ScopedContainer();
  container.load(scopedModule(CurrentUser, Settings, Providers));
  container.bind(Repository).toSelf().inSingletonScope();
  container.bind("repository").toService(Repository);
  container.bind(Controller).toSelf().inTransientScope();
  container.bind("logger").toConstantValue(console);
  return container;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

describe("diagram", () => {
  it("draws bindings with their scopes: dotted arrows are proxies, solid ones instances", () => {
    expect(diagram(build())).to.equal(
      [
        "flowchart LR",
        '  n0["Controller<br/>transient"]',
        '  n1{{"CurrentUser<br/>per-async-context"}}',
        '  n2[["Db<br/>pooled"]]',
        '  n3["Providers<br/>singleton"]',
        '  n4["Repository<br/>singleton"]',
        '  n5(["Settings<br/>shared"])',
        '  n6["logger<br/>constant"]',
        '  n7["repository<br/>alias"]',
        "  n0 --> n7",
        "  n3 -- makes --> n2",
        "  n3 -.-> n5",
        "  n4 --> n6",
        "  n4 -.-> n1",
        "  n4 -.-> n2",
        "  n7 --> n4",
        "",
      ].join("\n"),
    );
  });

  it("is the same in whatever order bindings were made, used or not, and however often it is drawn", () => {
    const container = build();
    const first = diagram(container);
    const other = new ScopedContainer();
    other.bind("logger").toConstantValue(console);
    other.bind(Controller).toSelf().inTransientScope();
    other.bind("repository").toService(Repository);
    other.bind(Repository).toSelf().inSingletonScope();
    other.load(scopedModule(Providers, Settings, CurrentUser));
    other.get(Controller);
    expect(diagram(other)).to.equal(first);
    expect(diagram(other)).to.equal(first);
    expect(other.getAll(Repository)).to.have.length(1);
  });

  it("shows names, tags, symbols, factories, dynamic and resolved values, and scopes of one's own", () => {
    const container = new ScopedContainer();
    const own: Scope = { ...sharedScope(), name: "session" };
    container.bind(Db).toSelf().inSharedScope().whenNamed("main");
    container.bind(Db).toSelf().inSharedScope().whenTagged("size", 2);
    container.bind(Symbol("symbol")).toDynamicValue(() => 1);
    container
      .bind(Symbol())
      .toDynamicValue(() => 1)
      .inRequestScope();
    container.bind<() => number>("factory").toFactory(() => () => 1);
    container.bind("own").to(Settings).inScope(own);
    container
      .bind("resolved")
      .toResolvedValue((own: unknown) => own, ["own"])
      .inPerAsyncContextScope();
    expect(diagram(container).split("\n").slice(1, -1)).to.eql([
      '  n0(["Db #34;main#34;<br/>shared"])',
      '  n1(["Db size=2<br/>shared"])',
      '  n2["a service<br/>request"]',
      '  n3["factory<br/>factory"]',
      '  n4["own<br/>session"]',
      '  n5{{"resolved<br/>per-async-context"}}',
      '  n6["symbol<br/>transient"]',
      "  n5 -.-> n4",
    ]);
  });

  describe("is the same whatever was bound first, also where labels are", () => {
    const [a, b, c, d] = [Symbol("x"), Symbol("x"), Symbol("x"), Symbol("x")];
    const make = (...dependencies: unknown[]): object => dependencies;
    type Bind = (container: ScopedContainer) => unknown;
    const graphs: Record<string, readonly Bind[]> = {
      "for what they lead to": [
        (container) => container.bind(a).toConstantValue(1),
        (container) => container.bind(b).toResolvedValue(make, [a]),
        (container) => container.bind(c).toResolvedValue(make, [a, b]),
        (container) => container.bind(d).toResolvedValue(make),
        (container) => container.bind("user").toResolvedValue(make, [c, d]),
      ],
      "for what leads to them": [
        (container) => container.bind(a).toConstantValue(1),
        (container) => container.bind(b).toConstantValue(1),
        (container) => container.bind(c).toConstantValue(1),
        (container) => container.bind("first").toResolvedValue(make, [a, b]),
        (container) => container.bind("second").toResolvedValue(make, [b]),
      ],
      "for what is further away": [
        (container) => container.bind(a).toResolvedValue(make),
        (container) => container.bind(b).toResolvedValue(make, [a]),
        (container) => container.bind(c).toResolvedValue(make, [b]),
        (container) => container.bind(d).toResolvedValue(make, [c]),
      ],
      "in pairs that are alike": [
        (container) => container.bind(a).toConstantValue(1),
        (container) => container.bind(b).toConstantValue(1),
        (container) => container.bind(c).toResolvedValue(make, [a]).inSharedScope(),
        (container) => container.bind(d).toResolvedValue(make, [b]).inSharedScope(),
      ],
      "for a proxy and a real instance that go to the same": [
        (container) =>
          container
            .bind(a)
            .toDynamicValue(make)
            .inScope({ ...sharedScope(), name: "transient" }),
        (container) => container.bind(b).toDynamicValue(make),
        (container) => container.bind("user").toResolvedValue(make, [a, b]),
      ],
      "for proxies and real instances": [
        (container) =>
          container
            .bind(a)
            .toDynamicValue(make)
            .inScope({ ...sharedScope(), name: "transient" }),
        (container) => container.bind(b).toDynamicValue(make),
        (container) => container.bind("first").toResolvedValue(make, [a]),
        (container) => container.bind("second").toResolvedValue(make, [b]),
      ],
    };
    for (const [how, binds] of Object.entries(graphs)) {
      it(how, () => {
        const texts = new Set<string>();
        for (const order of permutations(binds)) {
          const container = new ScopedContainer();
          for (const bind of order) bind(container);
          texts.add(diagram(container));
        }
        expect([...texts]).to.have.length(1);
      });
    }
  });

  it("has labels that Mermaid cannot take for its own", () => {
    const container = new ScopedContainer();
    container.bind('evil"]; click n0 "javascript:alert(1)" <script>`#\n').toConstantValue(1);
    container.bind("größe 日本").toConstantValue(1);
    const text = diagram(container);
    for (const line of text.split("\n").slice(1, -1)) {
      expect(line).to.match(/^ {2}n\d\["[\p{L}\p{N} :#;().]*<br\/>constant"\]$/u);
    }
    expect(text.split("\n")).to.have.length(4);
    expect(text).to.contain("größe 日本");
  });

  it("names tags whatever they are", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope().whenTagged("a", Object.create(null));
    container.bind(Db).toSelf().inSharedScope().whenTagged(Symbol("b"), Db);
    container.bind(Db).toSelf().inSharedScope().whenNamed(Symbol("c"));
    verify(container);
    expect(diagram(container)).to.contain("Db a=an object").and.contain("Db Symbol(b)=the function Db");
  });

  it("runs no user code", () => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toDynamicValue(() => {
        throw new Error("was run");
      })
      .inSingletonScope();
    expect(diagram(container)).to.contain("Db<br/>singleton");
  });

  it("draws also what cannot be planned", () => {
    const container = new ScopedContainer();
    container.bind(Controller).toSelf().inSharedScope();
    container.bind(Repository).toSelf();
    expect(diagram(container).split("\n")).to.have.length(4);
  });

  it("draws of a parent what is injected", () => {
    const parent = new ScopedContainer();
    parent.bind(Settings).toSelf();
    parent.bind("untouched").toConstantValue(1);
    const child = new Container({ parent });
    child.register(ScopesPlugin);
    child.bind("child").toResolvedValue((settings: Settings) => settings, [Settings]);
    expect(diagram(child)).to.contain("Settings<br/>shared").and.not.contain("untouched");
  });

  it("needs a container with the plugin", () => {
    thrown("INVALID_OPTION", () => diagram(new Container()));
  });
});
