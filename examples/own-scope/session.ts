import { selectSource, type Scope, type SharedOptions, sharedScope, type Source } from "inversify-scopes";

/** Instances that belong to a session: the contexts of its requests share them, until the session ends. */
export class Sessions {
  readonly #session: { readonly id: string };
  /** By binding, then by session. */
  readonly #instances = new Set<Map<string, Source>>();

  /** @param session - tells the session of the current context */
  constructor(session: { readonly id: string }) {
    this.#session = session;
  }

  scope<T>(options?: SharedOptions<T>): Scope {
    const shared = sharedScope<T>(options);
    return {
      ...shared,
      name: "session",
      open: (service) => {
        const sources = new Map<string, Source>();
        this.#instances.add(sources);
        const select = (): Source => {
          const { id } = this.#session;
          let source = sources.get(id);
          if (source === undefined) sources.set(id, (source = shared.open(service)));
          return source;
        };
        return selectSource(service, { select, sources: () => sources.values() });
      },
    };
  }

  /** At log-out, or when the session has expired: ends its instances. */
  async end(id: string): Promise<void> {
    for (const sources of this.#instances) {
      const source = sources.get(id);
      sources.delete(id);
      await source?.close();
    }
  }
}
