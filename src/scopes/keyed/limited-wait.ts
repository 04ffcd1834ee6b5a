import type { Context } from "../../context/context.js";
import type { Pending } from "../../context/entry.js";
import type { HolderInfo } from "../../base/errors.js";
import type { Wait } from "../../pool/holder.js";
import { nextInLine } from "../../pool/wait-queue.js";
import { type ContextWaiter, waitBegan, waitEnded } from "../pooled/deadlock.js";

/** What the waits are for: the shared instance of a key. */
export interface Limited {
  /** The service of the key. */
  readonly label: string;
  readonly ofAllKeys: string;
  readonly remedy: string;
  blockers(): ReturnType<Wait["pool"]["blockers"]>;
  holders(): readonly HolderInfo[];
  /** Waits no longer. */
  leave(wait: LimitedWait): void;
}

/** Waits for the instance of a key, of which there are as many as there may be. */
export class LimitedWait {
  readonly order = nextInLine();
  readonly promise: Promise<object>;
  #resolve!: (instance: object | Promise<object>) => void;
  #reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(instance: object | Promise<object>): void {
    this.#resolve(instance);
  }

  reject(reason: unknown): void {
    this.#reject(reason);
  }
}

/** The wait of a context: it is over when the context ends or is aborted, and if it would last for ever. */
export class ContextWait extends LimitedWait implements Wait, Pending, ContextWaiter {
  readonly name: string;
  readonly context: Context;
  readonly pool: Limited;

  constructor(context: Context, pool: Limited) {
    super();
    this.name = context.name;
    this.context = context;
    this.pool = pool;
  }

  /** It is in the queue. */
  begin(): void {
    this.context.addPending(this);
    waitBegan(this.context, this);
  }

  get holder(): this {
    return this;
  }

  get service(): string {
    return this.pool.ofAllKeys;
  }

  holders(): readonly HolderInfo[] {
    return this.pool.holders();
  }

  cancel(reason: unknown): void {
    this.reject(reason);
  }

  override resolve(instance: object | Promise<object>): void {
    this.#over();
    super.resolve(instance);
  }

  override reject(reason: unknown): void {
    this.pool.leave(this);
    this.#over();
    super.reject(reason);
  }

  #over(): void {
    this.context.removePending(this);
    waitEnded(this.context, this);
  }
}
