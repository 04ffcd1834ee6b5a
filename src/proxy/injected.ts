/** An injected proxy as the compiler sees it: an object of any type, but no class, since no proxy stands for a class. */
export type Injected = object & { readonly prototype?: undefined };

/** The same, but no array, which alone has that symbol: the call is `ready(db, cache)`, not `ready([db, cache])`. */
export type EachProxyByItself = Injected & { readonly [Symbol.unscopables]?: undefined };

/** What `isScopedProxy` tells the compiler. */
export interface ScopedProxy {
  readonly [isProxy]: true;
}
declare const isProxy: unique symbol;
