import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { Semaphore } from "redis-semaphore";

/** What all processes of a fleet must agree on. */
export interface FleetLimit {
  /** Names the limit in Redis. */
  readonly key: string;
  /** How many permits there are. */
  readonly limit: number;
  /** After so many milliseconds without a sign of life a permit is free again. More than the clocks of the machines differ by. */
  readonly lockTimeoutMs: number;
}

/** One limit for all processes of a fleet: so many permits, kept in Redis. */
export class Permits {
  readonly #redis: Redis;
  readonly #fleet: FleetLimit;

  /** @param redis - with `maxRetriesPerRequest: null`: while Redis is away, permits wait for it instead of failing */
  constructor(redis: Redis, fleet: FleetLimit) {
    this.#redis = redis;
    this.#fleet = fleet;
  }

  /** Waits for a permit, for as long as the signal lets it. One that comes too late goes back at once. */
  async take(signal: AbortSignal | undefined): Promise<Permit> {
    for (;;) {
      signal?.throwIfAborted();
      await this.#untilHoldersAreKnown(signal);
      const permit = new Permit(this.#redis, this.#fleet);
      await permit.acquire(signal);
      // Redis may have started again just now, and be unaware of those who hold permits.
      if (signal?.aborted !== true && (await this.#missingMs()) <= 0) return permit;
      await permit.release();
    }
  }

  /**
   * A Redis that has just started may have forgotten every permit. Those who hold one claim it again at their next sign of
   * life, so whoever is new waits for so long.
   */
  async #untilHoldersAreKnown(signal: AbortSignal | undefined): Promise<void> {
    for (let ms = await this.#missingMs(); ms > 0; ms = await this.#missingMs()) {
      await sleep(ms, undefined, { ...(signal && { signal }), ref: false });
    }
  }

  async #missingMs(): Promise<number> {
    const [, uptime] = /^uptime_in_seconds:(\d+)/m.exec(await this.#redis.info("server"))!;
    // The server rounds to whole seconds.
    return this.#fleet.lockTimeoutMs - (Number(uptime) - 1) * 1000;
  }
}

/** The right to hold one connection. Gives a sign of life by itself until it is released. */
export class Permit {
  readonly #redis: Redis;
  readonly #fleet: FleetLimit;
  #semaphore: Semaphore;
  #isHeld = true;
  #isReleased = false;
  #claiming: Promise<void> | undefined;

  constructor(redis: Redis, fleet: FleetLimit) {
    this.#redis = redis;
    this.#fleet = fleet;
    this.#semaphore = this.#newSemaphore({});
  }

  /** False once it is lost, and somebody else has it. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  async acquire(signal: AbortSignal | undefined): Promise<void> {
    await this.#semaphore.acquire(signal);
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#claiming;
    await this.#semaphore.release();
  }

  /** Redis does not know it: it has lost its data, or this process gave no sign of life for too long. */
  #lost(): void {
    if (this.#isReleased) return;
    const { identifier } = this.#semaphore;
    this.#semaphore = this.#newSemaphore({ identifier, acquireAttemptsLimit: 1 });
    this.#claiming = this.#claim();
  }

  async #claim(): Promise<void> {
    try {
      this.#isHeld = await this.#semaphore.tryAcquire();
    } catch {
      this.#isHeld = false; // the client was closed
    }
  }

  #newSemaphore(options: { readonly identifier?: string; readonly acquireAttemptsLimit?: number }): Semaphore {
    const { key, limit, lockTimeoutMs } = this.#fleet;
    return new Semaphore(this.#redis, key, limit, {
      lockTimeout: lockTimeoutMs,
      refreshInterval: Math.floor(lockTimeoutMs / 3),
      acquireTimeout: Infinity,
      retryInterval: 50,
      onLockLost: () => this.#lost(),
      ...options,
    });
  }
}
