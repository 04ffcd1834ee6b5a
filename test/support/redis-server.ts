import { createServer, type Server, type Socket } from "node:net";

/** As much of a Redis as a client needs to be tried on: strings, counters, lists of commands, subscriptions. */
export class RedisServer {
  readonly #strings = new Map<string, string>();
  readonly #subscribers = new Map<string, Set<Socket>>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
      let rest = "";
      socket.on("data", (data) => {
        rest += data.toString("latin1");
        for (;;) {
          const parsed = parse(rest);
          if (parsed === undefined) return;
          rest = rest.slice(parsed.length);
          socket.write(this.#answer(parsed.words, socket), "latin1");
        }
      });
    });
  }

  /** @returns the port */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  #answer([name = "", ...args]: string[], socket: Socket): string {
    const [key = "", value = ""] = args;
    switch (name.toLowerCase()) {
      case "ping":
        return "+PONG\r\n";
      case "set":
        this.#strings.set(key, value);
        return "+OK\r\n";
      case "get":
        return bulk(this.#strings.get(key));
      case "del":
        return integer(this.#strings.delete(key) ? 1 : 0);
      case "incr": {
        const next = Number(this.#strings.get(key) ?? 0) + 1;
        this.#strings.set(key, String(next));
        return integer(next);
      }
      case "subscribe":
        this.#subscribers.set(key, (this.#subscribers.get(key) ?? new Set()).add(socket));
        return `*3\r\n${bulk("subscribe")}${bulk(key)}${integer(1)}`;
      case "publish": {
        const listening = [...(this.#subscribers.get(key) ?? [])];
        for (const each of listening) each.write(`*3\r\n${bulk("message")}${bulk(key)}${bulk(value)}`, "latin1");
        return integer(listening.length);
      }
      case "client":
      case "select":
        return "+OK\r\n";
      case "info":
        return bulk("redis_version:7.0.0\r\nloading:0\r\n");
      default:
        return `-ERR unknown command '${name}'\r\n`;
    }
  }
}

function bulk(text: string | undefined): string {
  return text === undefined ? "$-1\r\n" : `$${text.length}\r\n${text}\r\n`;
}

function integer(n: number): string {
  return `:${n}\r\n`;
}

/** The first command of what has arrived, if all of it has. */
function parse(text: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  let at = head[0].length;
  const words: string[] = [];
  for (let i = 0; i < Number(head[1]); i++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    at += size[0].length;
    const length = Number(size[1]);
    if (text.length < at + length + 2) return undefined;
    words.push(text.slice(at, at + length));
    at += length + 2;
  }
  return { words, length: at };
}
