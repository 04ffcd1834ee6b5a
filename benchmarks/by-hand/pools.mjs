/** Pools as one writes them when nothing more is needed: what ours is compared with. */

/** Instances on an array, for those who take and return in one go. */
export class Stack {
  #idle = [];

  constructor(create, size) {
    for (let n = 0; n < size; n++) this.#idle.push(create(n));
  }

  take() {
    return this.#idle.pop();
  }

  give(instance) {
    this.#idle.push(instance);
  }
}

/** The same with a lease for each who takes one: what is released late or twice frees nothing, and uses are counted. */
export class LeaseStack {
  #idle = [];

  constructor(create, size) {
    for (let n = 0; n < size; n++) this.#idle.push({ instance: create(n), uses: 0 });
  }

  take() {
    const slot = this.#idle.pop();
    if (slot === undefined) return undefined;
    slot.uses++;
    return new StackLease(this, slot);
  }

  /** @internal */
  giveBack(slot) {
    this.#idle.push(slot);
  }
}

class StackLease {
  #pool;
  #slot;

  constructor(pool, slot) {
    this.#pool = pool;
    this.#slot = slot;
  }

  get value() {
    if (this.#slot === undefined) throw new Error("the lease is over");
    return this.#slot.instance;
  }

  release() {
    const slot = this.#slot;
    if (slot === undefined) return;
    this.#slot = undefined;
    this.#pool.giveBack(slot);
  }
}

/** The least that can be called a pool: makes on demand, queues when all are out. */
export class ArrayPool {
  #idle = [];
  #waiters = [];
  #size = 0;
  #create;
  #max;

  constructor(create, max) {
    this.#create = create;
    this.#max = max;
  }

  /** For those who will not wait. */
  take() {
    const instance = this.#idle.pop();
    if (instance !== undefined) return instance;
    return this.#size < this.#max ? this.#create(this.#size++) : undefined;
  }

  acquire() {
    const instance = this.take();
    if (instance !== undefined) return Promise.resolve(instance);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  release(instance) {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#idle.push(instance);
    else waiter(instance);
  }
}

/** The same with waiters on a linked list, so that thousands of them do no harm; no time-outs. */
export class LinkedPool {
  #idle = [];
  #first = undefined;
  #last = undefined;
  #size = 0;
  #create;
  #max;

  constructor(create, max) {
    this.#create = create;
    this.#max = max;
  }

  acquire() {
    const instance = this.#idle.pop();
    if (instance !== undefined) return Promise.resolve(instance);
    if (this.#size < this.#max) return Promise.resolve(this.#create(this.#size++));
    return new Promise((resolve) => {
      const waiter = { resolve, next: undefined };
      if (this.#last === undefined) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
    });
  }

  release(instance) {
    const waiter = this.#first;
    if (waiter === undefined) {
      this.#idle.push(instance);
      return;
    }
    this.#first = waiter.next;
    if (waiter.next === undefined) this.#last = undefined;
    waiter.resolve(instance);
  }
}

/** The same with one time-out for all who wait: the first in the queue is the first to give up, so one timer is enough. */
export class TimedPool {
  #idle = [];
  #first = undefined;
  #last = undefined;
  #size = 0;
  #create;
  #max;
  #timeoutMs;
  #timer = undefined;

  constructor(create, max, timeoutMs) {
    this.#create = create;
    this.#max = max;
    this.#timeoutMs = timeoutMs;
  }

  acquire() {
    const instance = this.#idle.pop();
    if (instance !== undefined) return Promise.resolve(instance);
    if (this.#size < this.#max) return Promise.resolve(this.#create(this.#size++));
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, until: performance.now() + this.#timeoutMs, next: undefined };
      if (this.#last === undefined) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
      this.#timer ??= setTimeout(() => this.#expire(), this.#timeoutMs);
    });
  }

  release(instance) {
    const waiter = this.#shift();
    if (waiter === undefined) this.#idle.push(instance);
    else waiter.resolve(instance);
  }

  #shift() {
    const waiter = this.#first;
    if (waiter === undefined) return undefined;
    this.#first = waiter.next;
    if (waiter.next === undefined) {
      this.#last = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    return waiter;
  }

  #expire() {
    this.#timer = undefined;
    const now = performance.now();
    while (this.#first !== undefined && this.#first.until <= now) {
      this.#shift().reject(new Error("timed out"));
    }
    if (this.#first !== undefined) this.#timer = setTimeout(() => this.#expire(), this.#first.until - now);
  }
}
