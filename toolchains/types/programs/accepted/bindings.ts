import {
  perAsyncContextScope,
  pooledScope,
  type Scope,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
} from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { type Commands, container, Db, Mailer, type Nine, Registry, Replica } from "../services.js";

// `destroy` may return anything.
interface Redis {
  quit(): Promise<"OK">;
  disconnect(): boolean;
}
container
  .bind<Redis>("redis")
  .toDynamicValue(() => ({}) as Redis)
  .inSharedScope({ destroy: (redis) => redis.quit() });
container
  .bind<Redis>("redis")
  .toDynamicValue(() => ({}) as Redis)
  .inPerAsyncContextScope({ destroy: (redis) => redis.disconnect() });
container
  .bind<Redis>("redis")
  .toDynamicValue(() => ({}) as Redis)
  .inPooledScope({ maxSize: 1, destroy: (redis) => redis.quit() });
scopedProxy<Redis>("redis", { destroy: (redis) => redis.quit() });
new Pool<Redis>({ maxSize: 1, create: () => ({}) as Redis, destroy: (redis) => redis.quit() });

// Hooks and `defer` know the instance.
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 2, defer: ["query", "end"], onRelease: (db) => db.query("reset") });
container
  .bind(Replica)
  .toSelf()
  .inSharedScope({ defer: ["query"], destroy: ({ lag, ...db }) => lag + db.url.length });
container
  .bind<Nine>("nine")
  .toDynamicValue(() => ({}) as Nine)
  .inSharedScope({ defer: ["all", "butOne"] });
// One overload that returns a promise is enough; each method must have nothing else for "all"; a function is asked for names.
container
  .bind(Db)
  .toSelf()
  .inSharedScope({ defer: ["queryOrCount"] });
container.bind(Mailer).toSelf().inPooledScope({ maxSize: 1, defer: "all" });
container.bind(Mailer).toSelf().inPerAsyncContextScope({ defer: "all" });
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 1, defer: (name) => name.startsWith("query") });
container
  .bind("anything")
  .toDynamicValue(() => ({}))
  .inPooledScope({ maxSize: 1, defer: "all" });
container
  .bind("anything")
  .toDynamicValue(() => ({}))
  .inSharedScope({ defer: (name) => name !== "on" });
scopedProxy<Mailer>("mailer", { defer: "all", shape: new Mailer() });
// What some client has, an example tells.
container
  .bind<Db>("example")
  .toDynamicValue(() => new Db())
  .inSharedScope({ shape: new Db() });
container
  .bind<Commands>("commands")
  .toDynamicValue(() => ({}) as Commands)
  .inSharedScope({ defer: ["get"] });
container
  .bind("anything")
  .toDynamicValue(() => ({}))
  .inSharedScope({ defer: ["any", Symbol.iterator] });

// Classes whose constructor nobody else calls.
container
  .bind<Registry>("registry")
  .toDynamicValue(() => Registry.only)
  .inSharedScope({ shape: Registry, defer: ["find"] });
container
  .bind(Registry as never)
  .toDynamicValue(() => Registry.only)
  .inSharedScope();
abstract class Abstract {
  abstract find(): Promise<number>;
}
container
  .bind(Abstract)
  .toDynamicValue(() => ({ find: async () => 1 }))
  .inSharedScope({ shape: Abstract, defer: ["find"] });
container
  .bind<string[]>("list")
  .toDynamicValue(() => [])
  .inSharedScope({ shape: Array });
container
  .bind<() => number>("call")
  .toDynamicValue(() => () => 1)
  .inSharedScope({ shape: Function });

// Scopes as values: of any service, of this one, of a base class.
const counted: Scope = { name: "counted", open: (service) => sharedScope().open(service) };
const ofDb = pooledScope({ maxSize: 1, destroy: (db: Db) => db.end() });
for (const scope of [counted, sharedScope(), perAsyncContextScope(), pooledScope(8), ofDb])
  container.bind(Db).toSelf().inScope(scope);
container.bind(Replica).toSelf().inScope(ofDb);
container
  .bind("db")
  .toDynamicValue(() => new Db())
  .inScope(ofDb);
container.bind(Mailer).toSelf().inScope("per-async-context");

// T is the proxy's.
const db = scopedProxy<Db>("db", { shape: Db });
setInstance(db, new Replica());
setFactory(db, () => new Replica(), ofDb);
setFactory(db, async () => new Db(), pooledScope({ maxSize: 1, destroy: (db: Db) => db.end() }));
