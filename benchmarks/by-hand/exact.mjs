/**
 * Requests by hand with the guarantees of a context, for just one service of a request and one from a pool: an ended
 * request is not served, what was taken last ends first, every disposer runs and is awaited, their errors are kept beside
 * the body's, a cycle of factories is found, a connection's lease knows its holder and is given back once.
 */
import { AsyncLocalStorage } from "node:async_hooks";

class Request {
  state = "active";
  startedAt = Date.now();
  user = undefined;
  db = undefined;
  held = undefined;
}

/** A service that is made at first use. */
class Held {
  below = undefined;

  constructor(instance) {
    this.instance = instance;
  }

  end() {
    const { instance } = this;
    this.instance = undefined;
    if (typeof instance[Symbol.asyncDispose] === "function") return instance[Symbol.asyncDispose]();
    if (typeof instance[Symbol.dispose] === "function") instance[Symbol.dispose]();
    return undefined;
  }
}

/** A connection that is lent. */
class Lease {
  below = undefined;
  since = Date.now();

  constructor(pool, slot, holder) {
    this.pool = pool;
    this.slot = slot;
    slot.holder = holder;
    slot.uses++;
  }

  end() {
    const { slot } = this;
    if (slot === undefined) return;
    this.slot = undefined;
    slot.holder = undefined;
    this.pool.usedMs += Date.now() - this.since;
    this.pool.idle.push(slot);
  }
}

export class Exactly {
  #storage = new AsyncLocalStorage();
  #User;
  #pool = { idle: [], usedMs: 0 };
  #making = undefined;

  constructor(User, Db) {
    this.#User = User;
    for (let n = 0; n < 8; n++) this.#pool.idle.push({ instance: new Db(), holder: undefined, uses: 0 });
  }

  async request(body) {
    const request = new Request();
    return this.#storage.run(request, async () => {
      let result;
      try {
        result = await body();
      } catch (error) {
        return this.#fail(request, error);
      }
      const ending = this.#end(request, request.held);
      const errors = ending instanceof Promise ? await ending : ending;
      if (errors !== undefined) throw errorOf(errors);
      return result;
    });
  }

  /** A promise too: a disposer may be asynchronous. */
  requestSync(body) {
    const request = new Request();
    return this.#storage.run(request, () => {
      let result;
      try {
        result = body();
      } catch (error) {
        return this.#fail(request, error);
      }
      const ending = this.#end(request, request.held);
      if (ending === undefined) return Promise.resolve(result);
      return Promise.resolve(ending).then((errors) => {
        if (errors !== undefined) throw errorOf(errors);
        return result;
      });
    });
  }

  async #fail(request, error) {
    const errors = await this.#end(request, request.held);
    if (errors !== undefined) error.suppressed = errors;
    throw error;
  }

  /** Synchronous as long as the disposers are. */
  #end(request, last, errors) {
    request.state = "ending";
    for (let held = last; held !== undefined; held = held.below) {
      try {
        const ending = held.end();
        if (ending !== undefined) return this.#endAfter(ending, request, held.below, errors);
      } catch (error) {
        (errors ??= []).push(error);
      }
    }
    request.state = "ended";
    request.user = request.db = request.held = undefined;
    return errors;
  }

  async #endAfter(ending, request, below, before) {
    let errors = before;
    try {
      await ending;
    } catch (error) {
      (errors ??= []).push(error);
    }
    return this.#end(request, below, errors);
  }

  get user() {
    const request = this.#storage.getStore();
    return request?.user ?? this.#makeUser(request);
  }

  get db() {
    const request = this.#storage.getStore();
    return request?.db ?? this.#takeDb(request);
  }

  #makeUser(request) {
    this.#assertOpen(request);
    if (this.#making === request) throw new Error("a cycle");
    const outer = this.#making;
    this.#making = request;
    try {
      const held = new Held(new this.#User());
      this.#hold(request, held);
      return (request.user = held.instance);
    } finally {
      this.#making = outer;
    }
  }

  #takeDb(request) {
    this.#assertOpen(request);
    const slot = this.#pool.idle.pop();
    if (slot === undefined) throw new Error("exhausted");
    this.#hold(request, new Lease(this.#pool, slot, request));
    return (request.db = slot.instance);
  }

  #hold(request, held) {
    held.below = request.held;
    request.held = held;
  }

  #assertOpen(request) {
    if (request === undefined) throw new Error("no request");
    if (request.state !== "active") throw new Error(`the request of ${request.startedAt} is ${request.state}`);
  }
}

function errorOf(errors) {
  return errors.length === 1 ? errors[0] : new AggregateError(errors);
}
