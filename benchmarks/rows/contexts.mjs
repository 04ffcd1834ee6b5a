/** Contexts: beginning and ending them, and whole requests in them. */
import { AsyncLocalStorage } from "node:async_hooks";
import { inject, injectable } from "inversify";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { ManyServices } from "../by-hand/cold.mjs";
import { Exactly } from "../by-hand/exact.mjs";
import { ArrayPool } from "../by-hand/pools.mjs";
import { inTurn } from "../lib/processor.mjs";
import { makeClass } from "../lib/services.mjs";
import { keep } from "../lib/sink.mjs";
import { freshClasses } from "../lib/start.mjs";

const als = new AsyncLocalStorage();

/** What is entered and left, as one would write it in a line; `leave` is what a context is for, so it is done. */
const enterBare = (fn) => als.run({ user: undefined, db: undefined }, fn);
const enterTimed = (fn) => als.run({ startedAt: Date.now(), user: undefined, db: undefined }, fn);
async function enterAndLeave(fn) {
  const store = { user: undefined, db: undefined };
  try {
    return await als.run(store, fn);
  } finally {
    if (store.db !== undefined) keep(store);
  }
}

/** With a synchronous body. Ours returns a promise, as it must; `als.run` by itself returns the value. */
function enterSync() {
  const body = () => 1;
  return [
    {
      name: "by hand",
      run(n) {
        for (let x = 0; x < n; x++) keep(enterBare(body));
      },
    },
    {
      name: "a promise and no more",
      run(n) {
        for (let x = 0; x < n; x++) keep(Promise.resolve(enterBare(body)));
      },
    },
    {
      name: "a promise and the time",
      run(n) {
        for (let x = 0; x < n; x++) keep(Promise.resolve(enterTimed(body)));
      },
    },
    {
      name: "ours",
      run(n) {
        for (let x = 0; x < n; x++) keep(runInContext(body));
      },
    },
  ];
}

/** With an asynchronous body, awaited. By hand, leaving is noticed, as it must be to end anything. */
function enterAsync() {
  const body = async () => 1;
  return [
    {
      name: "by hand",
      async run(n) {
        for (let x = 0; x < n; x++) keep(await enterAndLeave(body));
      },
    },
    {
      name: "als.run alone",
      async run(n) {
        for (let x = 0; x < n; x++) keep(await enterBare(body));
      },
    },
    {
      name: "ours",
      async run(n) {
        for (let x = 0; x < n; x++) keep(await runInContext(body));
      },
    },
  ];
}

/** A service with a user for each request and a connection from a pool, by hand: lazy, and given back whatever happens. */
export class ByHand {
  #storage = new AsyncLocalStorage();
  #pool;
  #User;

  constructor(User, Db) {
    this.#User = User;
    this.#pool = new ArrayPool(() => new Db(), 8);
  }

  async request(body) {
    const store = { user: undefined, db: undefined };
    try {
      return await this.#storage.run(store, body);
    } finally {
      if (store.db !== undefined) this.#pool.release(store.db);
    }
  }

  requestSync(body) {
    const store = { user: undefined, db: undefined };
    try {
      return this.#storage.run(store, body);
    } finally {
      if (store.db !== undefined) this.#pool.release(store.db);
    }
  }

  get user() {
    const store = this.#storage.getStore();
    return (store.user ??= new this.#User());
  }

  get db() {
    const store = this.#storage.getStore();
    return (store.db ??= this.#pool.take());
  }
}

/** The body of a request: ten calls, and two awaits between them. Each case has a copy of its own. */
export const asyncBody = new Function(
  "s",
  `return async function () {
    let sum = s.user.add(1) + s.db.add(2) + s.user.add(3);
    await null;
    sum += s.db.add(4) + s.db.add(5) + s.user.add(6) + s.db.add(7);
    await null;
    return sum + s.user.add(8) + s.db.add(9) + s.user.add(10);
  };`,
);

export const syncBody = new Function(
  "s",
  `return function () {
    return s.user.add(1) + s.db.add(2) + s.user.add(3) + s.db.add(4) + s.db.add(5) + s.user.add(6) + s.db.add(7) +
      s.user.add(8) + s.db.add(9) + s.user.add(10);
  };`,
);

/** The two services, injected. */
export function wired() {
  const User = makeClass(1);
  const Db = makeClass(2);
  const container = new ScopedContainer();
  class Service {
    constructor(user, db) {
      this.user = user;
      this.db = db;
    }
  }
  injectable()(Service);
  inject(User)(Service, undefined, 0);
  inject(Db)(Service, undefined, 1);
  container.bind(User).toSelf().inPerAsyncContextScope();
  container.bind(Db).toSelf().inPooledScope(8);
  container.bind(Service).toSelf().inSingletonScope();
  return { User, Db, service: container.get(Service), hand: new ByHand(User, Db), exact: new Exactly(User, Db) };
}

const WITH_GUARANTEES = "by hand, with the guarantees of a context";

/** Against the same guarantees by hand. */
const toGuarantees = (round) => round.ours / round[WITH_GUARANTEES];

export function requestCases({ hand, exact, service }) {
  const handBody = asyncBody(hand);
  const exactBody = asyncBody(exact);
  const ourBody = asyncBody(service);
  return [
    {
      name: "by hand",
      async run(n) {
        for (let i = 0; i < n; i++) keep(await hand.request(handBody));
      },
    },
    {
      name: WITH_GUARANTEES,
      async run(n) {
        for (let i = 0; i < n; i++) keep(await exact.request(exactBody));
      },
    },
    {
      name: "ours",
      async run(n) {
        for (let i = 0; i < n; i++) keep(await runInContext(ourBody));
      },
    },
  ];
}

export function syncRequestCases({ hand, exact, service }) {
  const handBody = syncBody(hand);
  const exactBody = syncBody(exact);
  const ourBody = syncBody(service);
  return [
    {
      name: "by hand",
      run(n) {
        for (let i = 0; i < n; i++) keep(hand.requestSync(handBody));
      },
    },
    {
      name: WITH_GUARANTEES,
      run(n) {
        for (let i = 0; i < n; i++) keep(exact.requestSync(exactBody));
      },
    },
    {
      name: "ours",
      run(n) {
        for (let i = 0; i < n; i++) keep(runInContext(ourBody));
      },
    },
  ];
}

/** The second context that meets a service, whose class is still cold: 100 services, each touched once by it. */
async function secondTouch(rounds) {
  const COLD = 100;
  const round = () => {
    const classes = freshClasses(COLD);
    const container = new ScopedContainer();
    const proxies = classes.map((one) => {
      container.bind(one).toSelf().inPerAsyncContextScope();
      return container.get(one);
    });
    return { classes, proxies };
  };
  /** Each in a place of its own of the store. */
  const byHand = (classes) => {
    for (let i = 0; i < classes.length; i++) keep((als.getStore()[i] ??= new classes[i]()).m0(1));
  };
  const ours = (proxies) => {
    for (const proxy of proxies) keep(proxy.m0(1));
  };
  const timed = async (enter, touch) => {
    await enter(touch);
    let ns;
    await enter(() => {
      const from = performance.now();
      touch();
      ns = ((performance.now() - from) * 1e6) / COLD;
    });
    return ns;
  };
  return inTurn(rounds, {
    "by hand": () => {
      const { classes } = round();
      return timed(
        async (fn) => als.run([], fn),
        () => byHand(classes),
      );
    },
    [WITH_GUARANTEES]: () => {
      const many = new ManyServices(round().classes);
      return timed(
        (fn) => many.run(fn),
        () => ours(many.services),
      );
    },
    ours: () => {
      const { proxies } = round();
      return timed(runInContext, () => ours(proxies));
    },
  });
}

/** One call at a time on a leased instance, awaited, against the chain of promises that one would write. */
function serialized() {
  const Db = makeClass(1);
  const container = new ScopedContainer();
  container.bind(Db).toSelf().inPooledScope({ maxSize: 1, concurrency: "serialize" });
  const db = container.get(Db);
  const bare = new Db();
  let last = Promise.resolve();
  const chained = (x) => {
    const turn = last.then(() => bare.query(x));
    last = turn.catch(() => {});
    return turn;
  };
  const calls = new AsyncLocalStorage();
  const reentrant = (x) => {
    if (calls.getStore()?.isOver === false) return bare.query(x);
    const call = { isOver: false };
    const over = () => void (call.isOver = true);
    const turn = last.then(() => calls.run(call, () => bare.query(x)));
    last = turn.then(over, over);
    return turn;
  };
  return [
    {
      name: "by hand",
      async run(n) {
        for (let x = 0; x < n; x++) keep(await chained(x));
      },
    },
    {
      name: "by hand, with calls inside calls",
      async run(n) {
        for (let x = 0; x < n; x++) keep(await reentrant(x));
      },
    },
    {
      name: "ours",
      run: (n) =>
        runInContext(async () => {
          for (let x = 0; x < n; x++) keep(await db.query(x));
        }),
    },
  ];
}

export const rows = [
  { id: "enter", what: "enter and leave a context, synchronous body", max: 1.2, cases: enterSync },
  { id: "enter-async", what: "enter and leave a context, awaited", max: 1.2, cases: enterAsync },
  { id: "request", what: "whole asynchronous request", max: 1.15, cases: () => requestCases(wired()) },
  {
    id: "request-sync",
    what: "whole synchronous request",
    max: 1.4,
    maxFrom24: 1.15,
    cases: () => syncRequestCases(wired()),
  },
  {
    id: "request-guarantees",
    what: "whole asynchronous request, against by hand with the guarantees of a context",
    max: 1,
    ratio: toGuarantees,
    cases: () => requestCases(wired()),
  },
  {
    id: "request-sync-guarantees",
    what: "whole synchronous request, against by hand with the guarantees of a context",
    max: 1.2,
    ratio: toGuarantees,
    cases: () => syncRequestCases(wired()),
  },
  {
    id: "second-touch",
    what: "the second context's first touch of a per-async-context service, cold class",
    max: 2,
    measure: ({ rounds }) => secondTouch(Math.ceil(rounds / 3)),
  },
  {
    id: "serialize",
    what: 'a call under `concurrency: "serialize"`, awaited, against a chain of promises',
    max: 1.5,
    cases: serialized,
  },
];
