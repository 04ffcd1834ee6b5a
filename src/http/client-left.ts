import { oneLine } from "../base/one-line.js";

/** Why the context of a request aborts; as Node's own errors of this kind are. */
export class ClientLeft extends Error {
  readonly code = "ABORT_ERR";

  constructor(request: string) {
    super(`${oneLine(request)}: the client left before it had the whole answer.`);
  }
}

Object.defineProperty(ClientLeft.prototype, "name", { value: "AbortError", writable: true, configurable: true });
