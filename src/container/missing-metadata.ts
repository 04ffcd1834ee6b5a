import { classScopeOf, providerMethodsOf } from "./class-scope.js";
import { missingMetadata } from "./errors.js";
import type { InversifyClass } from "./inversify-types.js";

/**
 * Binds a class. Nothing may tell what its constructor's parameters are given. If one of our decorators has made the class
 * injectable, the error says so in our words, and how to mend it.
 *
 * @throws ScopeError `INVALID_OPTION`, or what inversify throws
 */
export function explainMissingMetadata<R>(type: InversifyClass, bind: () => R): R {
  try {
    return bind();
  } catch (error) {
    if (!isMissingMetadata(error)) throw error;
    const isOurs = classScopeOf(type) !== undefined || providerMethodsOf(type).length > 0;
    throw isOurs ? missingMetadata(type, error) : error;
  }
}

function isMissingMetadata(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Found unexpected missing metadata");
}
