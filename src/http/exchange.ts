import type { EventEmitter } from "node:events";
import { AbortSource } from "../base/abort-source.js";
import { claimStack } from "../base/claim-stack.js";
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
import { type Emit, type Emitting, type Frame, frameOf, tieEmit } from "./tied-emit.js";

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

/**
 * The `emit` of a request and of its response. What is read of these two is read once: under Express, up to Node 22, V8 looks each
 * property up anew for each request.
 */
interface Emits {
  /** The request that `injectWS` of `@fastify/websocket` makes emits nothing. */
  readonly ofRequest: Emit | undefined;
  readonly ofResponse: Emit | undefined;
}

export function emitsOf(request: unknown, response: unknown): Emits {
  return { ofRequest: emitOf(request), ofResponse: emitOf(response) };
}

function emitOf(value: unknown): Emit | undefined {
  const emit = isObject(value) ? (value as Partial<Emitting>).emit : undefined;
  return typeof emit === "function" ? (emit as Emit) : undefined;
}

/** @throws ScopeError `INVALID_OPTION` for anything but a request and a response */
export function expectExchange(adapter: string, request: unknown, response: unknown): Emits {
  const emits = emitsOf(request, response);
  if (emits.ofRequest !== undefined && emits.ofResponse !== undefined) return emits;
  throw invalidOption(adapter, "what it was called with", [request, response], "a request and a response of Node");
}

/** Calls a request's handler in a context: begins one, or joins the one that another adapter has begun. */
export function inExchange(part: Part, emits: Emits): unknown {
  const first = exchangeOf(emits.ofRequest) ?? exchangeOf(emits.ofResponse);
  return first === undefined ? new Exchange(part, emits).start() : first.join(part);
}

/** The framework has seen the handler fail. */
export function exchangeFailed(request: NodeRequest, error: unknown): void {
  exchangeOf(emitOf(request))?.failed(error);
}

/** The exchange of a request or a response, of any copy of the package: so a second adapter joins the first. */
function exchangeOf(emit: Emit | undefined): Exchange | undefined {
  return frameOf(emit) as Exchange | undefined;
}

/** A request, its response, and their one context. */
class Exchange extends ExactLife implements Frame {
  readonly #part: Part;
  readonly #response: NodeResponse;
  readonly #emits: Emits;
  readonly #left = new AbortSource();
  /** The response has emitted `finish`. */
  #isFinished = false;
  /** The request has emitted `aborted`, or the context has begun after that. */
  #isAborted = false;
  #forgetSocket: (() => void) | undefined = undefined;

  /** @param part - the first adapter's */
  constructor(part: Part, emits: Emits) {
    const { response } = part;
    super(response, part.options.leftMs ?? LEFT_MS);
    this.#part = part;
    this.#response = response;
    this.#emits = emits;
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
    claimStack();
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
    const response = this.#response;
    const { ofRequest, ofResponse } = this.#emits;
    this.context!.isOfRequest = true;
    if (ofRequest !== undefined) tieEmit(part.request, ofRequest, this);
    tieEmit(response, ofResponse!, this);
    if (isClosed(response)) {
      this.#isAborted = part.request.aborted === true;
      this.#closed();
    } else if (response.socket === null) {
      this.#awaitTurn();
    }
    return this.#call(part);
  }

  /** A pipelined request waits for its turn; only the socket tells that the client left. */
  #awaitTurn(): void {
    this.#forgetSocket = onSocketClose(this.#part.request.socket as EventEmitter, () => this.#closed());
  }

  emitted(emitter: Emitting, event: string | symbol): void {
    if (emitter !== this.#response) this.#isAborted ||= event === "aborted";
    else if (event === "finish") this.#isFinished = true;
    else if (event === "close") this.#closed();
  }

  #closed(): void {
    this.#forgetSocket?.();
    if (this.#clientHasLeft()) {
      this.frame!.runInAsyncScope(() => this.#left.abort(new ClientLeft(this.name)));
    }
    // It finishes when all was sent, the head too.
    this.closed(this.#isFinished || this.#response.headersSent === true);
  }

  protected isHandedOver(): boolean {
    return this.#part.isHandedOver();
  }

  /**
   * Whether a closed response was not sent whole. With HTTP/2 every response counts as finished, and on Node 20 also the answer of an
   * error handler to an aborted upload: there `aborted` tells. What `app.inject()` makes only emits `finish`.
   */
  #clientHasLeft(): boolean {
    return this.#isAborted || !(this.#isFinished || this.#response.writableFinished === true);
  }
}

/** Deno's have no `closed`, those of HTTP/2 only a stream. */
function isClosed(response: NodeResponse): boolean {
  return (response.closed ?? response.destroyed ?? response.stream?.destroyed) === true;
}
