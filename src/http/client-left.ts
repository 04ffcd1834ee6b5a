import { oneLine } from "../base/one-line.js";

/** The reason with which a request's context aborts; like Node's own errors of this kind. */
export class ClientLeft extends Error {
  readonly code = "ABORT_ERR";

  constructor(request: string) {
    super(`${oneLine(request)}: the client left before it had the whole answer.`);
  }
}

Object.defineProperty(ClientLeft.prototype, "name", { value: "AbortError", writable: true, configurable: true });
