/**
 * Services at their first use: 100 classes of 6 to 14 methods, each of its own text, are bound in one container, got, and
 * called once. Every round has classes and containers of its own, which V8 has never seen.
 */
import { Container } from "inversify";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { keep } from "./sink.mjs";

export const SERVICES = 100;
let made = 0;

const METHODS = [
  (i) => `m${i}(x) { return this.base + x + ${made}; }`,
  (i) => `m${i}(x) { return this.rows[x & 1] ?? ${made}; }`,
  (i) => `async m${i}(x, y) { this.base = x; return y + ${made}; }`,
  (i) => `m${i}() { return this.m0(${made}); }`,
];

function freshClass() {
  made++;
  const methods = Array.from({ length: 6 + (made % 9) }, (_, i) => METHODS[i % METHODS.length](i));
  return new Function(`return class Service${made} { base = ${made}; rows = [{}, {}]; ${methods.join("\n")} };`)();
}

export const freshClasses = (count = SERVICES) => Array.from({ length: count }, freshClass);

/** Binds all, gets all, calls all. @returns what is to be kept of them */
function start(container, classes, bindIn) {
  for (const one of classes) bindIn(container.bind(one).toSelf());
  const services = classes.map((one) => container.get(one));
  for (const service of services) keep(service.m0(1));
  return [container, services];
}

export const stock = async (classes) => start(new Container(), classes, (syntax) => syntax.inSingletonScope());

export const scoped = {
  shared: (syntax) => syntax.inSharedScope(),
  "per-async-context": (syntax) => syntax.inPerAsyncContextScope(),
  pooled: (syntax) => syntax.inPooledScope(4),
};

/** All in one context, which stays open if `held` is given, until that has settled. */
export const startIn = (bindIn, classes, held) =>
  runInContext(async () => {
    const started = start(new ScopedContainer(), classes, bindIn);
    await held?.(started);
  });
