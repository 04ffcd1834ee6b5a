import {
  type BindingOptions,
  type PooledOptions,
  pooledScope,
  type Scope,
  type SharedOptions,
  sharedScope,
} from "inversify-scopes";
import { container, Db, Mailer, Replica } from "../services.js";

// Built step by step.
const built: PooledOptions<Db> = { maxSize: 8 };
built.idleTimeoutMs = 60_000;
built.destroy = (db) => db.end();
built.defer = ["query"];
built.lease = "call";
built.concurrency = "serialize";
container.bind(Db).toSelf().inPooledScope(built);
const shape: BindingOptions<Db> = {};
shape.shape = Db;
shape.proxy = "full";
container.bind(Db).toSelf().inSharedScope(shape);

// Shared by services that have nothing in common.
const common: Partial<PooledOptions> = { acquireTimeoutMs: 2_000, checkOn: ["idle"] };
const complete: PooledOptions = { ...common, maxSize: 4 };
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 8, ...common });
container
  .bind(Mailer)
  .toSelf()
  .inPooledScope({ ...common, maxSize: 2, defer: ["send"], onRelease: (mailer) => mailer.send("done") });
container.bind(Mailer).toSelf().inPooledScope(complete);

// Of a base class.
const ofDb: PooledOptions<Db> = { maxSize: 2, defer: ["query"], destroy: (db) => db.end() };
const part: Partial<PooledOptions<Db>> = { defer: ["query"], onAcquire: (db) => db.query("set role") };
container.bind(Replica).toSelf().inPooledScope(ofDb);
container
  .bind(Replica)
  .toSelf()
  .inPooledScope({ maxSize: 1, ...part });
const shared: SharedOptions<Db> = { destroy: (db) => db.end() };
container.bind(Replica).toSelf().inSharedScope(shared);

// In generic code.
export function bindAny<T>(name: string, make: () => T, scope: Scope): void {
  const bind = () => container.bind<T>(name).toDynamicValue(make);
  bind().inSharedScope({ destroy: (instance) => instance });
  bind().inPerAsyncContextScope();
  bind().inPooledScope({ maxSize: 2, onRelease: (instance: T) => instance });
  bind().inScope("shared");
  bind().inScope(scope);
  bind().inScope(pooledScope(2));
}
export function bindDb<T extends Db>(
  name: string,
  make: () => T,
  options: PooledOptions<T>,
  shared: SharedOptions<T>,
): void {
  const bind = () => container.bind<T>(name).toDynamicValue(make);
  bind().inPooledScope(options);
  bind().inPooledScope({ ...options, maxSize: 2, destroy: (db) => db.end() });
  bind().inSharedScope(shared);
  bind().inScope(sharedScope<T>(shared));
}
