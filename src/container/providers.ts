import type { ServiceIdentifier } from "inversify";

/** What a factory made of a provider method touches when it runs. */
export interface Provider {
  /** The provider class, whose instance it needs. */
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
