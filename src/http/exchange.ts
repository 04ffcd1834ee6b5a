import type { EventEmitter } from "node:events";
import { AbortSource } from "../base/abort-source.js";
import { isObject } from "../base/is-object.js";
import { invalidOption } from "../base/options.js";
import { giveMissing } from "../context/context-value.js";
import { checkContextOptions } from "../context/options.js";
import { als, contextIn } from "../context/store.js";
import { prepareNeeds } from "../proxy/functions.js";
import { ClientLeft } from "./client-left.js";
import { type Answer, ExactLife, type Handler } from "./exact-end.js";
import type { Owner } from "./life.js";
import type { Named } from "./naming.js";
import { LEFT_MS } from "./options.js";
import { onSocketClose } from "./pipelined.js";
import { type Emitting, type Frame, frameOf, tieEmit } from "./tied-emit.js";

/** A request of `node:http` or `node:http2`, or what a framework's `inject` makes. */
export interface NodeRequest extends Emitting, Named {
  /** Whether the client left before its request was complete. */
  readonly aborted?: boolean | undefined;
  /** Node gave it to a listener of `upgrade`, not of `request`. */
  readonly upgrade?: boolean | null | undefined;
  /** The connection. */
  readonly socket?: unknown;
}

/** A response of `node:http` or `node:http2`, or what a framework's `inject` makes. */
export interface NodeResponse extends Emitting, Answer {
  /** Whether `close` has been emitted. */
  readonly closed?: boolean;
  /** Where there is no `closed`. */
  readonly destroyed?: boolean;
  /** Whether all of it was handed to the system. */
  readonly writableFinished?: boolean;
  /** The connection; `null` for a pipelined response whose turn has not come. */
  readonly socket?: unknown;
  /** HTTP/2 has one. */
  readonly stream?: { readonly destroyed?: boolean } | undefined;
  /** Its status. */
  statusCode: number;
}

/** One adapter's part in an exchange. */
export interface Part extends Owner, Handler {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** Whether somebody else, as a WebSocket, has its socket. */
  isHandedOver(): boolean;
}

/** @throws ScopeError `INVALID_OPTION` for anything but a request and a response */
export function expectExchange(adapter: string, request: unknown, response: unknown): void {
  if (isEmitting(request) && isEmitting(response)) return;
  throw invalidOption(adapter, "the arguments", [request, response], "a request and a response of Node");
}

/** Calls a request's handler in a context: begins one, or joins the one that another adapter has begun. */
export function inExchange(part: Part): unknown {
  const first = exchangeOf(part.request) ?? exchangeOf(part.response);
  return first === undefined ? new Exchange(part).start() : first.join(part);
}

/** The framework has seen the handler fail. */
export function exchangeFailed(request: NodeRequest, error: unknown): void {
  exchangeOf(request)?.failed(error);
}

/** The exchange of a request or a response, of any copy of the package: so a second adapter joins the first. */
function exchangeOf(emitter: Emitting): Exchange | undefined {
  return frameOf(emitter) as Exchange | undefined;
}

function isEmitting(value: unknown): boolean {
  return isObject(value) && typeof (value as Partial<Emitting>).emit === "function";
}

/** A request, its response, and their one context. */
class Exchange extends ExactLife implements Frame {
  readonly #part: Part;
  readonly #response: NodeResponse;
  readonly #left = new AbortSource();
  /** The response has emitted `finish`. */
  #isFinished = false;
  #forgetSocket: (() => void) | undefined = undefined;

  /** @param part - the first adapter's */
  constructor(part: Part) {
    const { response } = part;
    super(response, part.options.leftMs ?? LEFT_MS);
    this.#part = part;
    this.#response = response;
  }

  protected get owner(): Part {
    return this.#part;
  }

  isCurrent(): boolean {
    return contextIn(als.getStore()) === this.context;
  }

  /** Calls the handler in a new context. It is no child of the current one, in which `listen` may have been called. */
  start(): unknown {
    return this.begin([this.#left]);
  }

  /** Calls another adapter's handler in the same context. */
  join(part: Part): unknown {
    const { adapter, options, args } = part;
    const { values } = options;
    const context = this.context!;
    return this.frame!.runInAsyncScope(() => {
      if (values !== undefined && context.state === "active") {
        try {
          const added = { values: values(...(args as never)) };
          checkContextOptions(adapter, added);
          giveMissing(context, added.values);
        } catch (error) {
          return part.refuse(error);
        }
      }
      return this.#call(part);
    });
  }

  /** Calls a handler when what it needs is there. */
  #call(part: Part): unknown {
    const { needs } = part.options;
    if (needs === undefined || needs.length === 0) return this.call(part);
    const take = prepareNeeds(part.adapter, needs);
    return take().then(
      () => this.call(part),
      (error: unknown) => this.call({ call: () => part.refuse(error) }),
    );
  }

  protected run(): unknown {
    const part = this.#part;
    const { request } = part;
    const response = this.#response;
    this.context!.isOfRequest = true;
    // That of `injectWS` of @fastify/websocket emits nothing.
    if (isEmitting(request)) tieEmit(request, this);
    tieEmit(response, this);
    // Deno's have no `closed`.
    if ((response.closed ?? response.destroyed) === true || response.stream?.destroyed === true) this.#closed();
    else if (response.socket === null) this.#awaitTurn();
    return this.#call(part);
  }

  /** A pipelined request waits for its turn; only the socket tells that the client left. */
  #awaitTurn(): void {
    this.#forgetSocket = onSocketClose(this.#part.request.socket as EventEmitter, () => this.#closed());
  }

  emitted(emitter: Emitting, event: string | symbol): void {
    if (emitter !== this.#response) return;
    if (event === "finish") this.#isFinished = true;
    else if (event === "close") this.#closed();
  }

  #closed(): void {
    this.#forgetSocket?.();
    if (this.#clientHasLeft()) {
      this.frame!.runInAsyncScope(() => this.#left.abort(new ClientLeft(this.name)));
    }
    this.closed(this.#part.isHandedOver());
  }

  /**
   * Whether a closed response was not sent whole. With HTTP/2 every response counts as finished, and on Node 20 also the answer of an
   * error handler to an aborted upload: there `aborted` tells. What `app.inject()` makes only emits `finish`.
   */
  #clientHasLeft(): boolean {
    return this.#part.request.aborted === true || !(this.#isFinished || this.#response.writableFinished === true);
  }
}
