/** What an injected proxy looks like to the compiler: an object of any type, but no class, of which proxies are not made. */
export type Injected = object & { readonly prototype?: undefined };

/** The same, but no array: `ready(db, cache)`, not `ready([db, cache])`. */
export type EachProxyByItself = Injected & { readonly concat?: undefined };

/** Told to the compiler by `isScopedProxy`. */
export interface ScopedProxy {
  readonly [isProxy]: true;
}
declare const isProxy: unique symbol;
