/** Calls, reads and writes through an injected proxy, against the same on what the storage holds. */
import { AsyncLocalStorage } from "node:async_hooks";
import { inject, injectable } from "inversify";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { makeClass } from "../lib/services.mjs";
import { keep } from "../lib/sink.mjs";

/** Binds so many services, injects them into a controller, and has the same by hand. */
async function setUp(count, bind) {
  const classes = Array.from({ length: count }, (_, i) => makeClass(i));
  const container = new ScopedContainer();
  classes.forEach((Class, i) => bind(container.bind(Class).toSelf(), i));
  class Controller {
    constructor(...services) {
      services.forEach((service, i) => (this[`s${i}`] = service));
    }
  }
  injectable()(Controller);
  classes.forEach((Class, i) => inject(Class)(Controller, undefined, i));
  const controller = container.bind(Controller).toSelf().inSingletonScope() && container.get(Controller);
  const als = new AsyncLocalStorage();
  return {
    classes,
    controller,
    als,
    inHand: (fn) =>
      als.run(
        classes.map((Class) => new Class()),
        fn,
      ),
  };
}

const perContext = (syntax) => syntax.inPerAsyncContextScope();
const pooled = (syntax) => syntax.inPooledScope(8);
const mixed = (syntax, i) => (i % 2 === 0 ? perContext(syntax) : pooled(syntax));

/**
 * One service; `op` is source text of a call on `S` with `x`.
 *
 * @param between more cases, made of what is set up
 */
async function one(bind, op, loop = loopOf, between = () => []) {
  const setup = await setUp(1, bind);
  const { controller, als, inHand } = setup;
  const hand = loop(op, "als.getStore()[0]")(als, controller, keep);
  const ours = loop(op, "c.s0")(als, controller, keep);
  return [
    { name: "by hand", run: (n) => inHand(() => hand(n)) },
    ...between(setup),
    { name: "ours", run: (n) => runInContext(() => ours(n)) },
  ];
}

/** By hand too, but in a list that the store holds, and only if it is there. */
const checked =
  (op) =>
  ({ classes, controller, als }) => {
    const open = () => ({ state: "active", list: [new classes[0](), undefined] });
    const loop = loopOf(op, "(als.getStore()?.list[0] ?? c.none())")(als, controller, keep);
    return [{ name: "by hand, looked up and checked", run: (n) => als.run(open(), () => loop(n)) }];
  };

/** By hand too, and told when each call is over, as one must be who gives the instance to the next one only then. */
const followed = ({ classes, controller, als }) => {
  const use = { running: 0 };
  const over = (value) => (use.running--, value);
  const failed = (error) => {
    use.running--;
    throw error;
  };
  const follow = (promise) => (use.running++, promise.then(over, failed));
  const loop = queryLoopOf(QUERY, "c.als.getStore()[0]", (call) => `c.follow(${call})`);
  const run = loop(als, { ...controller, als, follow }, keep);
  return [{ name: "by hand, told when it is over", run: (n) => als.run([new classes[0]()], () => run(n)) }];
};

/** Eight services in turn; a job is one call of the eight. */
async function eight(op) {
  const { controller, als, inHand } = await setUp(8, mixed);
  const all = (place) => Array.from({ length: 8 }, (_, i) => op.replaceAll("S", place(i))).join("; ");
  const body = (calls) =>
    new Function(
      "als",
      "c",
      "keep",
      `return function (n) { for (let x = 0; x < n; x += 8) { ${calls} } keep(c.sum); }`,
    );
  const hand = body(all((i) => `als.getStore()[${i}]`))(als, { ...controller, sum: 0 }, keep);
  const ours = body(all((i) => `c.s${i}`))(als, { ...controller, sum: 0 }, keep);
  return [
    { name: "by hand", run: (n) => inHand(() => hand(n)) },
    { name: "ours", run: (n) => runInContext(() => ours(n)) },
  ];
}

/** The loop as source text, so that each case has feedback of its own. */
function loopOf(op, place) {
  return new Function(
    "als",
    "c",
    "keep",
    `return function (n) {
      let sum = 0;
      for (let x = 0; x < n; x++) { ${op.replaceAll("c.sum", "sum").replaceAll("S", place)} }
      keep(sum);
    }`,
  );
}

/** A handler that makes four calls and awaits something after each; a job is a call with its `await`. */
function awaitingLoopOf(op, place) {
  const call = `${op.replaceAll("c.sum", "sum").replaceAll("S", place)}; await null;`;
  return new Function(
    "als",
    "c",
    "keep",
    `async function handle(x) { let sum = 0; ${call.repeat(4)} return sum; }
    return async function (n) { for (let x = 0; x < n; x += 4) keep(await handle(x)); }`,
  );
}

/** One asynchronous call after the other, each awaited. */
function queryLoopOf(op, place, around = (call) => call) {
  return new Function(
    "als",
    "c",
    "keep",
    `return async function (n) {
      let sum = 0;
      for (let x = 0; x < n; x++) sum += await ${around(op.replaceAll("S", place))};
      keep(sum);
    }`,
  );
}

const QUERY = "S.query(x & 7)";
const ADD = "c.sum += S.add(x & 7)";
const FIND = "c.sum += S.find(x).id";

/**
 * A shared service against a direct call through a box. To ask first whether it is filled costs more than to look into it:
 * a loop without a branch is one that V8 takes the box out of.
 */
async function shared(op) {
  const { classes, controller, als } = await setUp(1, (syntax) => syntax.inSharedScope());
  const box = { value: new classes[0]() };
  const lazy = { value: undefined, fill: () => (lazy.value = new classes[0]()) };
  return [
    { name: "by hand", run: loopOf(op, "als.value")(box, controller, keep) },
    { name: "by hand, filled at first use", run: loopOf(op, "(als.value ?? als.fill())")(lazy, controller, keep) },
    { name: "ours", run: loopOf(op, "c.s0")(als, controller, keep) },
  ];
}

export const rows = [
  {
    id: "call-per-context",
    what: "call, per-async-context, one service",
    max: 1.15,
    cases: () => one(perContext, ADD, loopOf, checked(ADD)),
  },
  { id: "call-leased", what: "call, leased from a pool, one service", max: 1.15, cases: () => one(pooled, ADD) },
  {
    id: "call-this",
    what: "call that may return `this`, per-async-context",
    max: 1.35,
    cases: () => one(perContext, FIND),
  },
  { id: "call-this-leased", what: "call that may return `this`, leased", max: 1.35, cases: () => one(pooled, FIND) },
  { id: "call-eight", what: "call, eight services in turn", max: 1.5, cases: () => eight(ADD) },
  { id: "call-eight-this", what: "call that may return `this`, eight services", max: 1.7, cases: () => eight(FIND) },
  {
    id: "call-await",
    what: "call with an `await` between",
    max: 1.05,
    cases: () => one(perContext, ADD, awaitingLoopOf),
  },
  {
    id: "call-leased-await",
    what: "`async` call, leased from a pool, awaited",
    max: 1.15,
    cases: () => one(pooled, QUERY, queryLoopOf, followed),
  },
  { id: "call-shared", what: "call, shared, against a box", more: 1, cases: () => shared(ADD) },
  {
    id: "call-shared-this",
    what: "call that may return `this`, shared, against a box",
    more: 1,
    cases: () => shared(FIND),
  },
  { id: "getter", what: "getter", max: 1.25, cases: () => one(perContext, "c.sum += S.size") },
  { id: "setter", what: "setter", max: 1.25, cases: () => one(perContext, "S.size = x & 7") },
  { id: "field-read", what: "field, read", max: 1.25, cases: () => one(perContext, "c.sum += S.base") },
  { id: "field-write", what: "field, written", max: 1.25, cases: () => one(perContext, "S.base = x & 7") },
];
