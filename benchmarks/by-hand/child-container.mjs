/** What users of inversify do today: a child container for each request, with the request's services bound in it. */
import { Container, inject, injectable } from "inversify";

export function open(User, pool) {
  class Service {
    constructor(user, db) {
      this.user = user;
      this.db = db;
    }
  }
  injectable()(Service);
  injectable()(User);
  inject(User)(Service, undefined, 0);
  inject("db")(Service, undefined, 1);
  const parent = new Container();
  const enter = () => {
    const child = new Container({ parent });
    child.bind(User).toSelf().inSingletonScope();
    child
      .bind("db")
      .toDynamicValue(() => pool.take())
      .inSingletonScope()
      .onDeactivation((db) => pool.release(db));
    child.bind(Service).toSelf();
    return child;
  };
  return {
    async run(body) {
      const child = enter();
      try {
        return await body(child.get(Service));
      } finally {
        await child.unbindAllAsync();
      }
    },
    runSync(body) {
      const child = enter();
      try {
        return body(child.get(Service));
      } finally {
        child.unbindAll();
      }
    },
  };
}
