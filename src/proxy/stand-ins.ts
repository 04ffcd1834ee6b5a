import { type Callable, type Constructor, isClass } from "./members.js";
import { ReplacedFunctions } from "./replaced-functions.js";

/** What of a target its stand-ins need. */
interface Host {
  readonly source: { peek(): object | undefined };
  callFast(member: PropertyKey, args: readonly unknown[], generation?: number): unknown;
  access<R>(member: PropertyKey, run: (instance: object) => R): R;
  /** From now on every call asks by {@link StandIns.meant} which function it means. */
  slowDown(): void;
}

/**
 * The functions that a proxy shows in the place of its instances' own: each forwards to whichever instance is right when it
 * is called, with `this` being that instance. The same for one name, until the function is replaced.
 */
export class StandIns {
  /** The forwarders of the methods that the class shows. */
  ofClass: ReadonlyMap<PropertyKey, Callable> = new Map();
  /** The proxy is to ask {@link method} for a member of the class each time, since it may tell another. */
  reveal: ((member: PropertyKey) => void) | undefined;
  readonly #host: Host;
  /** Of functions that were found on instances. */
  #found: Map<PropertyKey, Callable> | undefined;
  /** Methods for whose forwarders instances have shown that they are not right, and what is right. */
  #doubted: Map<PropertyKey, Callable | undefined> | undefined;
  /** Made when somebody replaces a function through the proxy: few ever do. */
  #replaced: ReplacedFunctions | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** That of a method that the class shows; `undefined` for what has to be read from the instance. */
  method(member: PropertyKey): Callable | undefined {
    const method = this.#doubted?.has(member) === true ? this.#doubted.get(member) : this.ofClass.get(member);
    return method && (this.#replaced?.newest(this.#host.source.peek(), member) ?? method);
  }

  /** That of a function that was found on an instance. Classes come out as they are. */
  found(member: PropertyKey, value: Callable, instance?: object): unknown {
    return isClass(value) ? value : (this.#replaced?.newest(instance, member) ?? this.#forwarder(member, value));
  }

  /** That of a member that is known to be a function. */
  named(member: PropertyKey): Callable {
    return this.#replaced?.newest(this.#host.source.peek(), member) ?? this.#forwarder(member, undefined);
  }

  /** The class's forwarder of a method is not right for an instance that has something else there. */
  doubt(member: PropertyKey, own: unknown): void {
    this.#doubted ??= new Map();
    this.#doubted.set(member, typeof own === "function" ? this.#forwarder(member, own as Callable, true) : undefined);
    this.reveal?.(member);
  }

  /** Whether some have been; the one that is called may be among them. */
  get areDoubted(): boolean {
    return this.#doubted !== undefined;
  }

  /** Puts a function on an instance; a stand-in goes for the function that it stands for. */
  put(instance: object, member: PropertyKey, value: Callable, put: (value: Callable) => boolean): boolean {
    const [forwarder, found] = [this.ofClass.get(member), this.#found?.get(member)];
    // If nobody can have got hold of a stand-in, what is put there is all there is.
    if (forwarder === undefined && found === undefined) return put(value);
    if (value === forwarder || value === found) {
      this.#replaced?.putBack(instance, member, 0);
      return true;
    }
    this.#replaced ??= this.#onReplacing();
    if (forwarder !== undefined) this.reveal?.(member);
    return this.#replaced.put(instance, member, value, put);
  }

  #onReplacing(): ReplacedFunctions {
    this.#host.slowDown();
    return new ReplacedFunctions((...call) => this.#host.callFast(...call));
  }

  /** What a stand-in of that generation calls. */
  meant(instance: object, member: PropertyKey, generation: number): unknown {
    return this.#replaced === undefined
      ? (instance as Record<PropertyKey, unknown>)[member]
      : this.#replaced.asOf(instance, member, generation);
  }

  #forwarder(member: PropertyKey, value: Callable | undefined, isMethod = false): Callable {
    this.#found ??= new Map();
    let forwarder = this.#found.get(member);
    if (forwarder === undefined) {
      const isNewable = !isMethod && value !== undefined && Object.hasOwn(value, "prototype");
      forwarder = isNewable ? this.#newable(member, value) : this.#callable(member, value);
      this.#found.set(member, forwarder);
    }
    return forwarder;
  }

  #callable(member: PropertyKey, value: Callable | undefined): Callable {
    const forwarder: Callable = (...args) => this.#host.callFast(member, args);
    Object.defineProperty(forwarder, "name", { value: value?.name ?? String(member), configurable: true });
    Object.defineProperty(forwarder, "length", { value: value?.length ?? 0, configurable: true });
    return forwarder;
  }

  /** A `function` may be meant to be called with `new`: then its instances are those of the function itself. */
  #newable(member: PropertyKey, value: Callable): Callable {
    const forwarder: Callable = new Proxy(value, {
      apply: (_, _this, args: unknown[]) => this.#host.callFast(member, args),
      construct: (_, args: unknown[], newTarget) =>
        this.#host.access(member, (instance) => {
          const own = (instance as Record<PropertyKey, unknown>)[member] as Constructor;
          return Reflect.construct(own, args, newTarget === forwarder ? own : (newTarget as Constructor)) as object;
        }),
    });
    return forwarder;
  }
}
