import { inspect } from "node:util";
import type { Context, RunningCall } from "../context/context.js";
import { current } from "../context/run.js";
import { hasCollided, instanceIn } from "../context/slot.js";
import { als, type Current } from "../context/store.js";
import { isObject } from "../is-object.js";
import { rejectedWith } from "../rejected-with.js";
import { inContext } from "./in-context.js";
import { type Callable, type Member, resultKind } from "./members.js";
import type { Operation, Source } from "./source.js";
import { StandIns } from "./stand-ins.js";
import { whenThere } from "./wait.js";

/**
 * What stands behind one proxy: the place where the hot path looks, and the way to the instance when nothing is there.
 * The generated forwarders read `value` and `slot` and nothing else.
 */
export class Target {
  /** The one instance of a shared service, once it is there. */
  value: object | undefined;
  /** Under which number a context has its instance otherwise; 0 is nobody's. */
  slot = 0;
  /** The proxy itself, for methods that return their own instance. */
  proxy!: object;
  source: Source;
  /** The source sees what calls return. */
  follows = false;
  /** Own fields become visible on the proxy when the first instance shows them. */
  learn: ((instance: object) => void) | undefined;
  readonly #deferrable: Set<PropertyKey>;
  /** Those of them that no class shows: they are known to be functions without looking. */
  readonly #named: Set<PropertyKey>;
  readonly standIns = new StandIns(this);
  #isSlow = false;
  /** Its instances may come out of methods that only use what holds them; so may those of a class that is not known. */
  keepsThis = true;
  /** What {@link take} has come to, for the {@link call} that follows: nothing is asked for twice. */
  #tried: Tried | undefined;

  constructor(
    /** How errors call the service. */
    readonly name: string,
    source: Source,
    members: readonly Member[],
    defer: readonly PropertyKey[],
  ) {
    this.source = source;
    this.attach(source);
    this.#deferrable = new Set(defer);
    this.#named = new Set(defer);
    for (const { key, isAsync } of members) if (isAsync) this.#deferrable.add(key);
  }

  /** Lets the proxy mean the instances of another source; holders of the proxy follow. */
  attach(source: Source): void {
    this.source = source;
    this.follows = source.returned !== undefined;
    if (this.#isSlow) return;
    this.slot = source.slot ?? 0;
    const { shared } = source;
    // A primitive that a test or `setInstance` put here is no instance that a method could return.
    const isDirect = source.slot === undefined && source.around === undefined && isObject(shared);
    this.value = isDirect ? shared : undefined;
  }

  /** No forwarder finds an instance from now on, and all come to `#invoke`, where it is looked up what they mean. */
  slowDown(): void {
    this.#isSlow = true;
    this.slot = 0;
    this.value = undefined;
  }

  /** A source tells its one instance, for the hot path; a source that was swapped away is not heard. */
  publish(source: Source, instance: object | undefined): void {
    if (this.source === source && !this.#isSlow) this.value = instance;
  }

  /** The instance where the hot path finds it, else `undefined`. */
  fast(): object | undefined {
    if (this.value !== undefined) return this.value;
    const store = als.getStore();
    return store === undefined ? undefined : this.#seek(store);
  }

  /** The instance in a context's table. */
  #seek({ slots }: NonNullable<Current>): object | undefined {
    return instanceIn(slots, this.slot) as object | undefined;
  }

  /** The instance, for whatever is no call: taken now, or a typed error. */
  touch(member?: PropertyKey): object {
    try {
      const instance = this.source.now(member);
      if (instance === undefined) throw this.source.why(member);
      return instance;
    } catch (error) {
      throw inContext(error);
    }
  }

  /**
   * For a call that has not found an instance where the hot path looks: makes or takes it, if that can be done at once and is
   * all there is to do, so that the call goes on as if it had been there. Else {@link call} is to be called, and does the rest.
   */
  take(member: PropertyKey, store: Current): object | undefined {
    const { source } = this;
    if (source.around !== undefined) return undefined;
    if (store !== undefined && hasCollided(store.slots, this.slot)) {
      // It may stand where the forwarders don't look.
      const there = this.#seek(store);
      if (there !== undefined) return there;
    }
    try {
      const instance = source.now(member);
      const isPlain = instance === this.value || (store !== undefined && instance === this.#seek(store));
      if (isPlain && instance !== undefined && !this.standIns.areDoubted) return instance;
      this.#tried = { instance };
    } catch (error) {
      this.#tried = { error };
    }
    return undefined;
  }

  /** Any touch that is no call, with the instance of now. */
  access<R>(member: PropertyKey, run: (instance: object) => R): R {
    if (this.source.around === undefined) return run(this.fast() ?? this.touch(member));
    return this.#around({ member, isCall: false, deferrable: false, run }) as R;
  }

  #around(operation: Operation): unknown {
    try {
      return this.source.around!(operation);
    } catch (error) {
      throw inContext(error);
    }
  }

  /** Reads a member that is no known method. */
  read(member: PropertyKey): unknown {
    if (this.#named.has(member)) return this.standIns.named(member);
    return this.access(member, (instance) => {
      const value = (instance as Record<PropertyKey, unknown>)[member];
      if (typeof value === "function") return this.standIns.found(member, value as Callable, instance);
      return this.mask(value, instance);
    });
  }

  write(member: PropertyKey, value: unknown): void {
    this.access(member, (instance) => {
      const put = (own: unknown): boolean => {
        (instance as Record<PropertyKey, unknown>)[member] = own;
        return true;
      };
      return typeof value === "function" ? this.standIns.put(instance, member, value as Callable, put) : put(value);
    });
  }

  /**
   * A method call without generated code.
   *
   * @param generation - of the stand-in that was called; see `replaced-functions.ts`
   */
  callFast(member: PropertyKey, args: readonly unknown[], generation = 0): unknown {
    const instance = this.fast();
    if (instance === undefined) return this.#callSlowly(member, args, generation);
    return this.#invoke(instance, member, args, generation);
  }

  /** A method call that the hot path could not serve. */
  call(member: PropertyKey, ...args: unknown[]): unknown {
    return this.#callSlowly(member, args, 0);
  }

  /** A deferrable one returns a promise whatever happens: nobody expects an `async` method to throw. */
  #callSlowly(member: PropertyKey, args: readonly unknown[], generation: number): unknown {
    try {
      return this.#call(member, args, generation);
    } catch (error) {
      if (!this.#deferrable.has(member)) throw inContext(error);
      return rejectedWith(inContext(error));
    }
  }

  #call(member: PropertyKey, args: readonly unknown[], generation: number): unknown {
    const { source } = this;
    const tried = this.#tried;
    this.#tried = undefined;
    // A factory may have put another source here.
    if (source.around !== undefined) return source.around(this.#operation(member, args, generation));
    const instance = tried === undefined ? source.now(member) : outcomeOf(tried);
    if (instance === undefined) return this.#defer(member, args, generation);
    return this.#invoke(instance, member, args, generation);
  }

  /** A call of its own, since V8 makes room for closures at the beginning of a function, whether they are made or not. */
  #defer(member: PropertyKey, args: readonly unknown[], generation: number): unknown {
    const { source } = this;
    const { deferrable, run } = this.#operation(member, args, generation);
    if (!deferrable) throw source.why(member);
    return whenThere(this.name, source, run, () => this.#callSlowly(member, args, generation));
  }

  /** A call without arguments by somebody who takes a promise of the result, if the instance has to be waited for. */
  callOrWait(member: PropertyKey): unknown {
    const { name, source } = this;
    const operation = { ...this.#operation(member, [], Infinity), deferrable: true };
    if (source.around !== undefined) return source.around(operation);
    const instance = source.now(member);
    if (instance !== undefined) return operation.run(instance);
    return whenThere(name, source, operation.run, () => this.callOrWait(member));
  }

  #operation(member: PropertyKey, args: readonly unknown[], generation: number): Operation {
    const deferrable = this.#deferrable.has(member);
    return {
      member,
      isCall: true,
      deferrable,
      run: (instance, source) => this.#invoke(instance, member, args, generation, source),
    };
  }

  /** The instance is a function, and is called itself. */
  callItself(thisArgument: unknown, args: readonly unknown[]): unknown {
    const run = (instance: object, source?: Source): unknown =>
      this.#returned("()", this.mask(Reflect.apply(instance as Callable, thisArgument, args), instance), source);
    if (this.source.around === undefined) return run(this.fast() ?? this.touch("()"));
    return this.#around({ member: "()", isCall: true, deferrable: false, run });
  }

  #invoke(
    instance: object,
    member: PropertyKey,
    args: readonly unknown[],
    generation: number,
    source?: Source,
  ): unknown {
    const method = this.standIns.meant(instance, member, generation);
    if (typeof method !== "function") throw new TypeError(`${this.name}.${String(member)} is not a function`);
    const result: unknown = Reflect.apply(method, instance, args);
    const masked =
      result instanceof Promise && resultKind(method as () => unknown, this.keepsThis) === "maybe-promise-of-this"
        ? this.maskPromise(result, instance)
        : this.mask(result, instance);
    return this.#returned(member, masked, source);
  }

  /** What a call has returned, as its caller gets it. */
  #returned(member: PropertyKey, result: unknown, source = this.source): unknown {
    if (typeof result !== "object" || result === null || result === this.proxy) return result;
    const followed = source.returned === undefined ? result : source.returned(result, member);
    return this.#tracked(member, followed, source);
  }

  /** Where the context waits at its end for calls on its instances: notes this one until its promise has settled. */
  #tracked(member: PropertyKey, result: unknown, { slot }: Source): unknown {
    const context = current();
    if (context?.running === undefined || slot === undefined || !(result instanceof Promise)) return result;
    return track(context, context.running, { service: this.name, member, since: Date.now() }, result);
  }

  /** A method that returned its own instance hands out the proxy, so that a leased object does not escape. */
  mask(result: unknown, instance: object): unknown {
    return result === instance && isObject(instance) ? this.proxy : result;
  }

  maskPromise(result: unknown, instance: object): unknown {
    // Only plain promises: another thenable may do its work when `then` is called.
    return isPlainPromise(result) ? result.then((value) => this.mask(value, instance)) : this.mask(result, instance);
  }

  /** What `util.inspect` shows: the instance if one is there, else what it would be; it never makes one. */
  inspect(shape: string, depth: number, options: object): string {
    const instance = this.source.peek();
    if (instance !== undefined) return inspect(instance, { ...options, depth });
    return `${shape} [${this.name}: no instance here]`;
  }
}

/** An instance, or none, or why there is none. */
type Tried = { readonly instance: object | undefined } | { readonly error: unknown };

function outcomeOf(tried: Tried): object | undefined {
  if ("error" in tried) throw tried.error;
  return tried.instance;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise;
}

function track(
  context: Context,
  running: Set<RunningCall>,
  call: RunningCall,
  result: Promise<unknown>,
): Promise<unknown> {
  running.add(call);
  const settled = (): void => {
    running.delete(call);
    if (running.size === 0) context.onCallsSettled?.();
  };
  const watched = result.then(settled, settled);
  // A rejection that the caller forgets must stay unhandled, and not pass for handled because we looked.
  return isPlainPromise(result) ? watched.then(() => result) : result;
}
