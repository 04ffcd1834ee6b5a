import { setTimeout as sleep } from "node:timers/promises";
import { oneOrAll } from "../base/one-or-all.js";
import { invalidOption } from "../base/options.js";
import { rejectedWith } from "../base/rejected-with.js";
import { type AnyContainer, expectScopes } from "../container/container-scopes.js";
import { checkShutdownOptions, GRACE_MS, shutdown, type ShutdownOptions } from "../container/shutdown.js";
import { Connections } from "./connections.js";
import { refuseRequests } from "./refuse.js";
import { expectServer, isApp, type ServerApp, type ServerLike } from "./server-like.js";

/** How often connections are closed that have become idle. */
const IDLE_CHECK_MS = 20;

/** For so long it waits for connections that it has cut. Other runtimes than Node have no list of all of them. */
const AFTER_CUT_MS = 1_000;

const THE_SAME = "the one of the first call: the server is being stopped with that";

const stops = new WeakMap<ServerLike, Stop>();

/**
 * For SIGTERM: ends a server and a container, so that each request that has begun is answered.
 *
 * 1. At once: the server takes no new connections. A request that begins on a connection that is kept gets 503 with `connection: close`,
 *    before anything of the app sees it. So does an upgrade.
 * 2. `shutdown(container, options)`: requests under way get `graceMs`, then their contexts are aborted; then the services end.
 * 3. Requests without a context get what is left of `graceMs`. Then the connections are closed of clients that neither ask nor leave,
 *    and upgraded ones.
 *
 * An app of Fastify may stand in the place of its server: then `app.close()` is called at 1, and its hooks run.
 *
 * It is for good: the server may not listen again. Do not await it in a request of the same server, which would wait for itself.
 *
 * @param server - what `createServer`, `app.listen()` of Express and Koa, or `serve()` of Hono return, or a Fastify app. One that does not
 * listen is fine
 * @param container - one with the plugin
 * @param options - those of `shutdown`
 * @returns a promise that resolves when everything has ended, also the server (its `close`). A second call gets the same promise; if its
 * `graceMs` is shorter, that counts.
 * @throws (as rejection) as `shutdown` and `app.close()` do, after everything else has ended, connections too; ScopeError `INVALID_OPTION`.
 * Nothing has been stopped then.
 *
 * @example
 * ```ts
 * process.once("SIGTERM", () => void stopServer(server, container, { graceMs: 5_000 }));
 * ```
 */
export function stopServer(
  server: ServerLike | ServerApp,
  container: AnyContainer,
  options: ShutdownOptions = {},
): Promise<void> {
  try {
    const its = expectServer("stopServer", server);
    expectScopes("stopServer", container);
    checkShutdownOptions("stopServer", options);
    const graceMs = options.graceMs ?? GRACE_MS;
    const stop = stops.get(its);
    if (stop === undefined) {
      const begun = new Stop(its, container, graceMs, isApp(server) ? server : undefined);
      stops.set(its, begun);
      return begun.over;
    }
    if (container !== stop.container) throw invalidOption("stopServer", "container", container, THE_SAME);
    stop.hurry(graceMs);
    return stop.over;
  } catch (error) {
    return rejectedWith(error);
  }
}

class Stop {
  readonly container: AnyContainer;
  readonly over: Promise<void>;
  readonly #connections: Connections;
  /** Resolves when the last connection has closed. */
  readonly #closed: Promise<void>;
  #isClosed = false;
  /** The end of `graceMs`, by `performance.now()`. */
  #until: number;
  #areServicesOver = false;

  constructor(server: ServerLike, container: AnyContainer, graceMs: number, app: ServerApp | undefined) {
    this.#connections = new Connections(server);
    this.container = container;
    this.#until = performance.now() + graceMs;
    refuseRequests(server);
    this.#connections.keepIdle();
    this.#closed = new Promise((resolve) => {
      // It calls back with an error if the server does not listen; also then it has no connections any more.
      server.close(() => {
        this.#isClosed = true;
        resolve();
      });
    });
    this.over = this.#run(shutdown(container, { graceMs }), app);
  }

  /** The shortest `graceMs` counts. */
  hurry(graceMs: number): void {
    this.#until = Math.min(this.#until, performance.now() + graceMs);
    // As long as it is under way it is the same promise, of which `#run` tells.
    if (!this.#areServicesOver) void shutdown(this.container, { graceMs });
  }

  async #run(services: Promise<void>, app: ServerApp | undefined): Promise<void> {
    const ends = Promise.allSettled([services, app?.close()]);
    await Promise.allSettled([services]);
    this.#areServicesOver = true;
    await this.#closeConnections();
    const failed = (await ends).filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    if (failed.length > 0)
      throw oneOrAll(
        failed.map(({ reason }) => reason as unknown),
        "ends of a server have failed",
      );
  }

  async #closeConnections(): Promise<void> {
    while (!this.#isClosed && performance.now() < this.#until) {
      // First: between an answer and the next one that was pipelined, a connection looks idle.
      await Promise.race([this.#closed, sleep(IDLE_CHECK_MS)]);
      this.#connections.closeIdle();
    }
    if (this.#isClosed) return;
    this.#connections.cut();
    await Promise.race([this.#closed, sleep(AFTER_CUT_MS, undefined, { ref: false })]);
  }
}
