/** Whether a function is native `async`: not an async generator, and not one that merely returns a promise. */
export function isAsyncFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object AsyncFunction]";
}

/** For targets without `async`, compilers write a call of their own helper. */
const COMPILED_ASYNC = /\b(?:__awaiter|_async_to_generator|_asyncToGenerator)\b|\b__async\(this\b/;

/** Whether a function was `async` before it was compiled for a target below ES2017. */
export function isCompiledAsync(value: unknown): boolean {
  return typeof value === "function" && COMPILED_ASYNC.test(Function.prototype.toString.call(value));
}

/** Whether a function is `async` in its source, whatever it was compiled for. */
export function isAsyncInSource(value: unknown): boolean {
  return isAsyncFunction(value) || isCompiledAsync(value);
}

/** Whether a function is a native `async` generator. */
export function isAsyncGenerator(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object AsyncGeneratorFunction]";
}

/** Whether a function is a generator, `async` or not: its body runs later, step by step. */
export function isGenerator(fn: object): boolean {
  const tag = (fn as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return tag === "GeneratorFunction" || tag === "AsyncGeneratorFunction";
}
