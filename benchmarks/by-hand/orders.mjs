/**
 * The example's service without the library: an AsyncLocalStorage, a pg.Pool and the same statements, with the
 * transaction and the way back to the pool written out.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";

export class OrdersByHand {
  #storage = new AsyncLocalStorage();
  #pool;

  constructor(connectionString, max) {
    this.#pool = new pg.Pool({ connectionString, max, application_name: "orders by hand" });
    this.#pool.on("error", () => {});
  }

  request(id, user, body) {
    const store = { id, user, client: undefined };
    return this.#storage.run(store, async () => {
      try {
        const result = await body();
        if (store.client !== undefined) await store.client.query("COMMIT");
        return result;
      } catch (error) {
        if (store.client !== undefined) await store.client.query("ROLLBACK");
        throw error;
      } finally {
        if (store.client !== undefined) {
          await store.client.query("DISCARD ALL");
          store.client.release();
        }
      }
    });
  }

  async place({ item, quantity }) {
    const { id, user } = this.#storage.getStore();
    const [order] = await this.#query(
      `INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ($1, $2, pg_backend_pid(), $3, $4)
       RETURNING id, buyer, item, quantity`,
      [id, user, item, quantity],
    );
    await this.#note(`ordered ${quantity} of ${item}`);
    const taken = await this.#query(
      "UPDATE stock SET quantity = quantity - $2 WHERE item = $1 AND quantity >= $2 RETURNING quantity",
      [item, quantity],
    );
    if (taken.length === 0) throw new Error(`There is not enough of ${item}.`);
    await this.#note(`took ${quantity} of ${item} from stock`);
    return order;
  }

  async list() {
    await this.#note("listed orders");
    return this.#query("SELECT id, buyer, item, quantity FROM orders WHERE buyer = $1 ORDER BY id DESC LIMIT 10", [
      this.#storage.getStore().user,
    ]);
  }

  close() {
    return this.#pool.end();
  }

  async #note(deed) {
    const { id, user } = this.#storage.getStore();
    await this.#query(
      "INSERT INTO audit (request, username, backend_pid, deed) VALUES ($1, $2, pg_backend_pid(), $3)",
      [id, user, deed],
    );
  }

  async #query(sql, values) {
    const store = this.#storage.getStore();
    if (store.client === undefined) {
      store.client = await this.#pool.connect();
      await store.client.query("BEGIN");
    }
    return (await store.client.query(sql, values)).rows;
  }
}
