import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { Container } from "inversify";
import { dashboard } from "inversify-scopes/dashboard";

/** The page that shows what the service is doing. */
export interface Board extends AsyncDisposable {
  readonly address: string;
}

/** On a server of its own, which only this machine reaches: so nothing else need say who may see it. */
export async function startBoard(container: Container): Promise<Board> {
  const server = createServer(dashboard(container, { title: "orders" }).listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
