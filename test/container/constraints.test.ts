import "reflect-metadata";
import { expect } from "chai";
import { type BindingConstraints, Container, inject, injectable, named, optional, tagged } from "inversify";
import { runInContext, ScopedContainer, ScopesPlugin, unwrap } from "inversify-scopes";

interface Logger {
  readonly name: string;
}

@injectable()
class Repository {
  constructor(@inject("logger") readonly logger: Logger) {}
}

@injectable()
class Service {
  constructor(@inject(Repository) readonly repository: Repository) {}
}

const logger = (container: Container, name: string) =>
  container
    .bind<Logger>("logger")
    .toDynamicValue(() => ({ name }))
    .inTransientScope();

/** The logger of a Repository that is bound in a scope. */
function loggerOf(container: Container): string {
  return unwrap(container.get(Repository)).logger.name;
}

describe("constraints of what a scoped service depends on", () => {
  it("whenParentIs sees the service's own identifier", () => {
    const container = new ScopedContainer();
    logger(container, "other").whenParentIs(Service);
    logger(container, "repository").whenParentIs(Repository);
    container.bind(Repository).toSelf().inSharedScope();
    expect(loggerOf(container)).to.equal("repository");
  });

  it("whenNoParentIs does", () => {
    const container = new ScopedContainer();
    logger(container, "no repository").whenNoParentIs(Repository);
    logger(container, "no service").whenNoParentIs(Service);
    container.bind(Repository).toSelf().inSharedScope();
    expect(loggerOf(container)).to.equal("no service");
  });

  it("whenAnyAncestorIs and whenNoAncestorIs do, through services in between", () => {
    const container = new ScopedContainer();
    logger(container, "ancestor").whenAnyAncestorIs(Service);
    logger(container, "no ancestor").whenNoAncestorIs(Service);
    container.bind(Repository).toSelf().inTransientScope();
    container.bind(Service).toSelf().inSharedScope();
    expect(unwrap(container.get(Service)).repository.logger.name).to.equal("ancestor");
  });

  it("whenParentNamed and whenParentTagged see the name or tag of the scoped binding", () => {
    const container = new ScopedContainer();
    logger(container, "named").whenParentNamed("main");
    logger(container, "tagged").whenParentTagged("size", 2);
    container.bind(Repository).toSelf().inSharedScope().whenNamed("main");
    container.bind(Repository).toSelf().whenTagged("size", 2);
    expect(unwrap(container.get(Repository, { name: "main" })).logger.name).to.equal("named");

    const tagged = new ScopedContainer();
    logger(tagged, "named").whenParentNamed("main");
    logger(tagged, "tagged").whenParentTagged("size", 2);
    const syntax = tagged.bind(Repository).toSelf();
    syntax.whenTagged("size", 2);
    syntax.inSharedScope();
    expect(unwrap(tagged.get(Repository, { tag: { key: "size", value: 2 } })).logger.name).to.equal("tagged");
  });

  it("a constraint that replaces the name takes the name from them", () => {
    const container = new ScopedContainer();
    logger(container, "named").whenParentNamed("main");
    logger(container, "default").whenNoParentNamed("main");
    container
      .bind(Repository)
      .toSelf()
      .inSharedScope()
      .whenNamed("main")
      .onActivation((_, r) => r)
      .when(() => true);
    expect(loggerOf(container)).to.equal("default");
  });

  it("a constraint of one's own sees identifier, name and tags, and no hidden service", () => {
    const container = new ScopedContainer();
    const seen: unknown[] = [];
    const spy = (constraints: BindingConstraints): boolean => {
      const parent = constraints.getAncestor()!;
      seen.push([constraints.serviceIdentifier, parent.serviceIdentifier, parent.getAncestor(), [...constraints.tags]]);
      return constraints.name === "own";
    };
    @injectable()
    class Tagged {
      constructor(@inject("logger") @named("own") @tagged("size", 2) readonly logger: Logger) {}
    }
    logger(container, "own").when(spy);
    container.bind(Tagged).toSelf().inSharedScope();
    expect(unwrap(container.get(Tagged)).logger.name).to.equal("own");
    expect(seen[0]).to.eql(["logger", Tagged, undefined, [["size", 2]]]);
  });

  it("hold for constants, factories and scoped services among the dependencies", () => {
    const container = new ScopedContainer();
    @injectable()
    class Client {
      constructor(
        @inject("constant") readonly constant: string,
        @inject("factory") readonly factory: () => string,
        @inject("scoped") readonly scoped: Logger,
        @inject("never") @optional() readonly never: unknown,
      ) {}
    }
    container.bind("constant").toConstantValue("constant").whenParentIs(Client);
    container
      .bind<() => string>("factory")
      .toFactory(() => () => "factory")
      .whenParentIs(Client);
    container
      .bind<Logger>("scoped")
      .toDynamicValue(() => ({ name: "scoped" }))
      .inSharedScope()
      .whenParentIs(Client);
    container.bind("never").toConstantValue("never").whenNoParentIs(Client);
    container.bind(Client).toSelf().inSharedScope();
    const client = unwrap(container.get(Client));
    expect(client.constant).to.equal("constant");
    expect(client.factory()).to.equal("factory");
    expect(client.scoped.name).to.equal("scoped");
    expect(client.never).to.equal(undefined);
  });

  it("hold across containers: a parent's constraint sees the child's service, not its hidden identifier", () => {
    const parent = new ScopedContainer();
    logger(parent, "repository").whenParentIs(Repository);
    const child = new Container({ parent });
    child.register(ScopesPlugin);
    child.bind(Repository).toSelf().inSharedScope();
    expect(loggerOf(child)).to.equal("repository");
  });

  it("hold for instances of a pool", () => {
    const container = new ScopedContainer();
    logger(container, "repository").whenParentIs(Repository);
    container.bind(Repository).toSelf().inPooledScope(1);
    return runInContext(() => expect(loggerOf(container)).to.equal("repository"));
  });

  it("of bindings made before the plugin was registered see it, too; those of a stock parent cannot", () => {
    const container = new Container();
    logger(container, "repository").whenParentIs(Repository);
    logger(container, "other").whenNoParentIs(Repository);
    container.register(ScopesPlugin);
    container.bind(Repository).toSelf().inSharedScope();
    expect(loggerOf(container)).to.equal("repository");

    const parent = new Container();
    logger(parent, "repository").whenParentIs(Repository);
    const child = new ScopedContainer({ parent });
    child.bind(Repository).toSelf().inSharedScope();
    expect(() => loggerOf(child)).to.throw("No bindings found");
  });
});

describe("constraints of a scoped service itself", () => {
  it("choose the proxy by who asks for it", () => {
    const container = new ScopedContainer();
    container
      .bind<Logger>("logger")
      .toDynamicValue(() => ({ name: "of the repository" }))
      .inSharedScope()
      .whenParentIs(Repository);
    container
      .bind<Logger>("logger")
      .toDynamicValue(() => ({ name: "of others" }))
      .inSharedScope()
      .whenNoParentIs(Repository);
    container.bind(Repository).toSelf();
    expect(container.get(Repository).logger.name).to.equal("of the repository");
    expect(container.get<Logger>("logger").name).to.equal("of others");
  });
});
