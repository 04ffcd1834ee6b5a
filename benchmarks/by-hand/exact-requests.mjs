/**
 * The same request with the guarantees: those of {@link Exactly}, and of a context of HTTP. It has a name and a signal that aborts
 * when the client leaves, it ends when the response has closed, and the listeners of its request and its response run in it.
 */
import { AsyncResource } from "node:async_hooks";
import { Exactly } from "./exact.mjs";
import { Db, User } from "./requests.mjs";

const exactly = new Exactly(User, Db);

class Exchange {
  name;
  #isFinished = false;
  #reason = undefined;
  #controller = undefined;

  constructor(request) {
    const { method, url } = request;
    const query = url.indexOf("?");
    this.name = `${method} ${query < 0 ? url : url.slice(0, query)}`;
  }

  /** Made when somebody asks. */
  get signal() {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  handle(request, response, next) {
    const frame = new AsyncResource("request", { requireManualDestroy: true });
    tie(request, frame, this);
    return new Promise((resolve) => {
      tie(response, frame, this, (event) => {
        if (event === "finish") this.#isFinished = true;
        else if (event === "close") {
          if (request.aborted || !this.#isFinished) this.#left();
          resolve();
        }
      });
      next();
    });
  }

  #left() {
    this.#reason = new Error(`${this.name}: the client left`);
    this.#controller?.abort(this.#reason);
  }
}

/** The exchange is on the function, so that a second middleware would find it. */
function tie(emitter, frame, exchange, emitted) {
  const { emit } = emitter;
  const tied = function (event, ...args) {
    try {
      return frame.runInAsyncScope(emit, this, event, ...args);
    } finally {
      emitted?.(event);
    }
  };
  tied.exchange = exchange;
  emitter.emit = tied;
}

export function beginExactly(request, response, next) {
  void exactly.request(() => new Exchange(request).handle(request, response, next));
}

export async function answerExactly(name) {
  exactly.currentUser().name = name;
  return `${exactly.currentUser().name}: ${await exactly.db.query()}`;
}
