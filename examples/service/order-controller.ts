import { inject, injectable } from "inversify";

import { transactional } from "inversify-scopes/transactions";

import { Audit } from "./audit.js";
import { Db } from "./database.js";
import { type Order, Orders } from "./orders.js";
import { Stock } from "./stock.js";

/** What a client sends to order something. */
export interface OrderRequest {
  readonly item: string;
  readonly quantity: number;
}

/** The JSON schema of an {@link OrderRequest}. */
export const ORDER = {
  type: "object",
  required: ["item"],
  properties: { item: { type: "string" }, quantity: { type: "integer", minimum: 1, default: 1 } },
};

/** In a transaction: what it wrote is there if it succeeds, and was never there if it fails, or if its client has left. */
const inTransaction = transactional((self: OrderController) => self.db);

@injectable()
export class OrderController {
  constructor(
    @inject(Db) readonly db: Db,
    @inject(Orders) private readonly orders: Orders,
    @inject(Stock) private readonly stock: Stock,
    @inject(Audit) private readonly audit: Audit,
  ) {}

  @inTransaction
  async place({ item, quantity }: OrderRequest): Promise<Order> {
    const order = await this.orders.add(item, quantity);
    await this.audit.note(`ordered ${quantity} of ${item}`);
    await this.stock.take(item, quantity); // throws where it is sold out: then the order above was never there
    await this.audit.note(`took ${quantity} of ${item} from stock`);
    return order;
  }

  /** Hands each of one's orders to `write`, however many there are. */
  @inTransaction
  async export(write: (orders: AsyncIterable<Order>) => Promise<void>): Promise<void> {
    await write(this.orders.all());
  }

  @inTransaction
  async list(): Promise<Order[]> {
    await this.audit.note("listed orders");
    return this.orders.mine();
  }
}
