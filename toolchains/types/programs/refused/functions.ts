// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import { detach, hasInstance, lease, ready, release, runInContext, unwrap, use, verify } from "inversify-scopes";
import { expectNoLeases, swapInstance, swapScope } from "inversify-scopes/testing";
import { pooledScope } from "inversify-scopes";
import { container, Db, Mailer } from "../services.js";

const db = container.get(Db);

//! 'nested' does not exist in type 'DetachOptions'
detach({ nested: "reuse" }, () => 1);
//! 'nam' does not exist in type 'ContextOptions'
runInContext({ nam: "work" }, () => 1);
//! Argument of type 'Db[]' is not assignable to parameter of type 'EachProxyByItself'
ready([db]);
//! Argument of type 'typeof Db' is not assignable to parameter of type 'Injected'
lease(Db);
//! Argument of type 'typeof Db' is not assignable to parameter of type 'Injected'
use(Db, () => 1);
//! Argument of type 'typeof Db' is not assignable to parameter of type 'Injected'
unwrap(Db);
//! Argument of type 'typeof Db' is not assignable to parameter of type 'Injected'
release(Db);
//! Argument of type 'typeof Db' is not assignable to parameter of type 'Injected'
hasInstance(Db);
//! Argument of type 'typeof Db' is not assignable to parameter of type 'EachProxyByItself'
ready(Db);
//! Argument of type 'string' is not assignable to parameter of type 'Injected'
lease("db");
//! type 'AnyContainer'
verify(db);
//! type 'AnyContainer'
expectNoLeases(db);
//! 'sned' does not exist in type
swapInstance(container, Mailer, { sned: async () => "faked" });
//! Type '() => Promise<number>' is not assignable to type '(to: string) => Promise<string>'
swapInstance(container, Mailer, { send: async () => 1 });
//! Argument of type 'Scope<Db>' is not assignable
swapScope(container, Mailer, pooledScope({ maxSize: 1, destroy: (db: Db) => db.end() }));
