/**
 * Requests by hand with the guarantees of a context (DESIGN §3, docs/contexts.md), for just two services: one of a request and
 * one from a pool. What the guarantees need is there, and no more:
 *
 * - an ended request is not served, also to who kept `user` or `db`: both are objects that look up the current request at each call;
 * - what was taken last ends first, but a user, which may hold the connection, before the connection; every disposer runs and is
 *   awaited, and their errors are kept beside the body's;
 * - a cycle of factories is found;
 * - a connection's lease knows its holder and is given back once, and only when no promise that a call returned is pending;
 * - the open requests are known, for a shutdown that waits for them and names those that are left.
 */
import { AsyncLocalStorage } from "node:async_hooks";

let requests = 0;

class Request {
  id = ++requests;
  startedAt = Date.now();
  state = "active";
  outcome = undefined;
  user = undefined;
  db = undefined;
  /** What it holds, the next to end first. */
  held = undefined;
  older;
  newer;

  /** @param open - stands before the oldest and after the newest of the open requests */
  constructor(open) {
    this.older = open.older;
    this.newer = open;
    open.older.newer = this;
    open.older = this;
  }

  close() {
    this.state = "ended";
    this.user = this.db = this.held = undefined;
    this.older.newer = this.newer;
    this.newer.older = this.older;
  }
}

/** A service that is made at first use. */
class Held {
  below = undefined;
  mayHoldDb = true;

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
  mayHoldDb = false;
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
    this.pool.usedMs += Date.now() - this.since;
    slot.isLent = false;
    if (slot.running === 0) giveBack(this.pool, slot);
  }
}

/** Its last holder is named until then. */
function giveBack(pool, slot) {
  slot.holder = undefined;
  slot.isLent = true;
  pool.idle.push(slot);
}

/** The user of the current request. */
class UserOfRequest {
  #exactly;

  constructor(exactly) {
    this.#exactly = exactly;
  }

  add(x) {
    return this.#exactly.currentUser().add(x);
  }

  find(id) {
    return this.#exactly.currentUser().find(id);
  }
}

/** The connection of the current request. */
class DbOfRequest {
  #exactly;

  constructor(exactly) {
    this.#exactly = exactly;
  }

  add(x) {
    return this.#exactly.currentDb().instance.add(x);
  }

  query(x) {
    return this.#exactly.follow(this.#exactly.currentDb(), (db) => db.query(x));
  }
}

export class Exactly {
  user = new UserOfRequest(this);
  db = new DbOfRequest(this);
  #storage = new AsyncLocalStorage();
  #User;
  #pool = { idle: [], usedMs: 0 };
  #making = undefined;
  #open = {};

  constructor(User, Db) {
    this.#User = User;
    for (let n = 0; n < 8; n++) {
      this.#pool.idle.push({ instance: new Db(), holder: undefined, uses: 0, isLent: true, running: 0 });
    }
    this.#open.older = this.#open.newer = this.#open;
  }

  /** The names of the requests that are open, for a shutdown. */
  get openRequests() {
    const names = [];
    for (let link = this.#open.newer; link !== this.#open; link = link.newer) names.push(`request ${link.id}`);
    return names;
  }

  request(body) {
    const request = new Request(this.#open);
    return this.#storage.run(request, () => this.#run(request, body));
  }

  async #run(request, body) {
    let result;
    try {
      result = await body();
    } catch (error) {
      return this.#fail(request, error);
    }
    request.outcome = "completed";
    const ending = this.#end(request, request.held);
    const errors = ending instanceof Promise ? await ending : ending;
    if (errors !== undefined) throw errorOf(errors);
    return result;
  }

  /** A promise too: a disposer may be asynchronous. */
  requestSync(body) {
    const request = new Request(this.#open);
    return this.#storage.run(request, () => {
      let result;
      try {
        result = body();
      } catch (error) {
        return this.#fail(request, error);
      }
      request.outcome = "completed";
      const ending = this.#end(request, request.held);
      if (ending === undefined) return Promise.resolve(result);
      return Promise.resolve(ending).then((errors) => {
        if (errors !== undefined) throw errorOf(errors);
        return result;
      });
    });
  }

  async #fail(request, error) {
    request.outcome = "failed";
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
    request.close();
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

  currentUser() {
    const request = this.#storage.getStore();
    return request?.user ?? this.#makeUser(request);
  }

  /** The connection's slot. */
  currentDb() {
    const request = this.#storage.getStore();
    return request?.db ?? this.#takeDb(request);
  }

  /** A call of a connection: until its promise has settled, the connection is not lent to anybody else. */
  follow(slot, call) {
    slot.running++;
    const over = () => {
      slot.running--;
      if (slot.running === 0 && !slot.isLent) giveBack(this.#pool, slot);
    };
    const failed = (error) => {
      over();
      throw error;
    };
    return call(slot.instance).then((value) => (over(), value), failed);
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
    return (request.db = slot);
  }

  /** Puts it in front of what it may hold. */
  #hold(request, held) {
    const first = request.held;
    if (first?.mayHoldDb === true && !held.mayHoldDb) {
      held.below = first.below;
      first.below = held;
    } else {
      held.below = first;
      request.held = held;
    }
  }

  #assertOpen(request) {
    if (request === undefined) throw new Error("no request");
    if (request.state !== "active") throw new Error(`the request of ${request.startedAt} is ${request.state}`);
  }
}

function errorOf(errors) {
  return errors.length === 1 ? errors[0] : new AggregateError(errors);
}
