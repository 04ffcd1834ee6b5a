import { detachFor } from "../context/run.js";
import { sameShape } from "./same-shape.js";
import { Failure, reportEnd } from "./end-errors.js";
import { type AdapterOptions, checkedOptions, checkHandler, contextOptions, onEndError } from "./options.js";

/**
 * Runs each call of a handler in a context of its own: the processor of a queue's jobs, a cron callback, the listener of a socket's
 * messages, a Lambda. The context is no child of the one in which the handler is called or was registered.
 *
 * The wrapper keeps the handler's `name` and `length`, by which some libraries choose what they pass. (BullMQ passes its AbortSignal as
 * third argument, but only to a processor with three parameters.)
 *
 * @param handler - any function; gets `this` and the arguments
 * @param options - see {@link AdapterOptions}
 * @returns a function whose promise settles after the end of the context, with what the handler returns or throws. It also rejects
 * with what `ready` throws for `needs`
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const onMessage = inContext(async (text: string) => db.query(text), { name: "message" });
 * socket.on("message", (text: string) => void onMessage(text).catch(log.error));
 * ```
 */
export function inContext<This, Args extends unknown[], R>(
  handler: (this: This, ...args: Args) => R,
  options?: AdapterOptions<Args>,
): (this: This, ...args: Args) => Promise<Awaited<R>> {
  checkHandler("inContext", "handler", handler);
  const checked = checkedOptions("inContext", options);
  const defaultName = (): string => handler.name || "inContext";
  const wrapped = async function (this: This, ...args: Args): Promise<Awaited<R>> {
    const context = {
      ...contextOptions({ adapter: "inContext", options: checked, args, defaultName }),
      needs: checked.needs,
    };
    let outcome: { readonly value: Awaited<R> } | Failure | undefined;
    const body = async (): Promise<void> => {
      try {
        outcome = { value: await handler.apply(this, args) };
      } catch (error) {
        outcome = new Failure(error);
        throw error;
      }
    };
    try {
      await detachFor("inContext", context, body);
    } catch (rejection) {
      if (outcome === undefined) throw rejection;
      const failure = outcome instanceof Failure ? outcome : undefined;
      reportEnd(context.name, rejection, failure, onEndError(checked, args));
    }
    if (outcome instanceof Failure) throw outcome.error;
    return outcome!.value;
  };
  return sameShape(wrapped, handler);
}
