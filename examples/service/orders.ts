import { inject, injectable } from "inversify";
import { currentContext } from "inversify-scopes";

import { CurrentUser } from "./current-user.js";
import { Db } from "./database.js";

/** A row of the table `orders`. */
export interface Order {
  readonly id: number;
  readonly buyer: string;
  readonly item: string;
  readonly quantity: number;
}

/** Often asked, so that each connection prepares it once. */
export const LATEST = {
  name: "latest orders",
  text: "SELECT id, buyer, item, quantity FROM orders WHERE buyer = $1 ORDER BY id DESC LIMIT 10",
};

/** A singleton. `db` and `user` are not: they mean those of the request that is calling. */
@injectable()
export class Orders {
  constructor(
    @inject(Db) private readonly db: Db,
    @inject(CurrentUser) private readonly user: CurrentUser,
  ) {}

  async add(item: string, quantity: number): Promise<Order> {
    const [order] = await this.db.query<Order>(
      `INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ($1, $2, pg_backend_pid(), $3, $4)
       RETURNING id, buyer, item, quantity`,
      [currentContext()?.name, this.user.name, item, quantity],
    );
    if (order === undefined) throw new Error("INSERT returned no row.");
    return order;
  }

  async mine(): Promise<Order[]> {
    return this.db.query<Order>(LATEST, [this.user.name]);
  }

  /** All of them, one after the other, however many there are. */
  all(): AsyncGenerator<Order, void, undefined> {
    return this.db.rows<Order>("SELECT id, buyer, item, quantity FROM orders WHERE buyer = $1 ORDER BY id", [
      this.user.name,
    ]);
  }
}
