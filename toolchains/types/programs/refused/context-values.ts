// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import { contextValue, currentContext, detach, runInContext, setContextValue, shutdown } from "inversify-scopes";
import { container, Db } from "../services.js";

const db = container.get(Db);
const tenant = container.get<{ name: string }>("tenant");

//! Property 'nope' does not exist on type 'Db'
contextValue(db, new Db().nope);
//! '{ url: string; }' is
contextValue(db, { url: "" });
//! Type 'number' is not assignable to type 'string'
contextValue(tenant, { name: 5 });
//! Argument of type 'undefined' is not assignable
setContextValue(tenant, undefined);
//! Argument of type 'string' is not assignable
contextValue("acme", "acme");
//! Argument of type 'typeof Db' is not assignable to parameter of type 'Injected'
contextValue(Db, new Db());
//! Type '{ name: string; }' is missing the following properties from type 'ContextValue'
void runInContext({ values: [tenant] }, () => {});
//! Type 'ContextValue' is missing
void detach({ values: contextValue(db, db) }, () => {});

// Nothing is made: there is no scope, nothing to wait for, nothing to end.
//! 'destroy' does not exist in type
container.bind(Db).toContextValue({ destroy: (db: Db) => db.end() });
//! 'defer' does not exist in type
container.bind(Db).toContextValue({ defer: ["query"] });
//! Property 'inSharedScope' does not exist on type
container.bind(Db).toContextValue().inSharedScope();
//! Property 'onActivation' does not exist on type
container
  .bind(Db)
  .toContextValue()
  .onActivation((_, db) => db);
//! Property 'onDeactivation' does not exist on type
container
  .bind(Db)
  .toContextValue()
  .whenNamed("db")
  .onDeactivation(() => {});

//! Property 'error' does not exist on type
currentContext()?.outcome?.error;
//! 'grace' does not exist in type 'ShutdownOptions'
void shutdown(container, { grace: 5 });
//! type 'AnyContainer'
void shutdown(db);
