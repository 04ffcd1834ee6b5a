import { isObject } from "../base/is-object.js";
import { invalidOption } from "../base/options.js";
import { rejectedWith } from "../base/rejected-with.js";
import { timeLimit } from "../base/time-limit.js";
import { offAbort, onAbort } from "../base/on-abort.js";
import { current, runInContext } from "../context/run.js";
import { Life, type Owner } from "./life.js";
import { nameOfRequest } from "./naming.js";
import { type AdapterOptions, type AnyOptions, checkedOptions, checkHandler, LEFT_MS } from "./options.js";
import { withToldBody } from "./read-body.js";
import { sameShape } from "./same-shape.js";
import { prepareNeeds } from "../proxy/functions.js";

/**
 * Runs each call of a handler of the web's `Request` in a context of its own: for Hono's `app.fetch`, GraphQL Yoga, route handlers of
 * Next. The context ends when the response's body has been read, was cancelled, or has failed; the body is read inside the context.
 * The context's signal aborts with the request's.
 *
 * Inside the context of another adapter (on Node, {@link inRequest}, which ends with the connection's `close`) it joins that context.
 *
 * @param handler - gets the request, and whatever the server passes with it
 * @param options - see {@link AdapterOptions}
 * @returns a function whose promise resolves to the handler's response. It rejects with what the handler throws, and if the context
 * cannot begin (`needs` cannot be had, an option's function throws)
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const fetch = inFetch(async (request: Request) => Response.json({ of: request.url, rows: await db.query("select 1") }));
 * console.log(await (await fetch(new Request("http://localhost/rows"))).json());
 * ```
 */
export function inFetch<Req extends Request, Rest extends unknown[]>(
  handler: (request: Req, ...rest: Rest) => Response | PromiseLike<Response>,
  options?: AdapterOptions<[request: Req, ...rest: Rest]>,
): (request: Req, ...rest: Rest) => Promise<Response> {
  checkHandler("inFetch", "handler", handler);
  const checked = checkedOptions("inFetch", options);
  const wrapped = function (this: unknown, ...args: [request: Req, ...rest: Rest]): Promise<Response> {
    if (!isRequest(args[0])) return rejectedWith(invalidOption("inFetch", "the first argument", args[0], "a Request"));
    const call = async (): Promise<Response> => Reflect.apply(handler, this, args);
    const around = current();
    const isInRequest = around?.state === "active" && around.isOfRequest;
    return isInRequest ? join(checked, args, call) : new Fetch(args[0], checked, args, call).start();
  };
  return sameShape(wrapped, handler);
}

/** Those of other realms and of ponyfills are requests, too. */
function isRequest(given: unknown): boolean {
  return isObject(given) && typeof (given as Partial<Request>).url === "string";
}

/** Calls the handler in the context that another adapter has begun. */
async function join(
  { needs, values }: AnyOptions,
  args: readonly unknown[],
  call: () => Promise<Response>,
): Promise<Response> {
  return runInContext({ nested: "reuse", needs, values: values?.(...(args as never)) }, call);
}

/** A request and its context. */
class Fetch extends Life implements Owner {
  readonly adapter = "inFetch";
  readonly #request: Request;
  readonly #call: () => Promise<Response>;

  constructor(
    request: Request,
    readonly options: AnyOptions,
    readonly args: readonly unknown[],
    call: () => Promise<Response>,
  ) {
    super();
    this.#request = request;
    this.#call = call;
  }

  defaultName(): string {
    return nameOfRequest(this.#request);
  }

  protected get owner(): Owner {
    return this;
  }

  start(): Promise<Response> {
    return this.begin([this.#request.signal]) as Promise<Response>;
  }

  protected run(): Promise<Response> {
    this.context!.isOfRequest = true;
    return this.#answer();
  }

  refuse(error: unknown): Promise<never> {
    return rejectedWith(error);
  }

  async #answer(): Promise<Response> {
    try {
      await prepareNeeds(this.adapter, this.options.needs ?? [])();
      return this.#untilRead(await this.#call());
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** The context stays open until the body is over. When the client leaves, most servers cancel the body; some just drop it. */
  #untilRead(response: Response): Response {
    const { signal } = this.#request;
    let lift: (() => void) | undefined;
    const left = (): void => {
      lift = timeLimit(this.options.leftMs ?? LEFT_MS, over, false);
    };
    const forget = (): void => {
      offAbort(signal, left);
      lift?.();
    };
    const over = (): void => {
      forget();
      this.finish();
    };
    const failed = (error: unknown): void => {
      forget();
      this.#fail(error);
    };
    onAbort(signal, left);
    return withToldBody(response, { over, failed });
  }

  #fail(error: unknown): void {
    this.failed(error);
    this.finish();
  }
}
