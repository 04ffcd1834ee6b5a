import { postConstruct, type ResolutionContext } from "inversify";
import { providerMethodsOf } from "./class-scope.js";
import type { InversifyClass } from "./inversify-types.js";

/** What `toDynamicValue` is given. */
export type Builder = (context: ResolutionContext) => unknown;

/** A recipe of which nothing need be planned: a class, or a function that is given nothing but the context. */
export type Direct = { readonly type: InversifyClass } | { readonly builder: Builder };

/** What inversify has noted of a class by its decorators. */
interface ClassMetadata {
  readonly constructorArguments: readonly unknown[];
  readonly properties: ReadonlyMap<PropertyKey, unknown>;
  readonly lifecycle: {
    readonly postConstructMethodNames: ReadonlySet<PropertyKey>;
    readonly preDestroyMethodNames: ReadonlySet<PropertyKey>;
  };
}

const KEY = "@inversifyjs/core/classMetadataReflectKey";

const NONE: ReadonlySet<PropertyKey> = new Set();

/**
 * Looks whether `new` is all there is to do for a class: nothing is injected, and nothing is called after it. Then it need be
 * neither bound under a hidden identifier nor planned, which costs as much as a stock singleton.
 *
 * @returns the methods to be called before the end, or nothing if inversify has to plan
 */
export function preDestroyOfPlain(type: InversifyClass): ReadonlySet<PropertyKey> | undefined {
  if (type.length > 0 || providerMethodsOf(type).length > 0) return undefined;
  const metadata = metadataOf(type);
  if (metadata === undefined) return (unnoted ??= { means: whatUnnotedMeans() }).means;
  const { constructorArguments, properties, lifecycle } = metadata;
  const isPlain =
    constructorArguments.length === 0 && properties.size === 0 && lifecycle.postConstructMethodNames.size === 0;
  return isPlain ? lifecycle.preDestroyMethodNames : undefined;
}

function metadataOf(type: object, key = KEY): ClassMetadata | undefined {
  return Reflect.getOwnMetadata(key, type) as ClassMetadata | undefined;
}

let unnoted: { readonly means: ReadonlySet<PropertyKey> | undefined } | undefined;

/**
 * What is known of a class of which nothing is noted. If inversify notes what it knows where we look, such a class has no
 * decorators; if it looks elsewhere, in a version to come, nothing is known, and inversify plans.
 */
export function whatUnnotedMeans(key = KEY): ReadonlySet<PropertyKey> | undefined {
  const probe = class {};
  postConstruct()(probe.prototype, "init", {});
  return metadataOf(probe, key)?.lifecycle.postConstructMethodNames.has("init") === true ? NONE : undefined;
}
