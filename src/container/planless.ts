import { postConstruct, type ResolutionContext } from "inversify";
import { providerMethodsOf } from "./class-scope.js";
import type { InversifyClass } from "./inversify-types.js";

/** The function given to `toDynamicValue`. */
export type Builder = (context: ResolutionContext) => unknown;

/** What may need no plan: a class, or a function that gets nothing but the context. */
export type Planless = { readonly type: InversifyClass } | { readonly builder: Builder };

/** What inversify's decorators have noted of a class. */
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
 * Whether `new` is all there is to do for a class: nothing is injected, and nothing is called after it. Such a class needs no hidden
 * binding and no plan, which would cost as much as a stock singleton.
 *
 * @returns the names of the methods that end an instance; `undefined` if inversify has to plan
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
 * What it means that nothing is noted of a class. If inversify writes its notes where we look, as a probe tells, the class has no
 * decorators. If a later version writes them elsewhere, nothing is known of the class, and inversify has to plan.
 */
export function whatUnnotedMeans(key = KEY): ReadonlySet<PropertyKey> | undefined {
  const probe = class {};
  postConstruct()(probe.prototype, "init", {});
  return metadataOf(probe, key)?.lifecycle.postConstructMethodNames.has("init") === true ? NONE : undefined;
}
