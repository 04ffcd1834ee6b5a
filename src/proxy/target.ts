import { bindToContext } from "../context/bind.js";
import type { Dependent } from "../context/dependents.js";
import { hasCollided } from "../context/slot.js";
import type { Current } from "../context/store.js";
import { ScopeError } from "../base/errors.js";
import { isNativePromise, isPlainPromise } from "../base/native-promise.js";
import { isObject } from "../base/is-object.js";
import { rejectedWith } from "../base/rejected-with.js";
import type { Callable, Class } from "./class.js";
import { CurrentInstance } from "./current-instance.js";
import type { Defer } from "./deferring.js";
import { lacksMethod } from "./errors.js";
import { nameOnly } from "./function-views.js";
import { inContext } from "./in-context.js";
import { lateGenerator } from "./late-generator.js";
import { MemberFunctions } from "./member-functions.js";
import { resultKind } from "./result-kind.js";
import { trackCall } from "./running-calls.js";
import { classMayReturnSelf } from "./self-return.js";
import type { Operation, SeesCalls } from "./source.js";
import { outcomeOf, type Tried } from "./tried.js";
import { whenThere } from "./wait.js";
import { Waiting } from "./waits-in.js";

interface Learner {
  learn(instance: object): void;
}

/** What stands behind one proxy: what its forwarders call where they find no instance, and what all other touches do. */
export class Target extends CurrentInstance {
  #proxy: object | undefined;
  /** Makes the proxy, and gives it to the target. */
  readonly #make: (target: Target) => void;
  /** Bound by `toContextValue`: the number under which a context has the object that it was given. */
  valueSlot: number | undefined;
  /** The service's place in the order of ending. */
  dependent: Dependent | undefined;
  #learner: Learner | undefined;
  /** Some instance has shown that forwarders made before it may be wrong; those made since are right. */
  isDoubted = false;
  readonly waiting: Waiting;
  #mayReturnSelf: boolean | undefined;
  readonly functions = new MemberFunctions(this);
  /** What {@link take} found, for the {@link call} that follows: the source is asked once. */
  #tried: Tried | undefined;

  constructor(
    /** How errors call the service. */
    readonly name: string,
    /** The class whose members the proxy shows. */
    readonly shape: Class | undefined,
    defer: Defer,
    make: (target: Target) => void,
  ) {
    super();
    this.#make = make;
    this.waiting = new Waiting(shape, defer);
  }

  /**
   * The proxy: a method that returns its own instance returns this instead. It is made when somebody is to get it: a test binds a
   * hundred services, and uses a few.
   */
  get proxy(): object {
    if (this.#proxy === undefined) this.#make(this);
    return this.#proxy!;
  }

  set proxy(proxy: object) {
    this.#proxy = proxy;
  }

  /** Learns from the first instance what the class does not tell, such as own fields. */
  get learner(): Learner | undefined {
    if (this.#proxy === undefined) this.#make(this);
    return this.#learner;
  }

  set learner(learner: Learner) {
    this.#learner = learner;
  }

  /**
   * A forwarder has found no instance where it looks. If one can be made or taken at once, and the call needs nothing else, this
   * returns it, and the forwarder goes on. Otherwise the forwarder calls {@link call}, which does the rest.
   */
  take(member: PropertyKey, store: Current): object | undefined {
    const { source } = this;
    if (source.intercept !== undefined) return this.isDoubted ? undefined : source.plainly?.(member, store);
    if (store !== undefined && hasCollided(store.slots, this.slot)) {
      // It may stand in a cell where the forwarders do not look.
      const there = this.seek(store);
      if (there !== undefined) return there;
    }
    try {
      const instance = source.acquireNow(member);
      const isPlain = instance === this.value || (store !== undefined && instance === this.seek(store));
      if (isPlain && instance !== undefined && !this.isDoubted) return instance;
      this.#tried = { instance };
    } catch (error) {
      this.#tried = { error };
    }
    return undefined;
  }

  /** Runs a touch that is no call, on the current instance. */
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

  /** Reads a member that is no method of the class. */
  read(member: PropertyKey): unknown {
    if (this.isNamed(member)) return this.functions.forwarderFor(member, nameOnly(member));
    if (this.waiting.deferred.has(member)) return this.#readOrWait(member);
    if (this.source.intercept === undefined) return this.#shown(member, this.fast() ?? this.touch(member));
    return this.access(member, (instance) => this.#shown(member, instance));
  }

  /** Without an instance, nothing tells whether the member is a method. If it is, its calls may wait. */
  #readOrWait(member: PropertyKey): unknown {
    try {
      return this.access(member, (instance) => this.#shown(member, instance));
    } catch (error) {
      const isEarly = error instanceof ScopeError && EARLY.has(error.code);
      if (isEarly) return this.functions.forwarderFor(member, nameOnly(member));
      throw error;
    }
  }

  /** A member's value as the reader gets it: a function that follows the context, or the proxy for the instance itself. */
  #shown(member: PropertyKey, instance: object): unknown {
    const value = (instance as Record<PropertyKey, unknown>)[member];
    return typeof value === "function"
      ? this.functions.functionFor(member, value as Callable, instance)
      : this.mask(value, instance);
  }

  /** Whether the binding tells that the member is a function. */
  isNamed(member: PropertyKey): boolean {
    return this.waiting.deferred.isFunction(member);
  }

  /** See {@link MemberFunctions}. */
  resolve(instance: object, member: PropertyKey): unknown {
    return this.functions.resolve(instance, member);
  }

  write(member: PropertyKey, value: unknown): void {
    if (typeof value === "function") return this.#writeFunction(member, value);
    this.access(member, (instance) => {
      (instance as Record<PropertyKey, unknown>)[member] = value;
    });
  }

  #writeFunction(member: PropertyKey, value: unknown): void {
    if (this.functions.restores(member, value, this.present())) return;
    this.access(member, (instance) =>
      this.functions.put(instance, member, () => {
        (instance as Record<PropertyKey, unknown>)[member] = value;
        return true;
      }),
    );
  }

  /** Calls a method without generated code. */
  callFast(member: PropertyKey, args: readonly unknown[]): unknown {
    const instance = this.fast();
    return instance === undefined ? this.#callSlowly(member, args) : this.#invoke(instance, member, args, this.source);
  }

  /** Calls a method where the hot path found no instance. */
  call(member: PropertyKey, ...args: unknown[]): unknown {
    return this.#callSlowly(member, args);
  }

  /** A call that may wait in a promise rejects and never throws, as an `async` method does. */
  #callSlowly(member: PropertyKey, args: readonly unknown[]): unknown {
    try {
      return this.#call(member, args);
    } catch (error) {
      if (this.waiting.in(member, args) !== "promise") throw inContext(error);
      return rejectedWith(inContext(error));
    }
  }

  #call(member: PropertyKey, args: readonly unknown[]): unknown {
    const { source } = this;
    const tried = this.#tried;
    this.#tried = undefined;
    // Read only now: a factory that `take` ran may have attached another source.
    if (source.intercept !== undefined) return source.intercept(this.#operation(member, args));
    const instance = tried === undefined ? source.acquireNow(member) : outcomeOf(tried);
    if (instance === undefined) return this.#defer(member, args);
    return this.#invoke(instance, member, args, source);
  }

  /** A method of its own: V8 makes room for closures when a function begins, even if it makes none. */
  #defer(member: PropertyKey, args: readonly unknown[]): unknown {
    const { source } = this;
    const waitsIn = this.waiting.in(member, args);
    if (waitsIn === "next") return this.#waitInNext(member, args);
    if (waitsIn === "nothing") throw source.unavailableError(member);
    const { run } = this.#operation(member, args);
    return whenThere(this.name, source, run, () => this.#callSlowly(member, args));
  }

  /** The generator means the instance of the context in which it was made, wherever its rows are read. */
  #waitInNext(member: PropertyKey, args: readonly unknown[]): unknown {
    return lateGenerator(bindToContext(() => this.callOrWait(member, args)));
  }

  /**
   * Whether a method may return its instance though it does not return `this`: something else holds the instance, and hands it out.
   * Of an unknown class nothing is excluded.
   */
  get mayReturnSelf(): boolean {
    return (this.#mayReturnSelf ??= this.shape === undefined || classMayReturnSelf(this.shape));
  }

  set mayReturnSelf(value: boolean) {
    this.#mayReturnSelf = value;
  }

  /** Calls a method for a caller who takes a promise where the instance has to be waited for. */
  callOrWait(member: PropertyKey, args: readonly unknown[]): unknown {
    const { name, source } = this;
    const operation = { ...this.#operation(member, args), deferrable: true };
    if (source.intercept !== undefined) return source.intercept(operation);
    const instance = source.acquireNow(member);
    if (instance !== undefined) return operation.run(instance);
    return whenThere(name, source, operation.run, () => this.callOrWait(member, args));
  }

  #operation(member: PropertyKey, args: readonly unknown[]): Operation {
    // The instance is this source's, even if another source is attached before it arrives.
    const own = this.source;
    const waitsIn = this.waiting.in(member, args);
    return {
      member,
      isCall: true,
      deferrable: waitsIn === "promise",
      late: waitsIn === "next" ? () => this.#waitInNext(member, args) : undefined,
      run: (instance, source = own) => this.#invoke(instance, member, args, source),
    };
  }

  /** Calls the instance itself, which is a function. */
  callItself(thisArgument: unknown, args: readonly unknown[]): unknown {
    const own = this.source;
    const run = (instance: object, source = own): unknown =>
      this.#returned("()", this.mask(Reflect.apply(instance as Callable, thisArgument, args), instance), source);
    if (own.intercept === undefined) return run(this.fast() ?? this.touch("()"));
    return this.#around({ member: "()", isCall: true, deferrable: false, run });
  }

  #invoke(instance: object, member: PropertyKey, args: readonly unknown[], source: SeesCalls): unknown {
    const method = this.functions.resolve(instance, member);
    if (typeof method !== "function") throw lacksMethod(this.name, member);
    const result: unknown = Reflect.apply(method, instance, args);
    if (typeof result !== "object" || result === null) return this.mask(result, instance);
    const mayHold =
      resultKind(method as () => unknown, this.mayReturnSelf) === "maybe-promise-of-this" && isNativePromise(result);
    return this.#returned(member, mayHold ? this.maskPromise(result, instance) : this.mask(result, instance), source);
  }

  /** A call's result as its caller gets it. A context with `graceMs` notes the call, if it goes on. */
  #returned(member: PropertyKey, result: unknown, source: SeesCalls): unknown {
    if (typeof result !== "object" || result === null || result === this.proxy) return result;
    const followed = source.returned === undefined ? result : source.returned(result, member);
    return source.slot === undefined ? followed : trackCall(this.name, member, followed);
  }

  /** The proxy in the place of the instance, so that a leased object does not escape by chaining. */
  mask(result: unknown, instance: object): unknown {
    return result === instance && isObject(instance) ? this.proxy : result;
  }

  maskPromise(result: unknown, instance: object): unknown {
    // Plain promises only: another thenable may begin its work when `then` is called.
    return isPlainPromise(result) ? result.then((value) => this.mask(value, instance)) : this.mask(result, instance);
  }
}

/** What a touch throws that comes too early; other codes tell that it comes from a wrong place. */
const EARLY = new Set(["NOT_READY", "POOL_EXHAUSTED"]);
