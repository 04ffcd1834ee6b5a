import type pg from "pg";
import {
  type AsyncView,
  type BindingOptions,
  type DeadlockEvent,
  type DeferrableKeys,
  pooled,
  pooledScope,
  ScopedContainer,
  type ScopeError,
  scopedProxy,
  sharedScope,
} from "inversify-scopes";
import { type Equal, typeIs } from "./equal.js";

interface Row {
  id: number;
}
interface Builder extends PromiseLike<Row[]> {
  where(id: number): Builder;
}
class Tracked<T> extends Promise<T> {
  readonly startedAt = 0;
}

interface AllAsync {
  find(id: number): Promise<Row>;
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  get(key: string): Promise<string>;
  get(key: string, fallback: number): Promise<number>;
  optional?(): Promise<void>;
  field: (x: number) => Promise<string>;
}

class Mixed {
  data = 1;
  readonly tags: string[] = [];
  #hidden = 1;
  private secret(): Promise<number> {
    return Promise.resolve(this.#hidden);
  }
  protected inner(): Promise<number> {
    return this.secret();
  }
  get accessor(): number {
    return 1;
  }
  sync(a: number, b?: string): string {
    return `${a}${b}`;
  }
  async native(a: number): Promise<string> {
    return `${a}`;
  }
  like(): PromiseLike<number> {
    return this.inner();
  }
  build(): Builder {
    throw new Error();
  }
  tracked(): Tracked<number> {
    throw new Error();
  }
  maybe(): Promise<number> | number {
    return 1;
  }
  either(): Promise<number> | Promise<string> {
    return this.inner();
  }
  over(a: string): Promise<string>;
  over(a: number): number;
  over(a: unknown): unknown {
    return a;
  }
  under(a: number): number;
  under(a: string): Promise<string>;
  under(a: unknown): unknown {
    return a;
  }
  nothing(): void {}
  generic<T>(x: T): T {
    return x;
  }
  any: any;
  anyResult(): any {}
  unknownResult(): unknown {
    return 1;
  }
  never!: never;
  throws(): never {
    throw new Error();
  }
}

abstract class Abstract {
  abstract find(): Promise<Row>;
  abstract count(): number;
}

type DeferWhere = (name: string) => boolean;

describe("types: AsyncView and DeferrableKeys", () => {
  it("a service that is asynchronous throughout is its own AsyncView; generics and overloads survive", () => {
    typeIs<Equal<AsyncView<AllAsync>, AllAsync>>();
    typeIs<Equal<AsyncView<AllAsync>["query"], <T>(sql: string, values?: unknown[]) => Promise<T[]>>>();
    typeIs<Equal<DeferrableKeys<AllAsync>, "find" | "query" | "get" | "optional" | "field">>();
  });

  it("promise methods keep their type, synchronous ones become asynchronous, data is hidden", () => {
    type View = AsyncView<Mixed>;
    typeIs<Equal<View["native"], Mixed["native"]>>();
    typeIs<Equal<View["like"], Mixed["like"]>>();
    typeIs<Equal<View["sync"], (a: number, b?: string) => Promise<string>>>();
    typeIs<Equal<View["nothing"], () => Promise<void>>>();
    typeIs<Equal<View["maybe"], () => Promise<number>>>();
    typeIs<Equal<View["build"], () => Promise<Row[]>>>();
    typeIs<Equal<"data" extends keyof View ? true : false, false>>();
    typeIs<Equal<"tags" extends keyof View ? true : false, false>>();
    typeIs<Equal<"accessor" extends keyof View ? true : false, false>>();
    typeIs<Equal<"secret" extends keyof View ? true : false, false>>();
    typeIs<Equal<"inner" extends keyof View ? true : false, false>>();
    typeIs<Equal<"never" extends keyof View ? true : false, false>>();
  });

  it("a synchronous overload does not slip in: mixed overloads become asynchronous by the last one", () => {
    typeIs<Equal<AsyncView<Mixed>["over"], (a: number) => Promise<number>>>();
    typeIs<Equal<AsyncView<Mixed>["under"], (a: string) => Promise<string>>>();
    typeIs<Equal<Extract<DeferrableKeys<Mixed>, "over" | "under">, "over" | "under">>();
  });

  it("deferrable are members of which one overload's result may be a plain promise, and is nothing else", () => {
    typeIs<Equal<DeferrableKeys<Mixed>, "native" | "like" | "either" | "over" | "under">>();
    typeIs<Equal<DeferrableKeys<Abstract>, "find">>();
    typeIs<Equal<DeferrableKeys<{ a: 1; b(): number }>, never>>();
  });

  it("results of which nothing is known are not deferrable", () => {
    typeIs<Equal<Extract<DeferrableKeys<Mixed>, "any" | "anyResult" | "unknownResult" | "never" | "throws">, never>>();
    typeIs<Equal<AsyncView<Mixed>["unknownResult"], () => Promise<unknown>>>();
    typeIs<Equal<AsyncView<Mixed>["anyResult"], () => Promise<any>>>();
  });

  it("an instance can be seen as its AsyncView", () => {
    const mixed = new Mixed();
    const all = { find: mixed.native } as unknown as AllAsync;
    const view: AsyncView<AllAsync> = all;
    void view;
  });

  it("pg's query has a form with a callback and one with a promise, so that it is deferrable", () => {
    typeIs<
      Equal<Extract<DeferrableKeys<pg.Client>, "query" | "connect" | "end" | "on">, "query" | "connect" | "end">
    >();
    typeIs<Equal<Extract<DeferrableKeys<pg.Pool>, "end">, "end">>();
  });

  it("`defer` takes those names and no others", () => {
    scopedProxy<AllAsync>("all", { defer: ["find", "query", "get"] });
    scopedProxy<Mixed>("mixed", { defer: ["native", "like"] });
    // @ts-expect-error -- synchronous
    scopedProxy<Mixed>("mixed", { defer: ["sync"] });
    scopedProxy<Mixed>("mixed", { defer: ["under", "over"] });
    scopedProxy<Mixed>("mixed", { defer: (name) => name.startsWith("native") });
    // @ts-expect-error -- private
    scopedProxy<Mixed>("mixed", { defer: ["secret"] });
    // @ts-expect-error -- data
    scopedProxy<Mixed>("mixed", { defer: ["data"] });
  });

  it("`defer` takes all where every method returns a promise, whichever overload is called", () => {
    scopedProxy<AllAsync>("all", { defer: "all" });
    scopedProxy("anything", { defer: "all" });
    // @ts-expect-error -- there are synchronous ones
    scopedProxy<Mixed>("mixed", { defer: "all" });
    // @ts-expect-error -- query has a form with a callback
    scopedProxy<Pick<pg.Client, "query">>("pg", { defer: "all" });
  });

  it("`defer` takes any name where nothing is known of the service, and no others where something is", () => {
    typeIs<Equal<NonNullable<BindingOptions["defer"]>, readonly (string | symbol)[] | "all" | DeferWhere>>();
    typeIs<Equal<NonNullable<BindingOptions<unknown>["defer"]>, readonly (string | symbol)[] | "all" | DeferWhere>>();
    typeIs<
      Equal<NonNullable<BindingOptions<AllAsync>["defer"]>, readonly DeferrableKeys<AllAsync>[] | "all" | DeferWhere>
    >();
    typeIs<Equal<DeferrableKeys<{ data?: number }>, never>>();
    const container = new ScopedContainer();
    const mailer = async (): Promise<object> => ({ send: () => Promise.resolve("sent") });
    container
      .bind("mailer")
      .toDynamicValue(mailer)
      .inSharedScope({ defer: ["send"] });
    container
      .bind<object>("object")
      .toDynamicValue(mailer)
      .inPerAsyncContextScope({ defer: ["send"] });
    container
      .bind("pooled")
      .toDynamicValue(mailer)
      .inPooledScope({ maxSize: 3, defer: ["send", Symbol.iterator] });
    const [value, shared] = [container.bind("value"), container.bind("shared")];
    value.toDynamicValue(mailer).inScope(pooledScope({ maxSize: 3, defer: ["send"] }));
    shared.toDynamicValue(mailer).inScope(sharedScope({ defer: ["send"] }));
    pooled(2, { provides: "mailer", defer: ["send"] });
    const destroy = (client: Mixed): void => client.nothing();
    pooledScope({ maxSize: 3, destroy, defer: ["native"] });
    // @ts-expect-error -- synchronous, as the hook's type tells
    pooledScope({ maxSize: 3, destroy, defer: ["sync"] });
    const mixed = container.bind(Mixed).toSelf();
    // @ts-expect-error -- synchronous
    mixed.inSharedScope({ defer: ["sync"] });
  });

  it("the deadlock event can be named", () => {
    typeIs<Equal<DeadlockEvent["error"], ScopeError>>();
  });
});
