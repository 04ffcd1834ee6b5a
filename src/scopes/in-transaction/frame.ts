import type { ScopeError } from "../../base/errors.js";
import { als } from "../../context/store.js";
import type { Operation } from "../../proxy/source.js";

/**
 * What the touches of one service mean in the async flow of a transaction's body, also after its end. The store of the flow knows
 * the innermost one: see `context/inner-store.ts`.
 */
export interface Frame {
  /** Whose touches. */
  readonly source: object;
  /** The one around it, perhaps another service's. */
  readonly outer: Frame | undefined;
  /** The instance. @throws ScopeError `TRANSACTION_ENDED` once it is over */
  acquireNow(member: PropertyKey | undefined): object;
  /** The instance, as long as it is there. */
  peek(): object | undefined;
  /** @throws ScopeError `TRANSACTION_ENDED` once it is over */
  perform(operation: Operation): unknown;
  /** The instance for a call that needs nothing but that its result is seen. */
  plainly(): object | undefined;
  /** Sees what such a call has returned. */
  returned(result: object): unknown;
  /** Why the instance cannot be given back. */
  releaseError(): ScopeError;
}

/** A transaction under way on an instance, as those see it who come from outside its flow. */
export interface OpenTransaction {
  /** Resolves when the instance is free. */
  readonly over: Promise<void>;
  /** Why nobody else may use the instance. */
  useError(member: PropertyKey | undefined): ScopeError;
  /** Why the instance cannot be given back. */
  releaseError(): ScopeError;
}

/** The innermost one of the current flow, whosever it is. */
export function currentFrame(): Frame | undefined {
  return als.getStore()?.transaction as Frame | undefined;
}

/** The innermost one of a source's. */
export function frameOf(source: object): Frame | undefined {
  let frame = currentFrame();
  while (frame !== undefined && frame.source !== source) frame = frame.outer;
  return frame;
}
