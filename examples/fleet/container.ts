import { Redis } from "ioredis";
import { ScopedContainer, scopedModule } from "inversify-scopes";
import { DatabaseUrl, Providers } from "./database.js";
import { type FleetLimit, Permits } from "./permits.js";

/** The wiring of one process. Connections end before the permits' Redis, as they hold permits. */
export function buildContainer(databaseUrl: string, redisUrl: string, fleet: FleetLimit): ScopedContainer {
  const container = new ScopedContainer();
  container.bind(DatabaseUrl).toConstantValue(databaseUrl);
  container
    .bind(Redis)
    .toDynamicValue(() => new Redis(redisUrl, { maxRetriesPerRequest: null }))
    .inSharedScope({ destroy: (redis) => redis.disconnect() });
  container
    .bind(Permits)
    .toResolvedValue((redis: Redis) => new Permits(redis, fleet), [Redis])
    .inSharedScope();
  container.load(scopedModule(Providers));
  return container;
}
