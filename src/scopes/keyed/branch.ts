import type { Context } from "../../context/context.js";
import type { Dependent } from "../../context/dependents.js";
import type { Entry } from "../../context/entry.js";
import { current } from "../../context/run.js";
import { newSlot } from "../../context/slot.js";
import type { Source } from "../../proxy/source.js";
import { bindingPoolOf } from "../pooled/pool-of.js";
import { LeaseUse } from "../pooled/draining.js";
import { mayOutlive } from "../pooled/returned.js";
import type { Service } from "../scope.js";

/** What a keyed scope has for one key: the source of its instances, and who uses them. */
export class Branch {
  /** When it was touched last, or seen in use. */
  usedAt: number;
  readonly source: Source;
  readonly service: Service;
  readonly slot = newSlot();
  /** Open contexts that have touched it, and explicit leases. */
  users = 0;
  readonly #pool;
  /** Calls that have not settled, streams and iterators, also where they outlive their context. */
  #calls: LeaseUse | undefined;

  constructor(service: Service, source: Source, now: number) {
    this.usedAt = now;
    this.service = service;
    this.source = source;
    this.#pool = bindingPoolOf(source);
    if (this.#pool === undefined) source.returned ??= (result, member) => this.#returned(result, member);
  }

  /** Whether there is a pool, which knows itself who uses its instances. */
  get isPooled(): boolean {
    return this.#pool !== undefined;
  }

  /** Whoever touches it. */
  touched(now: number): void {
    this.usedAt = now;
    if (this.#pool !== undefined) return;
    const context = current();
    if (context?.state === "active" && context.entry(this.slot) === undefined) new Use(this, context).begin();
  }

  get isInUse(): boolean {
    if (this.#pool !== undefined) return this.#pool.isInUse;
    return this.users > 0 || this.#calls?.isOver === false || (this.source.leases?.() ?? []).length > 0;
  }

  #returned(result: object, member: PropertyKey): unknown {
    if (!mayOutlive(result)) return result;
    return (this.#calls ??= new LeaseUse()).returned(result, member);
  }
}

/** A context that has touched an instance may do so again until it ends. */
class Use implements Entry {
  readonly source: Branch;
  readonly service: string;
  readonly dependent: Dependent | undefined;
  above: Entry | undefined = undefined;
  below: Entry | undefined = undefined;
  readonly #context: Context;

  constructor(branch: Branch, context: Context) {
    this.source = branch;
    this.service = branch.service.name;
    this.dependent = branch.service.dependent;
    this.#context = context;
  }

  begin(): void {
    this.source.users++;
    this.#context.fill(this.source.slot, undefined, this);
    this.#context.hold(this);
  }

  end(): void {
    this.#context.clear(this.source.slot);
    this.source.users--;
  }
}
