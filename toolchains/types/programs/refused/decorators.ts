// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import { perAsyncContext, pooled, shared } from "inversify-scopes";
import { Db, Mailer } from "../services.js";

// Options are typed by the instance.
//! Property 'nope' does not exist on type 'object'
shared({ destroy: (db) => db.nope.nope() });
//! Property 'nope' does not exist on type 'Db'
pooled(1, { provides: Db, onRelease: (db) => db.nope() });
//! Property 'nope' does not exist on type 'Db'
perAsyncContext({ provides: Db, destroy: (db) => db.nope() });
//! Type '"count"' is not assignable … NoOverloadReturnsAPromise<
pooled(1, { provides: Db, defer: ["count"] });
//! NotEveryMethodReturnsAPromise<Db>
pooled(1, { provides: Db, defer: "all" });
//! 'provide' does not exist in type
shared({ provide: Db });
//! Argument of type '{ maxSize: number; }' is not assignable to parameter of type 'number'
pooled({ maxSize: 8 });

//! Unable to resolve signature of class decorator when called as an expression
@shared({ destroy: (db: Db) => db.end() })
export class NoDb {}
//! NoOverloadReturnsAPromise<"query">
@pooled(2, { defer: ["query"] })
export class NoQuery {
  query(): number {
    return 1;
  }
}
//! NotEveryMethodReturnsAPromise<All>
@pooled(2, { defer: "all" })
export class All extends Db {}
//! Unable to resolve signature of class decorator when called as an expression
@shared
export class Bare {}

export class Providers {
  //! Unable to resolve signature of method decorator when called as an expression
  @pooled(8, { provides: Db })
  async mailer(): Promise<Mailer> {
    return new Mailer();
  }
  //! Unable to resolve signature of method decorator when called as an expression
  @shared({ destroy: (db: Db) => db.end() })
  another(): Mailer {
    return new Mailer();
  }
  //! Unable to resolve signature of method decorator when called as an expression
  @shared({ provides: "port" })
  port(): number {
    return 8080;
  }
  //! Unable to resolve signature of property decorator when called as an expression
  @shared()
  field = new Db();
  //! Unable to resolve signature of method decorator when called as an expression
  @shared({ provides: Db })
  get accessor(): Db {
    return new Db();
  }
  //! 'shared' accepts too few arguments to be used as a decorator here
  @shared
  bare(): Db {
    return new Db();
  }
  //! Unable to resolve signature of parameter decorator when called as an expression
  parameter(@perAsyncContext() db: Db): Db {
    return db;
  }
}
