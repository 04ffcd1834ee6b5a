import { AsyncLocalStorage } from "node:async_hooks";
import pg, { type PoolClient, type QueryResultRow } from "pg";

import { RESET, type Statement } from "../service/database.js";
import type { OrderRequest } from "../service/order-controller.js";
import { LATEST, type Order } from "../service/orders.js";
import { SoldOut } from "../service/stock.js";

/** What belongs to a request. */
interface Request {
  readonly id: string;
  readonly user: string;
  client: PoolClient | undefined;
}

const requests = new AsyncLocalStorage<Request>();

function request(): Request {
  const found = requests.getStore();
  if (found === undefined) throw new Error("This code runs in no request.");
  return found;
}

/** The connections, one for each request that asks; with the transaction and the way back written out. */
class Db {
  readonly #pool: pg.Pool;

  constructor(connectionString: string, max: number, Client = pg.Client) {
    this.#pool = new pg.Pool({ Client, connectionString, max, application_name: "orders by hand" });
    this.#pool.on("error", () => {});
  }

  async query<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
    const current = request();
    if (current.client === undefined) {
      current.client = await this.#pool.connect();
      await current.client.query("BEGIN");
    }
    return (await current.client.query<Row>(statement, values)).rows;
  }

  async transaction<R>(body: () => Promise<R>): Promise<R> {
    const current = request();
    try {
      const result = await body();
      await current.client?.query("COMMIT");
      return result;
    } catch (error) {
      await current.client?.query("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  async giveBack(client: PoolClient): Promise<void> {
    try {
      await client.query(RESET);
      client.release();
    } catch (error) {
      client.release(error as Error);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

class Audit {
  constructor(private readonly db: Db) {}

  async note(deed: string): Promise<void> {
    const { id, user } = request();
    await this.db.query(
      "INSERT INTO audit (request, username, backend_pid, deed) VALUES ($1, $2, pg_backend_pid(), $3)",
      [id, user, deed],
    );
  }
}

class Orders {
  constructor(private readonly db: Db) {}

  async add(item: string, quantity: number): Promise<Order> {
    const { id, user } = request();
    const [order] = await this.db.query<Order>(
      `INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ($1, $2, pg_backend_pid(), $3, $4)
       RETURNING id, buyer, item, quantity`,
      [id, user, item, quantity],
    );
    return order!;
  }

  async mine(): Promise<Order[]> {
    return this.db.query<Order>(LATEST, [request().user]);
  }
}

class Stock {
  constructor(private readonly db: Db) {}

  async take(item: string, quantity: number): Promise<void> {
    const rows = await this.db.query(
      "UPDATE stock SET quantity = quantity - $2 WHERE item = $1 AND quantity >= $2 RETURNING quantity",
      [item, quantity],
    );
    if (rows.length === 0) throw new SoldOut(item);
  }
}

/** The example's service without the library: the same classes and statements, an AsyncLocalStorage and a pg.Pool. */
export class OrdersByHand {
  readonly #db: Db;
  readonly #audit: Audit;
  readonly #orders: Orders;
  readonly #stock: Stock;

  constructor(connectionString: string, max: number, Client?: typeof pg.Client) {
    this.#db = new Db(connectionString, max, Client);
    this.#audit = new Audit(this.#db);
    this.#orders = new Orders(this.#db);
    this.#stock = new Stock(this.#db);
  }

  async request<R>(id: string, user: string, body: () => Promise<R>): Promise<R> {
    const made: Request = { id, user, client: undefined };
    try {
      return await requests.run(made, () => this.#db.transaction(body));
    } finally {
      if (made.client !== undefined) await this.#db.giveBack(made.client);
    }
  }

  async place({ item, quantity }: OrderRequest): Promise<Order> {
    const order = await this.#orders.add(item, quantity);
    await this.#audit.note(`ordered ${quantity} of ${item}`);
    await this.#stock.take(item, quantity);
    await this.#audit.note(`took ${quantity} of ${item} from stock`);
    return order;
  }

  async list(): Promise<Order[]> {
    await this.#audit.note("listed orders");
    return this.#orders.mine();
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}
