/** awilix: a scope for each request, in which the service and what it needs are made anew. */
import { asClass, asFunction, createContainer, InjectionMode } from "awilix";

export function open(User, pool) {
  class Service {
    constructor(user, db) {
      this.user = user;
      this.db = db;
    }
  }
  const container = createContainer({ injectionMode: InjectionMode.CLASSIC });
  container.register({
    user: asClass(User).scoped(),
    db: asFunction(() => pool.take())
      .scoped()
      .disposer((db) => pool.release(db)),
    service: asClass(Service).scoped(),
  });
  return {
    async run(body) {
      const scope = container.createScope();
      try {
        return await body(scope.resolve("service"));
      } finally {
        await scope.dispose();
      }
    },
  };
}
