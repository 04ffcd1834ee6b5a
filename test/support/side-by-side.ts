import { inspect } from "node:util";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
} from "inversify-scopes";

export type Operations<T> = Readonly<Record<string, (x: T) => unknown>>;

type End<T> = (instance: T) => void | Promise<void>;

/** Each scope in which a client may be. */
const scopes: Readonly<Record<string, (destroy: End<object>) => Scope>> = {
  shared: (destroy) => sharedScope({ destroy }),
  "per-async-context": (destroy) => perAsyncContextScope({ destroy }),
  pooled: (destroy) => pooledScope({ maxSize: 1, destroy }),
  "pooled, one call at a time": (destroy) => pooledScope({ maxSize: 1, concurrency: "serialize", destroy }),
  "lease: 'call'": (destroy) => pooledScope({ maxSize: 1, lease: "call", destroy }),
};

/**
 * Does the same to a connected client and to proxies of its like in every scope, and compares what comes out.
 *
 * @param defer - members whose calls may have to wait for each other: drivers' are seldom `async`
 */
export function itIsTheSame<T extends object>(
  shape: abstract new (...args: never[]) => T,
  connect: () => Promise<T>,
  end: End<T>,
  defer: readonly string[],
  operations: Operations<T>,
): void {
  for (const [scopeName, scope] of Object.entries(scopes)) {
    for (const way of ["auto", "full"] as const) {
      it(`${scopeName}, ${way}`, async () => {
        const real = await connect();
        const proxy = scopedProxy<T>("client", { shape, proxy: way, defer: defer as [] });
        setFactory(proxy, connect, scope(end as End<object>));
        const differences: unknown[] = [];
        await runInContext({ needs: [proxy] }, async () => {
          for (const [name, operation] of Object.entries(operations)) {
            const expected = await outcomeOf(operation, real);
            const actual = await outcomeOf(operation, proxy);
            if (actual !== expected) differences.push({ name, actual, expected });
          }
        });
        // Ends what the scope has made.
        setInstance(proxy, real);
        await end(real);
        if (differences.length > 0) throw new Error(inspect(differences));
      });
    }
  }
}

async function outcomeOf<T>(operation: (x: T) => unknown, subject: T): Promise<string> {
  try {
    return inspect(await operation(subject), { depth: 5 });
  } catch (error) {
    return inspect([(error as Error).name, (error as Error).message]);
  }
}
