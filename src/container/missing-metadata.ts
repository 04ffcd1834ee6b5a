import { ScopeError } from "../base/errors.js";
import { classScopeOf, providerMethodsOf } from "./class-scope.js";
import type { InversifyClass } from "./inversify-types.js";

/** Why nothing is known of what is decorated. */
export const NO_TYPES =
  'compilers without "emitDecoratorMetadata", as esbuild, tsx and Node itself, write no types down; the others do so only ' +
  'after `import "reflect-metadata"`, which comes first';

/**
 * Binds a class, and says in our words what inversify says of a class that one of our decorators has made injectable, and whose
 * constructor's parameters have no types to be found by.
 *
 * @throws ScopeError `INVALID_OPTION`, or what inversify throws
 */
export function explainMissingMetadata<R>(type: InversifyClass, bind: () => R): R {
  try {
    return bind();
  } catch (error) {
    if (!isMissingMetadata(error)) throw error;
    if (classScopeOf(type) !== undefined) throw missing(type, "", error);
    if (providerMethodsOf(type).length === 0) throw error;
    throw missing(type, "put @injectable() on the class, so that TypeScript writes their types down; or ", error);
  }
}

function isMissingMetadata(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Found unexpected missing metadata");
}

function missing({ name }: InversifyClass, remedy: string, cause: unknown): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `${name}: nothing tells what its constructor's parameters are given. To mend it, ${remedy}say @inject(TheService) on each of them ` +
      `(${NO_TYPES}).`,
    { service: name, cause },
  );
}
