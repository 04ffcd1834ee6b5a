import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";

import { currentContext, openContexts } from "inversify-scopes";

import { eventually } from "../../../dist/test/support/connection.js";
import { World } from "../../../dist/test/support/requests.js";
import { listen, RawClient } from "../../../dist/test/support/sockets.js";

export { eventually, World };
export { Connection, Visit } from "../../../dist/test/support/requests.js";
export { get, post, RawClient } from "../../../dist/test/support/sockets.js";
export { gate } from "../../../dist/test/support/gate.js";

/** One server under test: `use` it in a `describe`, and start it in each test. */
export class TestServer {
  world!: World;
  port = 0;
  #server: Server | undefined;
  readonly #stops: (() => unknown)[] = [];

  static use(): TestServer {
    const server = new TestServer();
    beforeEach(() => (server.world = new World()));
    afterEach(() => server.stop());
    return server;
  }

  /** Starts it, with a client that has connected. */
  async start(listener: ((req: IncomingMessage, res: ServerResponse) => unknown) | Server): Promise<RawClient> {
    this.#server = typeof listener === "function" ? createServer(listener as never) : listener;
    this.port = this.#server.listening ? (this.#server.address() as { port: number }).port : await listen(this.#server);
    return this.connect();
  }

  /** Before the server stops, which waits for upgraded connections. */
  beforeStop(stop: () => unknown): void {
    this.#stops.push(stop);
  }

  connect(): RawClient {
    return new RawClient(this.port);
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server?.listening) {
      server.close();
      await once(server, "close");
    }
    await this.world.container.unbindAllAsync();
    const open = openContexts().map(({ name }) => name);
    if (open.length > 0) throw new Error(`contexts left: ${open.join()}`);
  }
}

/** Says of a place that it is in the request's context, and in no other. */
export function whereIs(world: World): string {
  return `${world.here}#${currentContext()!.id}`;
}

/** A handler's way, seen from its beginning to its end: it uses the pool, and stays in its context. */
export async function stays(world: World, work: () => unknown = () => {}): Promise<string> {
  const place = whereIs(world);
  await world.connection.query();
  await work();
  await world.connection.query();
  if (whereIs(world) !== place) throw new Error(`${place} went on in ${whereIs(world)}`);
  return place;
}

/** The numbers from 0, so many. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
