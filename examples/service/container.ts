import { ScopedContainer, scopedModule } from "inversify-scopes";

import { Audit } from "./audit.js";
import { CurrentUser } from "./current-user.js";
import { DatabaseUrl, Providers } from "./database.js";
import { OrderController } from "./order-controller.js";
import { Orders } from "./orders.js";
import { Stock } from "./stock.js";

/** Everything is a singleton but what belongs to a request. */
export function buildContainer(databaseUrl: string): ScopedContainer {
  const container = new ScopedContainer({ defaultScope: "Singleton" });
  container.bind(DatabaseUrl).toConstantValue(databaseUrl);
  container.load(scopedModule(CurrentUser, Providers)); // their scopes stand on the classes
  container.bind(Audit).toSelf();
  container.bind(OrderController).toSelf();
  container.bind(Orders).toSelf();
  container.bind(Stock).toSelf();
  return container;
}
