import { inspect } from "node:util";
import { bindToContext } from "../context/bind.js";
import type { Dependent } from "../context/dependents.js";
import { hasCollided, instanceIn } from "../context/slot.js";
import { als, type Current } from "../context/store.js";
import { ScopeError } from "../base/errors.js";
import { isNativePromise, isPlainPromise } from "../base/native-promise.js";
import { isObject } from "../base/is-object.js";
import { nameOf, oneLine } from "../base/one-line.js";
import { rejectedWith } from "../base/rejected-with.js";
import { inContext } from "./in-context.js";
import { type Defer, type DeferredMembers, deferredMembers } from "./deferring.js";
import { classMayReturnSelf } from "./self-return.js";
import { nameOnly } from "./function-views.js";
import { lateGenerator } from "./late-generator.js";
import { MemberFunctions } from "./member-functions.js";
import { type Callable, type Class, memberOf, resultKind } from "./members.js";
import { trackCall } from "./running-calls.js";
import type { Operation, SeesCalls, Source } from "./source.js";
import { outcomeOf, type Tried } from "./tried.js";
import { whenThere } from "./wait.js";

/**
 * What stands behind one proxy: the place where the hot path looks, and the way to the instance when nothing is there.
 * The generated forwarders read `value` and `slot` and nothing else.
 */
export class Target {
  /** The one instance of a shared service, once it is there. */
  value: object | undefined = undefined;
  /** Under which number a context has its instance otherwise; 0 is nobody's. */
  slot = 0;
  /** The proxy itself, for methods that return their own instance. */
  proxy!: object;
  source!: Source;
  /** The source sees what calls return. */
  follows = false;
  /** The number under which contexts have the values that they are given for it, if it is bound so. */
  valueSlot: number | undefined;
  /** The place of its service in the order of ending. */
  dependent: Dependent | undefined;
  /** Own fields become visible on the proxy when the first instance shows them. */
  learner: { learn(instance: object): void } | undefined;
  /** Instances have shown that the class's forwarders are not right for them; those made since are. */
  isDoubted = false;
  /** Members that may wait because the binding says so. */
  readonly deferred: DeferredMembers;
  /** In what a call of a member may wait; asked for once. */
  #waits: Map<PropertyKey, WaitsIn | "promise by its arguments"> | undefined;
  #mayReturnSelf: boolean | undefined;
  readonly functions = new MemberFunctions(this);
  /** What {@link take} has come to, for the {@link call} that follows: nothing is asked for twice. */
  #tried: Tried | undefined;

  constructor(
    /** How errors call the service. */
    readonly name: string,
    /** The class whose members the proxy shows. */
    readonly shape: Class | undefined,
    defer: Defer,
  ) {
    this.deferred = deferredMembers(defer, shape);
  }

  /** Lets the proxy mean the instances of another source; holders of the proxy follow. */
  attach(source: Source): void {
    this.source = source;
    this.follows = source.returned !== undefined;
    this.slot = source.slot ?? 0;
    const { shared } = source;
    // A primitive that a test or `setInstance` put here is no instance that a method could return.
    const isDirect = source.intercept === undefined && isObject(shared);
    this.value = isDirect ? shared : undefined;
  }

  /** A source tells its one instance, for the hot path; a source that was swapped away is not heard. */
  publish(source: Source, instance: object | undefined): void {
    if (this.source === source) this.value = instance;
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
      const instance = this.source.acquireNow(member);
      if (instance === undefined) throw this.source.unavailableError(member);
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
    if (source.intercept !== undefined) return this.isDoubted ? undefined : source.plainly?.(member, store);
    if (store !== undefined && hasCollided(store.slots, this.slot)) {
      // It may stand where the forwarders don't look.
      const there = this.#seek(store);
      if (there !== undefined) return there;
    }
    try {
      const instance = source.acquireNow(member);
      const isPlain = instance === this.value || (store !== undefined && instance === this.#seek(store));
      if (isPlain && instance !== undefined && !this.isDoubted) return instance;
      this.#tried = { instance };
    } catch (error) {
      this.#tried = { error };
    }
    return undefined;
  }

  /** Any touch that is no call, with the instance of now. */
  access<R>(member: PropertyKey, run: (instance: object) => R): R {
    if (this.source.intercept === undefined) return run(this.fast() ?? this.touch(member));
    return this.#around({ member, isCall: false, deferrable: false, run }) as R;
  }

  #around(operation: Operation): unknown {
    try {
      return this.source.intercept!(operation);
    } catch (error) {
      throw inContext(error);
    }
  }

  /** The instance if one is there, without making one; what `setInstance` was given may be a primitive. */
  present(): object | undefined {
    const instance: unknown = this.source.peek();
    return instance === undefined || instance === null ? undefined : (Object(instance) as object);
  }

  /** Reads a member that is no method of the class. */
  read(member: PropertyKey): unknown {
    if (this.deferred.isFunction(member)) return this.functions.forwarderFor(member, nameOnly(member));
    if (this.deferred.has(member)) return this.#readOrWait(member);
    if (this.source.intercept === undefined) return this.#shown(member, this.fast() ?? this.touch(member));
    return this.access(member, (instance) => this.#shown(member, instance));
  }

  /** Nothing is there to tell whether it is a method. If it is, its calls may wait. */
  #readOrWait(member: PropertyKey): unknown {
    try {
      return this.access(member, (instance) => this.#shown(member, instance));
    } catch (error) {
      const isEarly = error instanceof ScopeError && EARLY.has(error.code);
      if (isEarly) return this.functions.forwarderFor(member, nameOnly(member));
      throw error;
    }
  }

  /** What is read of an instance, as whoever reads gets it. */
  #shown(member: PropertyKey, instance: object): unknown {
    const value = (instance as Record<PropertyKey, unknown>)[member];
    return typeof value === "function"
      ? this.functions.functionFor(member, value as Callable, instance)
      : this.mask(value, instance);
  }

  /** Whether it is known to be a function without looking. */
  isNamed(member: PropertyKey): boolean {
    return this.deferred.isFunction(member);
  }

  /** See {@link MemberFunctions}. */
  meant(instance: object, member: PropertyKey): unknown {
    return this.functions.resolve(instance, member);
  }

  write(member: PropertyKey, value: unknown): void {
    if (this.functions.restores(member, value, this.present())) return;
    this.access(member, (instance) => {
      const put = (): boolean => {
        (instance as Record<PropertyKey, unknown>)[member] = value;
        return true;
      };
      return typeof value === "function" ? this.functions.put(instance, member, put) : put();
    });
  }

  /** A method call without generated code. */
  callFast(member: PropertyKey, args: readonly unknown[]): unknown {
    const instance = this.fast();
    return instance === undefined ? this.#callSlowly(member, args) : this.#invoke(instance, member, args, this.source);
  }

  /** A method call that the hot path could not serve. */
  call(member: PropertyKey, ...args: unknown[]): unknown {
    return this.#callSlowly(member, args);
  }

  /** A deferrable one returns a promise whatever happens: nobody expects an `async` method to throw. */
  #callSlowly(member: PropertyKey, args: readonly unknown[]): unknown {
    try {
      return this.#call(member, args);
    } catch (error) {
      if (this.#waitsIn(member, args) !== "promise") throw inContext(error);
      return rejectedWith(inContext(error));
    }
  }

  #call(member: PropertyKey, args: readonly unknown[]): unknown {
    const { source } = this;
    const tried = this.#tried;
    this.#tried = undefined;
    // A factory may have put another source here.
    if (source.intercept !== undefined) return source.intercept(this.#operation(member, args));
    const instance = tried === undefined ? source.acquireNow(member) : outcomeOf(tried);
    if (instance === undefined) return this.#defer(member, args);
    return this.#invoke(instance, member, args, source);
  }

  /** A call of its own, since V8 makes room for closures at the beginning of a function, whether they are made or not. */
  #defer(member: PropertyKey, args: readonly unknown[]): unknown {
    const { source } = this;
    const waitsIn = this.#waitsIn(member, args);
    if (waitsIn === "next") return this.#waitInNext(member, args);
    if (waitsIn === "nothing") throw source.unavailableError(member);
    const { run } = this.#operation(member, args);
    return whenThere(this.name, source, run, () => this.#callSlowly(member, args));
  }

  /** Wherever its rows are read, it means the instance of the context of the call. */
  #waitInNext(member: PropertyKey, args: readonly unknown[]): unknown {
    return lateGenerator(bindToContext(() => this.callOrWait(member, args)));
  }

  #waitsIn(member: PropertyKey, args: readonly unknown[]): WaitsIn {
    this.#waits ??= new Map();
    let waitsIn = this.#waits.get(member);
    if (waitsIn === undefined) {
      const ofClass = this.shape && memberOf(this.shape, member)?.waitsIn;
      waitsIn = ofClass ?? (this.deferred.has(member) ? "promise by its arguments" : "nothing");
      this.#waits.set(member, waitsIn);
    }
    if (waitsIn !== "promise by its arguments") return waitsIn;
    return this.deferred.waits(args) ? "promise" : "nothing";
  }

  /** Its instances may come out of methods that only use what holds them; so may those of a class that is not known. */
  get mayReturnSelf(): boolean {
    return (this.#mayReturnSelf ??= this.shape === undefined || classMayReturnSelf(this.shape));
  }

  set mayReturnSelf(value: boolean) {
    this.#mayReturnSelf = value;
  }

  /** A call by somebody who takes a promise of the result, if the instance has to be waited for. */
  callOrWait(member: PropertyKey, args: readonly unknown[]): unknown {
    const { name, source } = this;
    const operation = { ...this.#operation(member, args), deferrable: true };
    if (source.intercept !== undefined) return source.intercept(operation);
    const instance = source.acquireNow(member);
    if (instance !== undefined) return operation.run(instance);
    return whenThere(name, source, operation.run, () => this.callOrWait(member, args));
  }

  #operation(member: PropertyKey, args: readonly unknown[]): Operation {
    // Whose instance it is, also if another source takes this one's place before it arrives.
    const own = this.source;
    const waitsIn = this.#waitsIn(member, args);
    return {
      member,
      isCall: true,
      deferrable: waitsIn === "promise",
      late: waitsIn === "next" ? () => this.#waitInNext(member, args) : undefined,
      run: (instance, source = own) => this.#invoke(instance, member, args, source),
    };
  }

  /** The instance is a function, and is called itself. */
  callItself(thisArgument: unknown, args: readonly unknown[]): unknown {
    const own = this.source;
    const run = (instance: object, source = own): unknown =>
      this.#returned("()", this.mask(Reflect.apply(instance as Callable, thisArgument, args), instance), source);
    if (own.intercept === undefined) return run(this.fast() ?? this.touch("()"));
    return this.#around({ member: "()", isCall: true, deferrable: false, run });
  }

  #invoke(instance: object, member: PropertyKey, args: readonly unknown[], source: SeesCalls): unknown {
    const method = this.functions.resolve(instance, member);
    if (typeof method !== "function") throw lacking(this.name, member);
    const result: unknown = Reflect.apply(method, instance, args);
    const mayHold =
      isNativePromise(result) && resultKind(method as () => unknown, this.mayReturnSelf) === "maybe-promise-of-this";
    return this.#returned(member, mayHold ? this.maskPromise(result, instance) : this.mask(result, instance), source);
  }

  /** What a call has returned, as its caller gets it; a context that waits at its end for calls on its instances notes it. */
  #returned(member: PropertyKey, result: unknown, source: SeesCalls): unknown {
    if (typeof result !== "object" || result === null || result === this.proxy) return result;
    const followed = source.returned === undefined ? result : source.returned(result, member);
    return source.slot === undefined ? followed : trackCall(this.name, member, followed);
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
  inspect(shape: string, depth: number | undefined, options: object): string {
    const instance = this.source.peek();
    if (instance !== undefined) return inspect(instance, { ...options, depth });
    return `${shape} [${this.name}: no instance here]`;
  }
}

/** A call may wait in the promise that it returns, in the first `next()` of its generator, or not at all. */
type WaitsIn = "promise" | "next" | "nothing";

/** Touches that come too early, as opposed to those that come from a wrong place. */
const EARLY = new Set(["NOT_READY", "POOL_EXHAUSTED"]);

/** What was set or swapped in need not have every member of the class. */
function lacking(service: string, member: PropertyKey): TypeError {
  return new TypeError(
    `${nameOf(service, member)} is not a function: what stands for ${oneLine(service)} here lacks it. Give the fake, or what ` +
      `was set or made, every member that is called.`,
  );
}
