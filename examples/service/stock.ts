import { inject, injectable } from "inversify";

import { Db } from "./database.js";

/** What is left of each item. */
@injectable()
export class Stock {
  constructor(@inject(Db) private readonly db: Db) {}

  async take(item: string, quantity: number): Promise<void> {
    const rows = await this.db.query(
      "UPDATE stock SET quantity = quantity - $2 WHERE item = $1 AND quantity >= $2 RETURNING quantity",
      [item, quantity],
    );
    if (rows.length === 0) throw new SoldOut(item);
  }
}

/** Answered with 409. */
export class SoldOut extends Error {
  readonly statusCode = 409;

  constructor(item: string) {
    super(`There is not enough of ${item}.`);
  }
}
