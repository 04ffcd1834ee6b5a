import { decorate, injectable } from "inversify";
import {
  perAsyncContext,
  pooled,
  type PooledOptions,
  type ScopeDecorator,
  scopedModule,
  shared,
  type SharedOptions,
} from "inversify-scopes";
import { container, Db, Mailer, Registry, Replica } from "../services.js";

// On classes: hooks say what they take, and the class has to be that.
@pooled(8, { defer: ["query"], destroy: (db: Db) => db.end(), onRelease: (db: Db) => db.query("reset") })
class Main extends Db {}
@pooled(8, { defer: ["query"], destroy: (db) => db.end() })
class Unsaid extends Db {}
@shared({ defer: ["query", "queryOrCount"] })
class Deferring extends Db {}
@pooled(8, { defer: "all" })
class All extends Mailer {}
@perAsyncContext({ defer: (name) => name !== "count" })
class Where extends Db {}
@perAsyncContext({ destroy: (session: { readonly user: string }) => session.user })
class Session {
  user = "nobody";
}
@shared()
class Hidden {
  static readonly only = new Hidden();
  private constructor() {}
}
@shared()
abstract class Abstract {}

// On methods: `provides` and hooks are of what the method makes.
class Providers {
  @pooled(8, { provides: Db, defer: ["query"], destroy: (db) => db.end() })
  async db(): Promise<Replica> {
    return new Replica();
  }
  @shared({ destroy: (db: Db) => db.end() })
  replica(): Replica {
    return new Replica();
  }
  @shared({ provides: Registry, inject: [Db, { serviceIdentifier: "url", optional: true }] })
  registry(_db: Db, _url: string): Registry {
    return Registry.only;
  }
  @perAsyncContext({ provides: "clock", name: "main" })
  clock(): { readonly now: number } {
    return { now: 1 };
  }
  @perAsyncContext({ provides: Symbol("any"), tag: { key: "size", value: 2 } })
  any(): any {
    return {};
  }
  mailer(): Mailer {
    return new Mailer();
  }
}
decorate(shared({ provides: Mailer }), Providers, "mailer");
decorate([injectable(), shared()], Mailer);
container.load(scopedModule(Main, Unsaid, Deferring, Session, Hidden, Abstract, Providers));

// Of one's own.
const ours = <T = object>(options: Parameters<typeof shared<T>>[0] = {}): ScopeDecorator<T> => shared<T>(options);
const small: Omit<PooledOptions, "maxSize"> = { idleTimeoutMs: 1_000 };
const smallPool = pooled(2, small);
@ours({ destroy: (db: Db) => db.end() })
class Ours extends Db {}
@smallPool
class Small {}
scopedModule(Ours, Small);
