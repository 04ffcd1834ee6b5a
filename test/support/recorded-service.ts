import { type PooledOptions, poolOf, runInContext, ScopedContainer } from "inversify-scopes";
import type { Pool } from "inversify-scopes/pool";
import type { TransactionDriver } from "inversify-scopes/transactions";

import { countFromOne, Recorded, recordingDriver } from "./recording.js";

interface RecordedService {
  readonly db: Recorded;
  readonly log: string[];
  readonly pool: Pool<Recorded>;
  readonly container: ScopedContainer;
  /** Runs in a context, whose first touch takes a connection. */
  run<R>(fn: () => Promise<R>): Promise<R>;
}

/** A recorded connection with a call that takes until it is told. */
export class Slow extends Recorded {
  readonly #go: Promise<void>;

  constructor(log: string[], go: Promise<void>) {
    super(log);
    this.#go = go;
  }
  async wait(): Promise<void> {
    await this.#go;
    this.note("over");
  }
}

/** A pool of one of these, bound in the container of a {@link recordedService}. */
export function slowService(
  { container, log }: Pick<RecordedService, "container" | "log">,
  go: Promise<void>,
  options: Partial<PooledOptions<Slow>> = {},
): Slow {
  container
    .bind(Slow)
    .toDynamicValue(() => new Slow(log, go))
    .inPooledScope({ maxSize: 1, transactions: recordingDriver(), ...options });
  return container.get(Slow);
}

/** A pool of recorded connections, with transactions. */
export function recordedService(
  changes: Partial<TransactionDriver<Recorded>> = {},
  options: Partial<PooledOptions<Recorded>> = {},
): RecordedService {
  countFromOne();
  const log: string[] = [];
  const container = new ScopedContainer();
  container
    .bind(Recorded)
    .toDynamicValue(() => new Recorded(log))
    .inPooledScope({ maxSize: 3, destroy: (db) => db.end(), transactions: recordingDriver(changes), ...options });
  const db = container.get(Recorded);
  const run = async <R>(fn: () => Promise<R>): Promise<R> => runInContext({ name: "job" }, fn);
  return { db, log, pool: poolOf(db), container, run };
}
