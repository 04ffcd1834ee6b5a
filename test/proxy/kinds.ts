import { EventEmitter } from "node:events";
import { Transform } from "node:stream";
import { Redis as IoRedis } from "ioredis";
import pg from "pg";

/** A kind of thing that a service may be, and what one does with it besides what one does with anything. */
export interface Kind {
  readonly make: () => any;
  /** As the binding tells it; none where nothing is known. */
  readonly shape?: any;
  /** A thousand members: not tried in every way. */
  readonly isLarge?: true;
  readonly operations?: Readonly<Record<string, (x: any) => unknown>>;
}

const marked = Symbol("marked");
const nameless = Symbol();

class Base {
  static made = 0;
  static create(): Base {
    return new this();
  }
  base = "base";
  get inherited(): string {
    return `${this.base}!`;
  }
  set inherited(value: string) {
    this.base = value;
  }
  overridden(): string {
    return "base's";
  }
}

class Account extends Base {
  #balance = 10;
  static override made = 1;
  owner = "me";
  tags = ["a", "b"];
  [marked] = "by symbol";
  [nameless](
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
    f: number,
    g: number,
    h: number,
    i: number,
  ): number[] {
    return [a, b, c, d, e, f, g, h, i, this.#balance];
  }
  get balance(): number {
    return this.#balance;
  }
  set balance(value: number) {
    this.#balance = value;
  }
  get readOnly(): number {
    return 1;
  }
  set writeOnly(value: number) {
    this.#balance = value;
  }
  static isAccount(x: object): boolean {
    return #balance in x;
  }
  pay(amount: number, ...more: number[]): number {
    this.#balance -= amount + more.length;
    return this.#balance;
  }
  count(..._args: unknown[]): number {
    return arguments.length;
  }
  defaults(a = 1, { b = 2 } = {}): number {
    return a + b;
  }
  override overridden(): string {
    return `own and ${super.overridden()}`;
  }
  chain(): this {
    return this;
  }
  fail(): never {
    throw new RangeError(`no ${this.#balance}`);
  }
  async later(x: number): Promise<number> {
    return this.#balance + x;
  }
  get [Symbol.toStringTag](): string {
    return `Account ${this.#balance}`;
  }
  *items(): Generator<number> {
    yield this.#balance;
    yield this.#balance + 1;
  }
  *[Symbol.iterator](): Generator<string> {
    yield* this.tags;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    yield* this.tags;
  }
  arrow = (): number => this.#balance;
}
Object.defineProperty(Account.prototype, "onPrototype", { value: "data", writable: true, configurable: true });

class Bus extends EventEmitter {
  #sent = 0;
  send(): boolean {
    return this.emit("sent", ++this.#sent);
  }
}

class Upper extends Transform {
  override _transform(chunk: Buffer, _encoding: string, done: (error: null, data: string) => void): void {
    done(null, chunk.toString().toUpperCase());
  }
}

class Stack extends Array<number> {
  peek(): number | undefined {
    return this.at(-1);
  }
}

class Registry extends Map<string, number> {
  #hits = 0;
  override get(key: string): number | undefined {
    this.#hits++;
    return super.get(key);
  }
  get hits(): number {
    return this.#hits;
  }
}

class Money {
  amount = 5;
  toString(): string {
    return `${this.amount} EUR`;
  }
  toJSON(key: string): unknown {
    return { amount: this.amount, key };
  }
  valueOf(): number {
    return this.amount;
  }
}

class Temperature {
  degrees = 20;
  [Symbol.toPrimitive](hint: string): unknown {
    return hint === "number" ? this.degrees : `${hint}: ${this.degrees}`;
  }
}

class Touchy {
  ok = 1;
  get broken(): never {
    throw new Error("getter");
  }
  set broken(_: unknown) {
    throw new Error("setter");
  }
}

class Inspected {
  #secret = 7;
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Inspected(${this.#secret})`;
  }
}

/** As ioredis does it: commands are put on the prototype by a loop, and fields hold functions and state. */
class Redis extends EventEmitter {
  status = "wait";
  options = { host: "localhost", port: 6379 };
  sendCommand(name: string, args: unknown[]): Promise<string> {
    return Promise.resolve(`${name} ${args.join(" ")} @${this.status}`);
  }
  duplicate(): Redis {
    return new Redis();
  }
}
for (const command of ["get", "set", "del"]) {
  (Redis.prototype as any)[command] = function (this: Redis, ...args: unknown[]) {
    return this.sendCommand(command, args);
  };
}

/* Classes of their own: a proxy shows the fields that instances of its class have shown, connected ones in other tests, too. */
class PgClient extends pg.Client {}
class RedisClient extends IoRedis {}

/** A mixin may leave its own constructor on the prototype, as that of ioredis does. */
class Mixed {
  a = 1;
}
Object.defineProperty(Mixed.prototype, "constructor", { value: EventEmitter, configurable: true, writable: true });

export const kinds: Readonly<Record<string, Kind>> = {
  "a class with #private fields": {
    make: () => new Account(),
    shape: Account,
    operations: {
      "an accessor": (x) => x.balance,
      "an accessor's setter": (x) => [(x.balance = 3), x.balance],
      "an inherited accessor": (x) => [x.inherited, (x.inherited = "new"), x.base, x.inherited],
      "a read-only accessor": (x) => (x.readOnly = 2),
      "a write-only accessor": (x) => [x.writeOnly, (x.writeOnly = 2), x.balance],
      "data on the prototype": (x) => [x.onPrototype, (x.onPrototype = "own"), x.onPrototype],
      "a method": (x) => [x.pay(1), x.pay(1, 2, 3), x.balance],
      "any number of arguments": (x) => [
        x.count(),
        x.count(1),
        x.count(1, 2),
        x.count(1, 2, 3, 4, 5, 6, 7),
        x.count(undefined),
      ],
      "default parameters": (x) => [x.defaults(), x.defaults(undefined, { b: 5 }), x.defaults(3)],
      "an overriding method": (x) => x.overridden(),
      "a method of its name and length": (x) => [x.pay.name, x.pay.length, x.count.length, x.later.length],
      "a method that throws": (x) => x.fail(),
      "an async method": (x) => x.later(1),
      "apply and bind": (x) => [x.pay.apply(x, [1]), x.pay.bind(x, 1)(), Reflect.apply(x.pay, x, [1])],
      "a method by nameless symbol, of many parameters": (x) => [
        x[nameless](1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        x[nameless](1),
        x[nameless].length,
        x[nameless].name,
      ],
      "a member by symbol": (x) => [x[marked], (x[marked] = 2), x[marked]],
      "an arrow function in a field": (x) => [x.arrow(), x.arrow.call(null)],
      "a chaining method": (x) => x.chain().chain() === x,
      "a generator": (x) => [...x.items()],
      iteration: (x) => [...x, ...Array.from(x)],
      destructuring: (x) => {
        const [first, ...rest] = x;
        const { owner, balance } = x;
        return [first, rest, owner, balance];
      },
      "async iteration": async (x) => {
        const seen = [];
        for await (const each of x) seen.push(each);
        return seen;
      },
      "statics through the constructor": (x) => [x.constructor.made, x.constructor.create() instanceof Base],
      "a compound assignment": (x) => [(x.balance += 5), x.balance++, --x.balance, (x.none ??= 4), x.none],
      "optional calls": (x) => [x.missing?.(), x.pay?.(1)],
      "calling what is not there": (x) => x.missing(),
      "a nested object": (x) => [x.tags.push("c"), x.tags],
    },
  },
  "an EventEmitter": {
    make: () => new Bus(),
    shape: Bus,
    operations: {
      "on and emit": (x) => {
        const seen: unknown[] = [];
        x.on("sent", (n: number) => seen.push(n));
        return [x.send(), x.send(), seen, x.listenerCount("sent")];
      },
      "on returns itself": (x) => x.on("sent", () => {}).once("other", () => {}) === x,
      "an error that nobody hears": (x) => x.emit("error", new Error("nobody")),
      "eventNames, off": (x) => {
        const listener = (): void => {};
        x.on("a", listener);
        const before = x.eventNames();
        x.off("a", listener);
        return [before, x.eventNames()];
      },
      "is one": (x) => x instanceof EventEmitter,
    },
  },
  "a stream": {
    make: () => new Upper(),
    shape: Upper,
    operations: {
      "write and read": async (x) => {
        x.write("abc");
        x.end("def");
        let text = "";
        for await (const chunk of x) text += chunk;
        return text;
      },
      pipe: async (x) => {
        let text = "";
        const { PassThrough } = await import("node:stream");
        const from = new PassThrough();
        const to = new PassThrough();
        from.pipe(x).pipe(to);
        from.end("piped");
        for await (const chunk of to) text += chunk;
        return text;
      },
      state: (x) => [x.writable, x.readable, x.destroyed, x.writableLength],
    },
  },
  "a function": {
    make: () => Object.assign((a: number, b = 1) => a + b, { extra: 1 }),
    shape: Function,
    operations: {
      call: (x) => [x(1), x(1, 2), x.call("other", 1), x.apply(null, [1, 2])],
      "with fields": (x) => [x.extra, (x.extra = 2), x.extra],
      "name and length": (x) => [x.name, x.length],
    },
  },
  "a function with this": {
    make: () =>
      function (this: unknown, a: number, b = 1): unknown {
        return [this === undefined ? "no this" : this, a + b];
      },
    shape: Function,
    operations: {
      call: (x) => [x(1), x.call(5, 1), x.apply("this", [1]), x.bind("bound", 2)(3)],
    },
  },
  "an async function": {
    make: () => async (n: number) => n + 1,
    shape: Function,
    operations: { call: (x) => x(1), "new is refused": (x) => new x() },
  },
  "a class as the instance": {
    make: () =>
      class Model {
        static table = "models";
        static #count = 0;
        static build(name: string): unknown {
          return [name, ++this.#count];
        }
        constructor(readonly id: number) {}
        hello(): string {
          return `hello ${this.id}`;
        }
      },
    shape: Function,
    operations: {
      new: (x) => new x(3).hello(),
      "call without new": (x) => x(3).id,
      statics: (x) => [x.table, x.build("a"), x.build("b"), (x.table = "other"), x.table],
      "instanceof it": (x) => [new x(1) instanceof x, {} instanceof x],
      "the prototype": (x) => Object.getOwnPropertyNames(x.prototype),
      extending: (x) => {
        class Sub extends x {
          twice(): string {
            return (this as any).hello() + (this as any).hello();
          }
        }
        return [new (Sub as any)(1).twice(), (Sub as any).table];
      },
    },
  },
  "an array": {
    make: () => [3, 1, 2],
    shape: Array,
    operations: {
      "index and length": (x) => [x[0], x.length, x[9], (x[3] = 9), x.length, (x.length = 1), x],
      "push, pop, splice": (x) => [x.push(4, 5), x.pop(), x.splice(0, 1), x.length],
      "map, filter, reduce": (x) => [
        x.map((n: number) => n * 2),
        x.filter((n: number) => n > 1),
        x.reduce((a: number, b: number) => a + b),
      ],
      "sort returns itself": (x) => x.sort() === x,
      concat: (x) => [[0].concat(x), x.concat([1])],
      iteration: (x) => [[...x], Math.max(...x), [...x.entries()]],
      "Array.from, flat": (x) => [Array.from(x), [[x]].flat(2)],
    },
  },
  "a frozen array": {
    make: () => Object.freeze([1, 2]),
    shape: Array,
    operations: {
      "a write is refused": (x) => (x[0] = 9),
      push: (x) => x.push(1),
      "its length": (x) => [x.length, Object.getOwnPropertyDescriptor(x, "length")!.value],
    },
  },
  "a subclass of Array": {
    make: () => Stack.from([1, 2, 3]),
    shape: Stack,
    operations: {
      "own methods": (x) => [x.peek(), x.length, x.at(0)],
      "map keeps the class": (x) => x.map(Number) instanceof Stack,
    },
  },
  "a Map": {
    make: () => new Map([["a", 1]]),
    shape: Map,
    operations: {
      "get, set, size": (x) => [x.get("a"), x.size, x.has("b")],
      "set returns itself": (x) => x.set("b", 2) === x,
      iteration: (x) => [[...x], [...x.keys()], new Map(x)],
    },
  },
  "a subclass of Map": {
    make: () => new Registry([["a", 1]]),
    shape: Registry,
    operations: { "own and inherited": (x) => [x.get("a"), x.hits, x.set("b", 2) === x, x.size] },
  },
  "a Set": {
    make: () => new Set([1]),
    shape: Set,
    operations: { "add returns itself": (x) => x.add(2) === x, iteration: (x) => [...x, x.size] },
  },
  "a Date": {
    make: () => new Date(86_400_000),
    shape: Date,
    operations: {
      methods: (x) => [x.getTime(), x.toISOString(), x.setUTCDate(5), x.getUTCDate()],
      arithmetic: (x) => [x - 1, +x, `${x}`.length, x < new Date(), new Date(+x)],
    },
  },
  "a typed array": {
    make: () => new Uint8Array([1, 2, 3]),
    shape: Uint8Array,
    operations: {
      "index, length, methods": (x) => [x[0], x.length, (x[0] = 7), x[0], x.indexOf(2), [...x.subarray(1)]],
      "fill returns itself": (x) => x.fill(1) === x,
      iteration: (x) => [...x, ...new Uint8Array(x)],
    },
  },
  "a frozen object": {
    make: () => Object.freeze(new Account()),
    shape: Account,
    operations: {
      "a write is refused": (x) => (x.owner = "you"),
      "a new member is refused": (x) => (x.fresh = 1),
      "its private state is not": (x) => [x.pay(1), x.balance],
    },
  },
  "a sealed object": {
    make: () => Object.seal(new Money()),
    shape: Money,
    operations: { "a write": (x) => [(x.amount = 6), x.amount], "a new member is refused": (x) => (x.fresh = 1) },
  },
  "an object with null prototype": {
    make: () => Object.assign(Object.create(null), { a: 1, b: { c: 2 } }),
    operations: { members: (x) => [x.a, x.b.c, x.toString, x.hasOwnProperty], "no string": (x) => `${x}` },
  },
  "a plain object": {
    make: () => ({ a: 1, nested: { b: 2 }, hello: () => "hello", [marked]: 3 }),
    operations: {
      members: (x) => [x.a, x.nested.b, x.hello(), x[marked]],
      "own or not": (x) => [
        x.hasOwnProperty("a"),
        Object.hasOwn(x, "a"),
        x.propertyIsEnumerable("a"),
        x.hasOwnProperty("z"),
      ],
      assign: (x) => [Object.assign({}, x).a, Object.assign(x, { z: 1 }) === x, x.z],
    },
  },
  "accessors that throw": {
    make: () => new Touchy(),
    shape: Touchy,
    operations: { get: (x) => x.broken, set: (x) => (x.broken = 1), others: (x) => x.ok },
  },
  "toString, toJSON and valueOf of its own": {
    make: () => new Money(),
    shape: Money,
    operations: {
      coercion: (x) => [`${x}`, String(x), x + 1, x * 2, x > 4, Number(x)],
      "JSON inside": (x) => JSON.stringify({ price: x }),
    },
  },
  "Symbol.toPrimitive of its own": {
    make: () => new Temperature(),
    shape: Temperature,
    operations: { coercion: (x) => [`${x}`, +x, x + "", x == "default: 20"] },
  },
  "an inspector of its own": { make: () => new Inspected(), shape: Inspected },
  "a class whose prototype names another constructor": { make: () => new Mixed(), shape: Mixed },
  "an Error": {
    make: () => Object.assign(new RangeError("wrong"), { code: 7, stack: "stack" }),
    shape: RangeError,
    operations: { members: (x) => [x.message, x.name, x.code, x.stack, String(x), x instanceof Error] },
  },
  "a URL": {
    make: () => new URL("http://host/path?x=1"),
    shape: URL,
    operations: { members: (x) => [x.href, x.searchParams.get("x"), (x.port = "81"), x.host] },
  },
  "a pg.Client that is not connected": {
    make: () => new PgClient({ host: "nowhere", user: "me", password: "secret", database: "db" }),
    shape: PgClient,
    operations: {
      members: (x) => [x.host, x.user, x.database, x.port, x.processID],
      methods: (x) => [x.escapeIdentifier("a b"), x.escapeLiteral("it's"), x.getTypeParser(23)("7")],
      "on returns itself": (x) => x.on("notice", () => {}) === x,
      "types can be set": (x) => {
        x.setTypeParser(20, Number);
        return x.getTypeParser(20)("7");
      },
    },
  },
  "an ioredis client that is not connected": {
    make: () => new RedisClient({ lazyConnect: true, host: "nowhere", port: 7, keyPrefix: "app:" }),
    shape: RedisClient,
    isLarge: true,
    operations: {
      members: (x) => [x.status, x.mode, x.isCluster, x.options.host, x.options.port, x.options.keyPrefix],
      commands: (x) => [typeof x.get, typeof x.hsetnx, "xadd" in x, x.getBuiltinCommands().includes("get")],
      "on returns itself": (x) => x.on("connect", () => {}).once("end", () => {}) === x,
      "a command of one's own": (x) => {
        x.defineCommand("twice", { numberOfKeys: 1, lua: "return 2" });
        return [typeof x.twice, typeof x.twiceBuffer];
      },
      pipelines: (x) => [x.pipeline().get("a").set("b", 1).length, x.multi({ pipeline: true }).length],
      duplicate: (x) => [x.duplicate() !== x, x.duplicate({ port: 8 }).options.port],
      "disconnect, which tells its state": (x) => [x.disconnect(), x.status],
    },
  },
  "a client in the manner of ioredis": {
    make: () => new Redis(),
    shape: Redis,
    operations: {
      commands: async (x) => [await x.get("a"), await x.set("a", 1), x.status, x.options.port],
      duplicate: (x) => x.duplicate() !== x,
    },
  },
};

/** What one does with anything. */
export const anything: Readonly<Record<string, (x: any) => unknown>> = {
  typeof: (x) => typeof x,
  "Array.isArray": (x) => Array.isArray(x),
  "Object.keys": (x) => Object.keys(x),
  "Object.entries": (x) => Object.entries(x),
  "Object.values": (x) => Object.values(x),
  "for…in": (x) => {
    const keys = [];
    for (const key in x) keys.push(key);
    return keys;
  },
  "Reflect.ownKeys": (x) => Reflect.ownKeys(x),
  spread: (x) => Object.entries({ ...x }),
  in: (x) =>
    ["a", "owner", "length", "pay", "toString", "missing", "constructor", marked, Symbol.iterator].map(
      (key) => key in x,
    ),
  JSON: (x) => JSON.stringify(x),
  "String()": (x) => String(x),
  "its primitive": (x) => [x + "", Number(x) === Number(x)],
  "Object.prototype.toString": (x) => Object.prototype.toString.call(x),
  "its constructor": (x) => x.constructor,
  "Object.getPrototypeOf": (x) => Object.getPrototypeOf(x) === (x.constructor?.prototype ?? null),
  "a new member": (x) => [(x.fresh = { deep: 1 }), x.fresh, "fresh" in x],
  "a method added later": (x) => {
    x.added = function (this: any, n: number) {
      return [this === undefined, n];
    };
    return [x.added(1), x.added.name, x.added.length];
  },
  "its descriptors": (x) =>
    Object.entries(Object.getOwnPropertyDescriptors(x)).map(([key, { enumerable, value }]) => [
      key,
      enumerable,
      typeof value,
    ]),
  "delete of a new member": (x) => {
    x.fresh = 1;
    return [delete x.fresh, x.fresh, "fresh" in x];
  },
  "delete of what it has": (x) => {
    const [key] = Object.keys(x);
    return key === undefined ? [] : [Reflect.deleteProperty(x, key), Object.keys(x).includes(key)];
  },
  "Object.defineProperty": (x) => {
    Object.defineProperty(x, "defined", { value: 1, enumerable: true, configurable: true, writable: true });
    return [x.defined, Object.keys(x).includes("defined")];
  },
};
