import type { ServiceIdentifier } from "inversify";

/** The provider that a provider method's factory touches when it runs. */
export interface Provider {
  /** The provider class: the factory needs an instance of it. */
  readonly service: ServiceIdentifier;
  /** The method is `async`, or was before it was compiled. */
  readonly isAsync: boolean;
}

const providers = new WeakMap<object, Provider>();

export function tellProvider(factory: object, provider: Provider): void {
  providers.set(factory, provider);
}

export function providerOf(factory: object | undefined): Provider | undefined {
  return factory === undefined ? undefined : providers.get(factory);
}
