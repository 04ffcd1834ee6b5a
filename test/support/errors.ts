import { expect } from "chai";
import { type ErrorCode, ScopeError } from "inversify-scopes";

/** The coded error that a function throws. */
export function thrown(code: ErrorCode, fn: () => unknown): ScopeError {
  try {
    fn();
  } catch (error) {
    return expectCode(error, code);
  }
  throw new Error(`expected ${code}, but nothing was thrown`);
}

/** The coded error with which a promise rejects. */
export async function rejected(code: ErrorCode, promise: PromiseLike<unknown>): Promise<ScopeError> {
  try {
    await promise;
  } catch (error) {
    return expectCode(error, code);
  }
  throw new Error(`expected ${code}, but it was fulfilled`);
}

/** Whatever a promise rejects with. */
export async function reasonOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection, but it was fulfilled");
}

function expectCode(error: unknown, code: ErrorCode): ScopeError {
  if (!(error instanceof ScopeError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}
