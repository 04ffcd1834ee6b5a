import { inject, injectable } from "inversify";

import { Audit } from "./audit.js";
import { type Order, Orders } from "./orders.js";
import { Stock } from "./stock.js";

/** What a client sends to order something. */
export interface OrderRequest {
  readonly item: string;
  readonly quantity: number;
}

@injectable()
export class OrderController {
  constructor(
    @inject(Orders) private readonly orders: Orders,
    @inject(Stock) private readonly stock: Stock,
    @inject(Audit) private readonly audit: Audit,
  ) {}

  async place({ item, quantity }: OrderRequest): Promise<Order> {
    const order = await this.orders.add(item, quantity);
    await this.audit.note(`ordered ${quantity} of ${item}`);
    await this.stock.take(item, quantity); // where it is sold out, the order above has never been
    await this.audit.note(`took ${quantity} of ${item} from stock`);
    return order;
  }

  export(): AsyncGenerator<Order, void, undefined> {
    return this.orders.all();
  }

  async list(): Promise<Order[]> {
    await this.audit.note("listed orders");
    return this.orders.mine();
  }
}
