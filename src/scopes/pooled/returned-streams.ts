import { errorMonitor } from "node:events";
import type { Readable } from "node:stream";
import type { Following } from "./following.js";

/** A stream of Node, old or new, that can be read, written or both. */
type NodeStream = Pick<Readable, "on" | "listenerCount"> & {
  readonly [State in "closed" | "destroyed" | "readable" | "writable"]?: boolean;
} & { destroy?(reason?: Error): unknown };

export function isNodeStream(value: object): value is NodeStream {
  const { pipe, on } = value as Partial<Readable>;
  return typeof pipe === "function" && typeof on === "function";
}

/** Only listens: it neither reads nor handles errors for others. */
export function followStream(stream: NodeStream, over: () => void): Following | undefined {
  if (isFinished(stream)) return undefined;
  // A stream that destroys itself at its end does so right after the event, and closes later.
  const ended = (): void => process.nextTick(() => isFinished(stream) && over());
  stream.on("close", over).on(errorMonitor, over).on("end", ended).on("finish", ended);
  return {
    what: "a stream",
    value: stream,
    cut(reason) {
      // An error without a listener would end the process, also one that its instance tells of later.
      if (stream.listenerCount("error") === 0) stream.on("error", ignore);
      stream.destroy?.(reason);
    },
  };
}

function isFinished({ closed, destroyed, readable, writable }: NodeStream): boolean {
  if (closed === true) return true;
  // A destroyed stream may still be at work until it closes. Old streams do not tell when they close.
  if (destroyed === true) return closed === undefined;
  return readable !== true && writable !== true;
}

/** A web stream, by its tag: the name of its class would load all web streams. */
export function isWebStream(value: object): boolean {
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return tag === "ReadableStream" || tag === "WritableStream" || tag === "TransformStream";
}

/** Follows a web stream by Node's `finished`, which does not lock it. */
export function followWebStream(stream: object, over: () => void): Following {
  const { finished } = process.getBuiltinModule("node:stream");
  const { readable, writable } = stream as Partial<Record<"readable" | "writable", object>>;
  const sides = [readable ?? stream, ...(writable === undefined ? [] : [writable])];
  let open = sides.length;
  const ended = (): void => {
    if (--open === 0) over();
  };
  for (const side of sides) finished(side as unknown as NodeJS.ReadableStream, ended);
  return {
    what: "a stream",
    value: stream,
    cut(reason) {
      for (const side of sides as Partial<ReadableStream & WritableStream>[]) {
        // This rejects for a locked stream: whoever has locked it ends it.
        void Promise.resolve(side.cancel?.(reason) ?? side.abort?.(reason)).catch(ignore);
      }
    },
  };
}

function ignore(): void {}
