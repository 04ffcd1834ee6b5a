import { Dependent } from "../../context/dependents.js";
import { captureOutsideContexts, type Runner } from "../../context/outside.js";
import { type HolderInfo, ScopeError } from "../../base/errors.js";
import { isObject } from "../../base/is-object.js";
import { isThenable } from "../../base/is-thenable.js";
import { assertKind, assertProxyable, type Kind, kindOf, makeProxy } from "../../proxy/make.js";
import type { Class } from "../../proxy/members.js";
import type { Source } from "../../proxy/source.js";
import { targetOf } from "../../proxy/registry.js";
import type { Target } from "../../proxy/target.js";
import { closedSource } from "./closed-source.js";
import { endReplaced } from "../disposal/destroy-unused.js";
import { refuseContradiction, refuseDead, refuseQuery } from "./first-instance.js";
import { howToWait } from "./how-to-wait.js";
import { warnIfEndless } from "../disposal/ways-to-end.js";
import { runAllInOrder } from "../disposal/run-all-in-order.js";
import type { ContextValueScope } from "../context-value.js";
import { type ShownBy, shownBy } from "../options.js";
import type { CreateOptions, Dispose, Scope, Service } from "../scope.js";
import { refuseCircleOfFactories } from "./self-reference.js";
import { withTransactions } from "../in-transaction/transactional-source.js";
import { StillLeased } from "../pooled/still-leased.js";

/** How a binding makes its instances, and what ends them before `destroy` does. */
export interface Recipe {
  /** Told what inversify injects. */
  readonly dependent?: Dependent;
  /** @param refused - to be told of what was made, but refused by an activation handler that failed */
  create(n: number, options: CreateOptions | undefined, refused: Refused): unknown;
  deactivate?(instance: object): void | Promise<void>;
  /** Whether {@link deactivate} does anything. */
  deactivates?(): boolean;
}

type Refused = (instance: unknown) => void;

/** What every source has. */
const METHODS = ["acquireNow", "acquire", "unavailableError", "peek", "release", "lease", "close"] as const;

const NONE: readonly never[] = [];

/** How many services have been made, of all there are. */
let made = 0;

/** One binding: its recipe, its scope of the moment, and the one proxy that everybody holds. */
export class ScopedService {
  readonly name: string;
  readonly target: Target;
  /** The scope of the binding; a test may have put another in its place. */
  readonly scope: Scope;
  /** With what the proxy was made. */
  readonly proxyOptions: ShownBy;
  readonly dependent: Dependent;
  /** Higher for what was made later; 0 as long as nothing has been. */
  madeAt = 0;
  readonly #recipe: Recipe;
  readonly #kind: Kind;
  /** The binding says of what class its instances are. */
  readonly #isTold: boolean;
  readonly #outside: Runner;
  /** The binding's own source, and what tests have put in its place, the latest last. */
  #source: Source;
  #swapped: readonly Source[] = NONE;
  #refused: WeakSet<object> | undefined;
  #isClosed = false;
  /** What was here before. */
  #former: StillLeased<Source> | undefined;

  /**
   * @param shape - the class that the binding tells, if the scope's options name none
   * @throws ScopeError `NOT_PROXYABLE`, `INVALID_OPTION`
   */
  constructor(name: string, scope: Scope, recipe: Recipe, shape: Class | undefined) {
    this.name = name;
    this.scope = scope;
    this.#recipe = recipe;
    this.dependent = recipe.dependent ?? new Dependent();
    const told = shownBy(scope.options ?? {});
    const shown = told ?? shape;
    this.#kind = kindOf(shown);
    this.#isTold = told !== undefined;
    this.#outside = captureOutsideContexts(name);
    this.proxyOptions = { ...scope.options, shape: shown };
    this.target = makeProxy(name, this.proxyOptions);
    this.target.dependent = this.dependent;
    this.target.valueSlot = (scope as Partial<ContextValueScope>).valueSlot;
    this.#source = this.open(scope);
    this.target.attach(this.#source);
  }

  get proxy(): object {
    return this.target.proxy;
  }

  /**
   * Opens a source of this service's instances under any scope.
   *
   * @param outside - where factories and hooks run: by default in the async context in which the service was bound
   */
  open(scope: Scope, outside: Runner = this.#outside): Source {
    const { name, dependent } = this;
    // Under another scope than its own a binding's instances still end as it says.
    const byDefault = scope.options?.destroy ?? this.scope.options?.destroy ?? disposeOf;
    const endsRefused =
      (dispose: Dispose): Refused =>
      (instance) =>
        this.#endRefused(instance, dispose, outside);
    const refused = endsRefused(byDefault);
    const service: Service = {
      name,
      create: (n = 0, options, dispose = byDefault) => {
        const refusedBy = dispose === byDefault ? refused : endsRefused(dispose);
        const made = this.#recipe.create(n, options, refusedBy);
        if (!isThenable(made)) return this.#accept(made, refusedBy, dispose);
        refuseQuery(name, made);
        return this.#acceptLater(made, refusedBy, dispose);
      },
      destroy: (instance, dispose = byDefault) => this.#destroy(instance, dispose),
      outside,
      howToWait: (member) => howToWait(this.proxyOptions, member),
      dependent,
      publish: (source, instance) => this.target.publish(source, instance),
    };
    const source = scope.open(service);
    const missing = METHODS.find((method) => typeof source?.[method] !== "function");
    if (missing === undefined) return this.#inTransactions(source, scope.options?.transactions);
    throw new ScopeError(
      "INVALID_OPTION",
      `${name}: open() of scope "${scope.name}" returned no Source: it has no method ${missing}.`,
      { service: name },
    );
  }

  /**
   * Another source takes the place of the present one, until it is put back. Swaps may be undone in any order: what was
   * swapped in last, of those that are left, is what the proxy means.
   *
   * @returns undoes it, and ends what was swapped in
   */
  swap(given: Source): () => void | Promise<void> {
    const { target } = this;
    const source = this.#inTransactions(given);
    this.#swapped = [...this.#swapped, source];
    target.attach(source);
    return () => {
      // The binding is gone, and closed them all.
      if (!this.#swapped.includes(source)) return;
      this.#swapped = this.#swapped.filter((other) => other !== source);
      target.attach(this.#swapped.at(-1) ?? this.#source);
      this.#wasHere(source);
      return source.close();
    };
  }

  /** What stands in the place of the binding's own instances has their transactions, too. */
  #inTransactions(source: Source, driver = this.scope.options?.transactions): Source {
    return withTransactions(this.name, source, driver);
  }

  /** How many sources stand in the place of the binding's own. */
  get swaps(): number {
    return this.#swapped.length;
  }

  /** Another source takes the place of the binding's own, for good. */
  protected replace(given: Source): void {
    const before = this.#source;
    const source = this.#inTransactions(given);
    this.#source = source;
    this.target.attach(source);
    endReplaced(this.name, "replaced", () => before.close());
  }

  /** Leases that are out, be it of what was swapped away or of a binding that is gone. */
  leases(): readonly HolderInfo[] {
    if (this.#swapped === NONE && this.#former === undefined) return this.#source.leases?.() ?? NONE;
    return this.sources().flatMap((source) => source.leases?.() ?? []);
  }

  /** The binding's own source, also when it is gone; what tests have put in its place; what was there before, while it is leased. */
  sources(): Source[] {
    return [this.#source, ...this.#swapped, ...(this.#former?.all() ?? NONE)];
  }

  /** @throws ScopeError `NOT_PROXYABLE` */
  refuseUnproxyable(instance: unknown, what: string): void {
    assertProxyable(this.name, instance, this.#kind, what);
    if (targetOf(instance) === undefined) refuseDead(this.name, instance as object, what);
  }

  /** The binding is gone: what its proxy is asked from now on is answered with `UNBOUND`. */
  close(drainMs?: number): void | Promise<void> {
    this.#isClosed = true;
    this.dependent.isGone = true;
    this.target.attach(closedSource(this.name, this.#source));
    const swappedIn = this.#swapped;
    this.#swapped = NONE;
    for (const swapped of swappedIn) {
      endReplaced(this.name, "unbound", () => swapped.close());
      this.#wasHere(swapped);
    }
    return this.#source.close(drainMs);
  }

  #wasHere(source: Source): void {
    (this.#former ??= new StillLeased()).add(source);
  }

  /** Another binding took the place of the one that is gone, by `rebind`: the proxy means that from now on. */
  follow(successor: (gone: Source) => Source): void {
    this.target.attach(successor(this.target.source));
  }

  /** The binding is back, by `restore()`. */
  reopen(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#wasHere(this.#source);
    this.dependent.isBack();
    this.madeAt = 0;
    this.target.attach((this.#source = this.open(this.scope)));
  }

  async #acceptLater(made: PromiseLike<unknown>, refused: Refused, end: Dispose): Promise<object> {
    return this.#accept(await made, refused, end);
  }

  #accept(instance: unknown, refused: Refused, end: Dispose): object {
    try {
      assertKind(this.name, instance, this.#kind);
      this.learn(instance);
      if (this.madeAt === 0) this.#acceptFirst(instance, end);
      return instance;
    } catch (error) {
      refused(instance);
      throw error;
    }
  }

  /** What a binding gets wrong is wrong of all that it makes. */
  #acceptFirst(instance: object, end: Dispose): void {
    if (targetOf(instance) === undefined) {
      refuseContradiction(this, instance, this.#isTold);
      if (end === disposeOf) warnIfEndless(this.name, instance, () => this.#recipe.deactivates?.() === true);
    }
    this.madeAt = ++made;
  }

  /** What was made has an end, though nobody gets it; but what another service's proxy stands for is that service's. */
  #endRefused(instance: unknown, dispose: Dispose, outside: Runner): void {
    if (!isObject(instance) || targetOf(instance) !== undefined || this.#refused?.has(instance)) return;
    // A factory may give the same one again.
    (this.#refused ??= new WeakSet()).add(instance);
    endReplaced(this.name, "refused", () => outside(() => this.#destroy(instance, dispose)));
  }

  /** Looks at what the proxy is to stand for. To look at another service's proxy would be to touch that service. */
  learn(instance: object): void {
    if (targetOf(instance) === undefined) this.target.learner?.learn(instance);
    else refuseCircleOfFactories(this.target, instance);
  }

  #destroy(instance: object, end: Dispose): void | Promise<void> {
    let deactivated: void | Promise<void>;
    try {
      deactivated = this.#recipe.deactivate?.(instance);
    } catch (error) {
      return endAfterFailure(error, instance, end);
    }
    if (deactivated !== undefined) return endAfter(deactivated, instance, end);
    const ended = end(instance);
    return isThenable(ended) ? after(ended) : undefined;
  }
}

// Of their own, since V8 makes room for closures at the beginning of a function, whether they are made or not.
function endAfterFailure(error: unknown, instance: object, end: Dispose): void | Promise<void> {
  const fail = (): void => {
    throw error;
  };
  return runAllInOrder([fail, () => end(instance)]);
}

function endAfter(before: Promise<void>, instance: object, end: Dispose): void | Promise<void> {
  return runAllInOrder([() => before, () => end(instance)]);
}

function after(ended: PromiseLike<unknown>): void | Promise<void> {
  return runAllInOrder([() => ended]);
}

function disposeOf(instance: object): void | Promise<void> {
  // What another service's proxy stands for is ended by that service.
  if (targetOf(instance) !== undefined) return undefined;
  const disposable = instance as Partial<AsyncDisposable & Disposable>;
  const asyncDispose = disposable[Symbol.asyncDispose];
  if (typeof asyncDispose === "function") return Reflect.apply(asyncDispose, instance, []) as Promise<void>;
  const dispose = disposable[Symbol.dispose];
  if (typeof dispose === "function") Reflect.apply(dispose, instance, []);
  return undefined;
}
