import { type PerAsyncContextOptions, perAsyncContextScope, scopedProxy, setFactory } from "inversify-scopes";

/** A service with little in it. */
export class Thing {
  static count = 0;
  readonly id = ++Thing.count;
  text = "";
  constructor(readonly name = "thing") {}
  /** A synchronous method. */
  hello(): string {
    return `hello from ${this.name}`;
  }
  /** A native async method: it may wait for its instance. */
  async later(word = "later"): Promise<string> {
    return `${word} from ${this.name}`;
  }
  which(): number {
    return this.id;
  }
}

type Options = Omit<PerAsyncContextOptions<Thing>, "shape">;

/** A per-async-context service; `destroy` may be told. */
export function perContext(name: string, options: Options = {}): Thing {
  return perContextMade(name, () => new Thing(name), options);
}

/** A per-async-context service with a factory of the test's. */
export function perContextMade(name: string, make: () => Thing | Promise<Thing>, options: Options = {}): Thing {
  const proxy = scopedProxy<Thing>(name, { shape: Thing });
  setFactory(proxy, make, perAsyncContextScope(options as PerAsyncContextOptions));
  return proxy;
}
