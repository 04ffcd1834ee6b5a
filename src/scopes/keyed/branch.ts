import type { HolderInfo } from "../../base/errors.js";
import type { Context } from "../../context/context.js";
import type { Dependent } from "../../context/dependents.js";
import type { Entry } from "../../context/entry.js";
import { current } from "../../context/run.js";
import { newSlot } from "../../context/slot.js";
import type { Lease, LeaseOptions, Source } from "../../proxy/source.js";
import { HeldLease } from "../held-lease.js";
import { bindingPoolOf } from "../pooled/pool-of.js";
import { holdsMore, type JointHolder } from "../pooled/deadlock.js";
import { LeaseUse } from "../pooled/draining.js";
import { mayOutlive } from "../pooled/returned.js";
import type { Service } from "../scope.js";
import type { LimitedSource } from "./limited-source.js";

/** One key of a keyed scope: the source of its instances, and who uses them. */
export class Branch {
  /** When it was last touched, or seen in use. */
  usedAt: number;
  readonly source: Source;
  readonly service: Service;
  readonly slot = newSlot();
  /** Open contexts that have touched it. */
  readonly #uses = new Set<Use>();
  /** Explicit leases. */
  #leases = 0;
  /** Told when the key becomes unused. */
  readonly #limited: LimitedSource | undefined;
  readonly #pool;
  /** Calls that have not settled, streams and iterators, also after the end of their context. */
  #calls: LeaseUse | undefined;

  constructor(service: Service, source: Source, now: number, limited: LimitedSource | undefined) {
    this.usedAt = now;
    this.service = service;
    this.source = source;
    this.#limited = limited;
    this.#pool = bindingPoolOf(source);
    if (this.#pool === undefined) source.returned ??= (result, member) => this.#returned(result, member);
  }

  /** Notes a touch. The current context becomes a user. */
  touched(): this {
    if (this.#pool !== undefined) return this;
    const context = current();
    if (context?.state === "active" && context.entry(this.slot) === undefined) this.#touchedBy(context);
    return this;
  }

  get isInUse(): boolean {
    if (this.#pool !== undefined) return this.#pool.isInUse;
    if (this.#uses.size > 0 || this.#leases > 0 || this.#calls?.isOver === false || this.#limited?.isWaitedFor === true)
      return true;
    return (this.source.leases?.() ?? []).length > 0;
  }

  /** A lease that uses the branch until it is over. A pool itself knows who uses its instances. */
  async lease(options: LeaseOptions): Promise<Lease<object>> {
    if (this.#pool !== undefined) return this.source.lease(options);
    this.#leases++;
    const ended = (): void => {
      this.#leases--;
      this.seeWhetherIdle();
    };
    try {
      const inner = await this.source.lease(options);
      const back = (): Promise<void> => {
        ended();
        return inner.release();
      };
      return new HeldLease(this.service.name, inner.value, back, () => void inner.value);
    } catch (error) {
      ended();
      throw error;
    }
  }

  #touchedBy(context: Context): void {
    const use = new Use(this, context, this.usedAt);
    this.#uses.add(use);
    use.begin();
    if (this.#limited !== undefined) holdsMore(context);
  }

  useEnded(use: Use): void {
    this.#uses.delete(use);
    this.seeWhetherIdle();
  }

  tookSlot(): void {
    for (const { context } of this.#uses) holdsMore(context);
  }

  blocker(): JointHolder | undefined {
    const contexts = Array.from(this.#uses, ({ context }) => context);
    return contexts.length === 0 ? undefined : { name: this.service.name, contexts };
  }

  holders(now: number): readonly HolderInfo[] {
    return Array.from(this.#uses, ({ name, since }) => ({ holder: name, heldMs: now - since }));
  }

  seeWhetherIdle(): void {
    if (this.#limited !== undefined && !this.isInUse) this.#limited.becameIdle();
  }

  #returned(result: object, member: PropertyKey): unknown {
    if (!mayOutlive(result)) return result;
    if (this.#calls === undefined) {
      this.#calls = new LeaseUse();
      this.#calls.onOver = () => this.seeWhetherIdle();
    }
    return this.#calls.returned(result, member);
  }
}

/** The use by a context: after one touch, it may touch again until it ends. */
class Use implements Entry {
  readonly source: Branch;
  readonly service: string;
  readonly dependent: Dependent | undefined;
  above: Entry | undefined = undefined;
  below: Entry | undefined = undefined;
  readonly context: Context;
  readonly since: number;

  constructor(branch: Branch, context: Context, since: number) {
    this.since = since;
    this.source = branch;
    this.service = branch.service.name;
    this.dependent = branch.service.dependent;
    this.context = context;
  }

  get name(): string {
    return this.context.name;
  }

  begin(): void {
    this.context.fill(this.source.slot, undefined, this);
    this.context.hold(this);
  }

  end(): void {
    this.context.clear(this.source.slot);
    this.source.useEnded(this);
  }
}
