import { AsyncResource } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import { AbortSource } from "../base/abort-source.js";
import { isObject } from "../base/is-object.js";
import { invalidOption } from "../base/options.js";
import type { Context } from "../context/context.js";
import { current, detachFor, runInContext } from "../context/run.js";
import { prepareNeeds } from "../proxy/functions.js";
import { begin } from "./begin.js";
import { ClientLeft } from "./client-left.js";
import { reportEnd } from "./end-errors.js";
import { type Answer, ExactEnd } from "./exact-end.js";
import { nameOfRequest, type Named } from "./naming.js";
import { type AnyOptions, contextOptions, LEFT_MS, onEndError } from "./options.js";
import { onSocketClose } from "./pipelined.js";
import { type Emitting, type Frame, tieEmit } from "./tied-emit.js";

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
export interface Part {
  /** Its name, as messages call it. */
  readonly adapter: string;
  readonly options: AnyOptions;
  /** The arguments for the functions among its options. */
  readonly args: readonly unknown[];
  readonly defaultName?: () => string;
  /** Goes on with the request, inside the context. */
  readonly call: () => unknown;
  /** Tells the framework why there is no context. */
  readonly refuse: (error: unknown) => unknown;
  /** Whether somebody else has its socket, where the framework knows. */
  readonly isHandedOver?: () => boolean;
}

/**
 * On a request: its exchange, for all copies of the package, so that a second adapter joins the first. With a WeakMap, the garbage
 * collector would spend half as much time on a request as Fastify does.
 */
const EXCHANGE = Symbol.for("inversify-scopes/exchange/1");

interface Known {
  [EXCHANGE]?: Exchange;
}

/** @throws ScopeError `INVALID_OPTION` for anything but a request and a response */
export function expectExchange(adapter: string, request: unknown, response: unknown): void {
  if (isEmitting(request) && isEmitting(response)) return;
  throw invalidOption(adapter, "the arguments", [request, response], "a request and a response of Node");
}

/** Calls a request's handler in a context: begins one, or joins the one that another adapter has begun. */
export function inExchange(request: NodeRequest, response: NodeResponse, part: Part): unknown {
  const first = (request as Known)[EXCHANGE];
  if (first !== undefined) return first.join(part);
  return new Exchange(request, response, part.options.leftMs).begin(part);
}

/** The framework has seen the handler fail. */
export function exchangeFailed(request: NodeRequest, error: unknown): void {
  (request as Known)[EXCHANGE]?.failed(error);
}

function isEmitting(value: unknown): boolean {
  return isObject(value) && typeof (value as Partial<Emitting>).emit === "function";
}

/** A request, its response, and their one context. */
class Exchange implements Frame {
  readonly #request: NodeRequest;
  readonly #response: NodeResponse;
  readonly #end: ExactEnd;
  readonly #left = new AbortSource();
  #name = "";
  /** The response has emitted `finish`. */
  #isFinished = false;
  #context: Context | undefined;
  #forgetSocket: (() => void) | undefined;
  #isHandedOver: (() => boolean) | undefined;
  resource!: AsyncResource;

  constructor(request: NodeRequest, response: NodeResponse, leftMs = LEFT_MS) {
    this.#request = request;
    this.#response = response;
    this.#end = new ExactEnd(response, leftMs);
  }

  isCurrent(): boolean {
    return current() === this.#context;
  }

  /** Calls the handler in a new context. It is no child of the current one, in which `listen` may have been called. */
  begin(part: Part): unknown {
    const { adapter, options, args, refuse, defaultName = () => nameOfRequest(this.#request) } = part;
    this.#isHandedOver = part.isHandedOver;
    const run = (body: () => void): Promise<void> => {
      const context = contextOptions(adapter, options, args, defaultName);
      this.#name = context.name;
      return detachFor(adapter, context, [this.#left], () => {
        body();
        return this.#end.over.promise;
      });
    };
    const body = (): unknown => {
      this.#enter();
      return this.#call(part);
    };
    const ended = (error: unknown): void =>
      reportEnd(this.#name, error, this.#end.over.failure, onEndError(options, args));
    return begin(run, body, refuse, ended);
  }

  /** Calls another adapter's handler in the same context. */
  join(part: Part): unknown {
    const { options, args, refuse } = part;
    const { values } = options;
    const inFrame = <T>(fn: () => T): T => this.resource.runInAsyncScope(fn);
    const body = (): unknown => this.#call(part);
    if (values === undefined || this.#context!.state !== "active") return inFrame(body);
    const run = (addedTo: () => void): Promise<void> => {
      const added = { nested: "reuse", values: values(...(args as never)) } as const;
      return inFrame(() => runInContext(added, addedTo));
    };
    return begin(run, body, refuse);
  }

  /** Calls a handler when what it needs is there. */
  #call({ adapter, options: { needs }, call, refuse }: Part): unknown {
    const handler = (): unknown => this.#end.call(call);
    if (needs === undefined || needs.length === 0) return handler();
    return prepareNeeds(adapter, needs)().then(handler, (error: unknown) => this.#end.call(() => refuse(error)));
  }

  failed(error: unknown): void {
    this.#end.over.fail(error);
  }

  /** The context has begun, and is current. */
  #enter(): void {
    const request = this.#request;
    const response = this.#response;
    this.#context = current()!;
    this.resource = new AsyncResource("inversify-scopes", { requireManualDestroy: true });
    (request as Known)[EXCHANGE] = this;
    this.#context.isOfRequest = true;
    // That of `injectWS` of @fastify/websocket emits nothing.
    if (isEmitting(request)) tieEmit(request, this);
    tieEmit(response, this, (event) => {
      if (event === "finish") this.#isFinished = true;
      else if (event === "close") this.#closed();
    });
    // Deno's have no `closed`.
    if ((response.closed ?? response.destroyed) === true || response.stream?.destroyed === true) this.#closed();
    else if (response.socket === null) this.#awaitTurn();
  }

  /** A pipelined request waits for its turn; only the socket tells that the client left. */
  #awaitTurn(): void {
    this.#forgetSocket = onSocketClose(this.#request.socket as EventEmitter, () => this.#closed());
  }

  #closed(): void {
    this.#forgetSocket?.();
    if (this.#clientHasLeft()) {
      this.resource.runInAsyncScope(() => this.#left.abort(new ClientLeft(this.#name)));
    }
    this.#end.closed(this.#isHandedOver?.() ?? this.#request.upgrade === true);
  }

  /**
   * Whether a closed response was not sent whole. With HTTP/2 every response counts as finished, and on Node 20 also the answer of an
   * error handler to an aborted upload: there `aborted` tells. What `app.inject()` makes only emits `finish`.
   */
  #clientHasLeft(): boolean {
    return this.#request.aborted === true || !(this.#isFinished || this.#response.writableFinished === true);
  }
}
