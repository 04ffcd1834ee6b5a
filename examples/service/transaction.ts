import { inject, injectable } from "inversify";
import { currentContext, hasInstance } from "inversify-scopes";

import { Db } from "./database.js";

/** Ends the request's transaction by its outcome. */
@injectable()
export class Transaction {
  constructor(@inject(Db) private readonly db: Db) {}

  /**
   * Runs the body of a request: what it wrote is there if it succeeds, and was never there if it fails, or if its client
   * has left. A request that made no query took no connection, and none is taken for it here.
   */
  async around<R>(body: () => Promise<R>): Promise<R> {
    try {
      const result = await body();
      currentContext()?.signal?.throwIfAborted();
      if (hasInstance(this.db)) await this.db.commit();
      return result;
    } catch (error) {
      // Should the rollback fail too, the pool finds the connection broken and replaces it; the first error is the one to tell.
      if (hasInstance(this.db)) await this.db.rollback().catch(() => {});
      throw error;
    }
  }
}
