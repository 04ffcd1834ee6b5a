import type { ScopeError } from "../../base/errors.js";
import { als, type Current } from "../../context/store.js";
import type { Operation } from "../../proxy/source.js";

/**
 * A transaction as seen in the async flow of its body, also after its end: it says what touches of its service mean there. The
 * store of the flow has the innermost frame, see `context/inner-store.ts`.
 */
export interface Frame {
  /** The source of the service. */
  readonly source: object;
  /** The frame around it, perhaps of another service. */
  readonly outer: Frame | undefined;
  /** The instance. @throws ScopeError `TRANSACTION_ENDED` once it is over */
  acquireNow(member: PropertyKey | undefined): object;
  /** The instance, as long as it is there. */
  peek(): object | undefined;
  /** @throws ScopeError `TRANSACTION_ENDED` once it is over */
  perform(operation: Operation): unknown;
  /** The instance for a call that only needs {@link returned} for its result. */
  plainly(): object | undefined;
  /** Notes the result of such a call. @returns what the caller gets */
  returned(result: object, member: PropertyKey): unknown;
  /** Why the instance cannot be given back. */
  releaseError(): ScopeError;
}

/** A transaction on an instance, as seen from outside its flow. */
export interface OpenTransaction {
  /** Resolves when the instance is free. */
  readonly over: Promise<void>;
  /** Ends it before its body does, unless its end is under way. */
  interrupt(reason: ScopeError): void;
  /** Why calls from outside may not use the instance. */
  useError(member: PropertyKey | undefined): ScopeError;
  /** Why the instance cannot be given back. */
  releaseError(): ScopeError;
}

/** The innermost frame of the current flow, of any service. */
export function currentFrame(): Frame | undefined {
  return als.getStore()?.transaction as Frame | undefined;
}

/** The innermost frame of a source. @param store - the current one */
export function frameOf(source: object, store: Current = als.getStore()): Frame | undefined {
  let frame = store?.transaction as Frame | undefined;
  while (frame !== undefined && frame.source !== source) frame = frame.outer;
  return frame;
}
