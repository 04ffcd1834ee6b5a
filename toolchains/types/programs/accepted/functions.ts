import { TypedContainer } from "@inversifyjs/strongly-typed";
import {
  type AsyncView,
  type DeferrableKeys,
  detach,
  diagram,
  hasInstance,
  isScopedProxy,
  lease,
  ready,
  release,
  runInContext,
  ScopeError,
  ScopesPlugin,
  type Suppressing,
  unwrap,
  use,
  verify,
} from "inversify-scopes";
import { expectNoLeases, expectNoSwaps, swapInstance, swapScope } from "inversify-scopes/testing";
import { container, Db, Mailer } from "../services.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function typeIs<T extends true>(..._proof: T extends true ? [] : [never]): void {}

// A container of @inversifyjs/strongly-typed is a container.
const typed = new TypedContainer<{ db: Db; mailer: Mailer }>();
typed.register(ScopesPlugin);
typed
  .bind("db")
  .to(Db)
  .inPooledScope({ maxSize: 1, defer: ["query"] });
verify(typed);
diagram(typed);
swapInstance<Mailer>(typed, "mailer", { send: async () => "faked" });
swapScope(typed, "db", "shared");
expectNoLeases(typed);
expectNoSwaps(typed);

// What one does with proxies, of whatever type.
export async function touches<T extends object>(
  db: Db,
  call: () => number,
  list: string[],
  unknown: unknown,
  any: T,
  text: { concat(other: string): string; readonly length: number },
): Promise<void> {
  await ready(db, call, any);
  // A service may have members of an array's names.
  await ready(text);
  unwrap(list).push("one");
  unwrap(call)();
  hasInstance(db);
  await release(db, { discard: true });
  const own = await lease(db);
  typeIs<Equal<typeof own.value, Db>>();
  const rows = await use(db, (instance) => instance.query("select 1"));
  typeIs<Equal<typeof rows, string[]>>();
  await runInContext({ needs: [db, list, call] }, () => db.query("select 1"));
  await detach({ name: "later" }, () => db.query("select 1"));
  // A guard that narrows on neither side what it should not.
  if (isScopedProxy(unknown)) await ready(unknown);
  if (!isScopedProxy(db)) await db.query("select 1");
  else await db.query("select 2");
}

export function report(error: unknown): readonly unknown[] {
  if (error instanceof ScopeError) return error.suppressed ?? [];
  return (error as Partial<Suppressing>).suppressed ?? [];
}

// Results that TypeScript infers, in a declaration file.
export const exported = { swap: swapScope(container, Db, "shared"), use, lease, isScopedProxy };

interface AllAsync {
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  get(key: string): Promise<string>;
  get(key: string, fallback: number): Promise<number>;
  optional?(): Promise<void>;
  field: (x: number) => Promise<string>;
}
typeIs<Equal<AsyncView<AllAsync>, AllAsync>>();
typeIs<Equal<DeferrableKeys<AllAsync>, "query" | "get" | "optional" | "field">>();
typeIs<Equal<DeferrableKeys<string[]>, never>>();
typeIs<Equal<DeferrableKeys<any>, never>>();
typeIs<Equal<DeferrableKeys<{ [command: string]: () => Promise<void> }>, string>>();
