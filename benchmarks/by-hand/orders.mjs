/**
 * The example's service without the library: the same classes and statements, an AsyncLocalStorage and a pg.Pool, with the
 * transaction and the way back to the pool written out.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";

/** What belongs to a request. */
const requests = new AsyncLocalStorage();

class Db {
  #pool;

  constructor(connectionString, max, Client = pg.Client) {
    this.#pool = new pg.Pool({ Client, connectionString, max, application_name: "orders by hand" });
    this.#pool.on("error", () => {});
  }

  async query(sql, values) {
    const request = requests.getStore();
    if (request.client === undefined) {
      request.client = await this.#pool.connect();
      await request.client.query("BEGIN");
    }
    return (await request.client.query(sql, values)).rows;
  }

  async transaction(body) {
    const request = requests.getStore();
    try {
      const result = await body();
      if (request.client !== undefined) await request.client.query("COMMIT");
      return result;
    } catch (error) {
      if (request.client !== undefined) await request.client.query("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  async giveBack(client) {
    try {
      await client.query("DISCARD ALL");
      client.release();
    } catch (error) {
      client.release(error);
    }
  }

  close() {
    return this.#pool.end();
  }
}

class Audit {
  constructor(db) {
    this.db = db;
  }

  async note(deed) {
    const { id, user } = requests.getStore();
    await this.db.query(
      "INSERT INTO audit (request, username, backend_pid, deed) VALUES ($1, $2, pg_backend_pid(), $3)",
      [id, user, deed],
    );
  }
}

class Orders {
  constructor(db) {
    this.db = db;
  }

  async add(item, quantity) {
    const { id, user } = requests.getStore();
    const [order] = await this.db.query(
      `INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ($1, $2, pg_backend_pid(), $3, $4)
       RETURNING id, buyer, item, quantity`,
      [id, user, item, quantity],
    );
    return order;
  }

  async mine() {
    return this.db.query("SELECT id, buyer, item, quantity FROM orders WHERE buyer = $1 ORDER BY id DESC LIMIT 10", [
      requests.getStore().user,
    ]);
  }
}

class Stock {
  constructor(db) {
    this.db = db;
  }

  async take(item, quantity) {
    const rows = await this.db.query(
      "UPDATE stock SET quantity = quantity - $2 WHERE item = $1 AND quantity >= $2 RETURNING quantity",
      [item, quantity],
    );
    if (rows.length === 0) throw new Error(`There is not enough of ${item}.`);
  }
}

export class OrdersByHand {
  #db;
  #audit;
  #orders;
  #stock;

  constructor(connectionString, max, Client) {
    this.#db = new Db(connectionString, max, Client);
    this.#audit = new Audit(this.#db);
    this.#orders = new Orders(this.#db);
    this.#stock = new Stock(this.#db);
  }

  async request(id, user, body) {
    const request = { id, user, client: undefined };
    try {
      return await requests.run(request, () => this.#db.transaction(body));
    } finally {
      if (request.client !== undefined) await this.#db.giveBack(request.client);
    }
  }

  async place({ item, quantity }) {
    const order = await this.#orders.add(item, quantity);
    await this.#audit.note(`ordered ${quantity} of ${item}`);
    await this.#stock.take(item, quantity);
    await this.#audit.note(`took ${quantity} of ${item} from stock`);
    return order;
  }

  async list() {
    await this.#audit.note("listed orders");
    return this.#orders.mine();
  }

  close() {
    return this.#db.close();
  }
}
