import { bindToContext } from "../context/bind.js";
import { isObject } from "../base/is-object.js";

/** Hears what becomes of a body. */
export interface BodyListener {
  /** It was read to its end or cancelled, or cannot be read any more. */
  readonly over: () => void;
  readonly failed: (error: unknown) => void;
}

/** Streams that were dropped unread: only the response's status was looked at. */
const dropped = new FinalizationRegistry<() => void>((cancel) => cancel());

interface Readable {
  readonly body: ReadableStream;
}

/** A handler that has upgraded the connection returns nothing, under Bun; what else it returns is for the server to judge. */
function isReadable(response: unknown): response is Readable {
  if (!isObject(response)) return false;
  const { body, bodyUsed } = response as Partial<Response>;
  return typeof body?.getReader === "function" && !body.locked && bodyUsed !== true;
}

/**
 * The same response with a body that is read in the current context, wherever it is read, and that tells when it is over.
 *
 * @returns the very response, if there is no body to read
 */
export function withToldBody(response: Response, { over, failed }: BodyListener): Response {
  if (!isReadable(response)) {
    over();
    return response;
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const pull = bindToContext(async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      controller.close();
      over();
    } catch (error) {
      controller.error(error);
      failed(error);
    }
  });
  const cancel = bindToContext(async (reason?: unknown): Promise<void> => {
    try {
      await reader.cancel(reason);
      over();
    } catch (error) {
      failed(error);
      throw error;
    }
  });
  // Reads nothing in advance.
  const told = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  dropped.register(told, () => void cancel().catch(failed));
  return new Response(told, response);
}
