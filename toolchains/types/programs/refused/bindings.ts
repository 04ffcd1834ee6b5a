// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import { pooledScope, scopedProxy, setFactory, setInstance, sharedScope } from "inversify-scopes";
import { container, Db, Mailer, type Nine } from "../services.js";

//! Property 'nope' does not exist on type 'Db'
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 1, destroy: (db) => db.nope() });
//! Property 'nope' does not exist on type 'Db'
container
  .bind(Db)
  .toSelf()
  .inSharedScope({ destroy: (db) => db.nope() });
//! 'db' is of type 'unknown'
container
  .bind("db")
  .toDynamicValue(() => ({}))
  .inSharedScope({ destroy: (db) => db.nope() });
//! Argument of type '{ maxUses: number; }' is not assignable
container.bind(Db).toSelf().inPooledScope({ maxUses: 1 });
//! 'create' does not exist in type
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 1, create: () => new Db() });

// `defer` says why a name is refused.
//! Type '"count"' is not assignable … NoOverloadReturnsAPromise<
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 1, defer: ["count"] });
//! is not assignable … NotEveryMethodReturnsAPromise<
container.bind(Db).toSelf().inSharedScope({ defer: "all" });
//! is not assignable … NotEveryMethodReturnsAPromise<
container.bind(Db).toSelf().inPooledScope({ maxSize: 1, defer: "all" });
//! is not assignable to type
container.bind(Mailer).toSelf().inSharedScope({ defer: "every" });
//! Type '(name: string) => string' is not assignable
container
  .bind(Db)
  .toSelf()
  .inSharedScope({ defer: (name) => name });
//! Type '"url"' is not assignable … NoOverloadReturnsAPromise<
container
  .bind(Db)
  .toSelf()
  .inPerAsyncContextScope({ defer: ["url"] });
//! is not assignable … NotEveryMethodReturnsAPromise<
container
  .bind<Nine>("nine")
  .toDynamicValue(() => ({}) as Nine)
  .inSharedScope({ defer: "all" });
//! Type '"qeury"' is not assignable … NoOverloadReturnsAPromise<
scopedProxy<Db>("db", { defer: ["qeury"] });
//! is not assignable to type 'NoOverloadReturnsAPromise<
container
  .bind<string[]>("list")
  .toDynamicValue(() => [])
  .inSharedScope({ shape: Array, defer: ["map"] });

// Scopes of another type.
const ofDb = pooledScope({ maxSize: 1, destroy: (db: Db) => db.end() });
//! Argument of type 'Scope<Db>' is not assignable
container.bind(Mailer).toSelf().inScope(ofDb);
//! Argument of type 'Scope<Db>' is not assignable
container
  .bind(Mailer)
  .toSelf()
  .inScope(sharedScope({ destroy: (db: Db) => db.end() }));
//! Argument of type '"pooled"' is not assignable
container.bind(Mailer).toSelf().inScope("pooled");

// T is the proxy's alone.
const db = scopedProxy<Db>("db", { shape: Db });
//! 'Mailer' is
setInstance(db, new Mailer());
//! Type 'Mailer' is not assignable to type
setFactory(db, () => new Mailer());
//! Argument of type 'Scope<Mailer>' is not assignable
setFactory(db, () => new Db(), sharedScope({ destroy: (mailer: Mailer) => mailer.send("bye") }));
