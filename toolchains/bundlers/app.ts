import "reflect-metadata";
import { inject, injectable } from "inversify";
import { currentContext, lease, pooled, runInContext, ScopedContainer, scopedModule } from "inversify-scopes";

@pooled(1, { leaseStacks: true })
class Db {
  async query(): Promise<string> {
    return `rows in ${currentContext()?.name}`;
  }
}

@injectable()
class Orders {
  constructor(@inject(Db) readonly db: Db) {}

  list(): Promise<string> {
    return this.db.query();
  }
}

/** What a request does, and by what function the connection was taken that another one waits for. */
export async function main(): Promise<{ readonly rows: string; readonly acquisitionStack: string | undefined }> {
  const container = new ScopedContainer();
  container.load(scopedModule(Db));
  container.bind(Orders).toSelf().inSingletonScope();
  const orders = container.get(Orders);
  return runInContext({ name: "GET /orders" }, async function listsOrders() {
    const rows = await orders.list();
    const error: unknown = await lease(orders.db, { timeoutMs: 1 }).catch((reason: unknown) => reason);
    const [holder] = (error as { readonly holders: readonly { readonly acquisitionStack: string }[] }).holders;
    return { rows, acquisitionStack: holder?.acquisitionStack };
  });
}
