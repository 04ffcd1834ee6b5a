import { once } from "node:events";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";

import { eventually } from "./connection.js";

/** Lets a server listen on a port that is free. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A client that sends what it likes, when it likes. */
export class RawClient {
  #received = "";
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setEncoding("latin1");
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (text: string) => (this.#received += text));
    this.#socket.on("error", () => {}); // the server may end it
  }

  get received(): string {
    return this.#received;
  }

  get isClosed(): boolean {
    return this.#socket.closed;
  }

  /** Sends a packet. */
  async send(text: string): Promise<void> {
    await new Promise((resolve) => this.#socket.write(text, resolve));
  }

  /** Waits until it has received a text so often. */
  async receive(text: string, times = 1): Promise<string> {
    await eventually(`received ${text}, not ${this.#received}`, () => this.#received.split(text).length > times);
    return this.#received;
  }

  /** Leaves without a word. */
  leave(): void {
    this.#socket.destroy();
  }
}

/** A request, as it is sent. */
export function get(path: string, headers = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

/** The head of a request with a body of so many bytes. */
export function post(path: string, length: number): string {
  return `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`;
}
