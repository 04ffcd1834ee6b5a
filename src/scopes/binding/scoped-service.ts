import { Dependent } from "../../context/dependents.js";
import { captureOutsideContexts, type Runner } from "../../context/outside.js";
import type { HolderInfo } from "../../base/errors.js";
import type { Class } from "../../proxy/class.js";
import { makeProxy } from "../../proxy/make.js";
import type { Source } from "../../proxy/source.js";
import type { Target } from "../../proxy/target.js";
import type { ContextValueScope } from "../context-value.js";
import { endReplaced } from "../disposal/destroy-unused.js";
import { withTransactions } from "../in-transaction/transactional-source.js";
import { type ShownBy, shownBy } from "../options.js";
import { StillLeased } from "../pooled/still-leased.js";
import type { Scope } from "../scope.js";
import { closedSource } from "./closed-source.js";
import { noSource } from "./errors.js";
import { type Factory, Instances } from "./instances.js";

/** The methods of every source. */
const METHODS = ["acquireNow", "acquire", "unavailableError", "peek", "release", "lease", "close"] as const;

const NONE: readonly never[] = [];

/** One binding: its instances, its scope, and the one proxy that everybody holds. */
export class ScopedService {
  readonly name: string;
  readonly target: Target;
  /** The scope of the binding; a test may have put another in its place. */
  readonly scope: Scope;
  /** The options with which the proxy was made. */
  readonly proxyOptions: ShownBy;
  readonly dependent: Dependent;
  readonly instances: Instances;
  readonly #outside: Runner;
  /** The binding's own source, and what tests have put in its place, the latest last. */
  #source: Source;
  #swapped: readonly Source[] = NONE;
  #isClosed = false;
  /** Sources that stood here before, as long as something of them is leased. */
  #former: StillLeased<Source> | undefined;

  /**
   * @param shape - the class that the binding tells, if the scope's options name none
   * @throws ScopeError `NOT_PROXYABLE`, `INVALID_OPTION`
   */
  constructor(name: string, scope: Scope, factory: Factory, shape: Class | undefined) {
    this.name = name;
    this.scope = scope;
    this.dependent = factory.dependent ?? new Dependent();
    const told = shownBy(scope.options ?? {});
    this.#outside = captureOutsideContexts(name);
    this.proxyOptions = { ...scope.options, shape: told ?? shape };
    this.target = makeProxy(name, this.proxyOptions);
    this.target.dependent = this.dependent;
    this.target.valueSlot = (scope as Partial<ContextValueScope>).valueSlot;
    this.instances = new Instances(this.target, this.proxyOptions, factory, told !== undefined);
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
    // Under another scope than its own, a binding's instances still end as it says.
    const destroy = scope.options?.destroy ?? this.scope.options?.destroy;
    const source = scope.open(this.instances.service(destroy, outside));
    const missing = METHODS.find((method) => typeof source?.[method] !== "function");
    if (missing !== undefined) throw noSource(this.name, scope.name, missing);
    return this.#inTransactions(source, scope.options?.transactions);
  }

  /**
   * Another source takes the place of the present one, until it is put back. Swaps may be undone in any order: the proxy means
   * the latest of those that are left.
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
      this.#keepWhileLeased(source);
      return source.close();
    };
  }

  /** A source that stands in the place of the binding's own has the binding's transactions, too. */
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

  /** The leases that are out, also of a source that was swapped away, and of a binding that is gone. */
  leases(): readonly HolderInfo[] {
    if (this.#swapped === NONE && this.#former === undefined) return this.#source.leases?.() ?? NONE;
    return this.sources().flatMap((source) => source.leases?.() ?? []);
  }

  /** The binding's own source, also when it is gone; what tests have put in its place; what was there before, while it is leased. */
  sources(): Source[] {
    return [this.#source, ...this.#swapped, ...(this.#former?.all() ?? NONE)];
  }

  /** The binding is gone: its proxy answers `UNBOUND` from now on. */
  close(drainMs?: number): void | Promise<void> {
    this.#isClosed = true;
    this.dependent.isGone = true;
    this.target.attach(closedSource(this, this.#source));
    const swappedIn = this.#swapped;
    this.#swapped = NONE;
    for (const swapped of swappedIn) {
      endReplaced(this.name, "unbound", () => swapped.close());
      this.#keepWhileLeased(swapped);
    }
    return this.#source.close(drainMs);
  }

  #keepWhileLeased(source: Source): void {
    (this.#former ??= new StillLeased()).add(source);
  }

  /** `rebind` put another binding in the place of the one that is gone: the proxy means that from now on. */
  follow(successor: (gone: Source) => Source): void {
    this.target.attach(successor(this.target.source));
  }

  /** `restore()` brought the binding back. */
  reopen(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#keepWhileLeased(this.#source);
    this.dependent.isBack();
    this.instances.madeAt = 0;
    this.target.attach((this.#source = this.open(this.scope)));
  }
}
