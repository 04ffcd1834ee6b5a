import { bindToContext } from "../context/bind.js";

/** Whoever is told what has become of a body. */
export interface BodyListener {
  /** It has been read to its end, or cancelled, or nobody can read it any more. */
  readonly over: () => void;
  readonly failed: (error: unknown) => void;
}

/** Streams that nobody has kept: a response of which only the status was looked at. */
const dropped = new FinalizationRegistry<() => void>((cancel) => cancel());

/**
 * The response with a body that is read in the context which is current now, whoever reads it, and tells when it is over.
 *
 * @returns the same response if nothing of it can be read
 */
export function withToldBody(response: Response, { over, failed }: BodyListener): Response {
  const { body } = response;
  if (body === null || response.bodyUsed || body.locked) {
    over();
    return response;
  }
  const reader = (body as ReadableStream<Uint8Array>).getReader();
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
  // Nothing is read before it is asked for.
  const told = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  dropped.register(told, () => void cancel().catch(failed));
  return new Response(told, response);
}
