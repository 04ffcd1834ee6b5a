/**
 * Many services of a request by hand, each behind an object that may be injected anywhere, with the guarantees of a context that
 * the first use of one needs: an ended request is not served, a cycle of factories is found, it is known what ends and in which
 * order.
 */
import { AsyncLocalStorage } from "node:async_hooks";

class Request {
  state = "active";
  made = [];
  held = undefined;
}

class Held {
  below = undefined;
  instance = undefined;
}

export class ManyServices {
  /** In the place of the services; each has a class of its own, as one would write it, with the first method of the service. */
  services;
  #storage = new AsyncLocalStorage();
  #classes;

  constructor(classes) {
    this.#classes = classes;
    this.services = classes.map((one, i) => new (facadeOf(one, i))(this));
  }

  run(fn) {
    const request = new Request();
    return this.#storage.run(request, async () => {
      try {
        return await fn();
      } finally {
        request.state = "ended";
        request.made = [];
      }
    });
  }

  current(i) {
    const request = this.#storage.getStore();
    return request?.made[i]?.instance ?? this.#make(request, i);
  }

  #make(request, i) {
    if (request === undefined) throw new Error("no request");
    if (request.state !== "active") throw new Error(`the request is ${request.state}`);
    if (request.made[i] !== undefined) throw new Error("a cycle");
    const held = new Held();
    request.made[i] = held;
    try {
      held.instance = new this.#classes[i]();
    } catch (error) {
      request.made[i] = undefined;
      throw error;
    }
    held.below = request.held;
    request.held = held;
    return held.instance;
  }
}

function facadeOf({ name }, i) {
  return new Function(`return class ${name}OfRequest {
    #services;
    constructor(services) { this.#services = services; }
    m0(x) { return this.#services.current(${i}).m0(x); }
  }`)();
}
