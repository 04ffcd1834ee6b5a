import type { ServerLike } from "./server-like.js";

/** A connection, as far as it is looked at. */
interface Connection {
  readonly server?: unknown;
  /** What was received, in bytes. */
  readonly bytesRead?: number;
  /** What is not sent yet, in bytes. */
  readonly writableLength?: number;
  destroy(): void;
}

/** The end of a server's connections. */
export class Connections {
  readonly #server: ServerLike;
  readonly #closeIdle: (() => void) | undefined;

  constructor(server: ServerLike) {
    this.#server = server;
    this.#closeIdle = server.closeIdleConnections?.bind(server);
  }

  /**
   * From now on `close` of the server closes no connection. Node takes one for idle whose answer was ended and is still being sent, and
   * cuts it.
   */
  keepIdle(): void {
    if (this.#closeIdle !== undefined) this.#server.closeIdleConnections = () => {};
  }

  /**
   * Closes those that neither ask nor wait for an answer, as soon as no answer is still being sent. Also those that have never said
   * anything, as browsers open them ahead: before Node 26 these do not count as idle.
   */
  closeIdle(): void {
    const all = this.#all();
    for (const connection of all) if (connection.bytesRead === 0) connection.destroy();
    if (!all.some(({ writableLength = 0 }) => writableLength > 0)) this.#closeIdle?.();
  }

  /** Cuts all. Those of `closeAllConnections` are HTTP/1 only, not upgraded, and past the TLS handshake. */
  cut(): void {
    this.#server.closeAllConnections?.();
    for (const connection of this.#all()) connection.destroy();
  }

  /** Node has no other list of a server's connections than the one of the whole process; other runtimes have none. */
  #all(): readonly Connection[] {
    const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => readonly Connection[] };
    return (handles?.call(process) ?? []).filter(({ server }) => server === this.#server);
  }
}
