import { ScopedContainer } from "inversify-scopes";
const container = new ScopedContainer();
interface Row0 { readonly id0: number; readonly name: string }
class Repository0 {
  find0(id: number, more?: { readonly a0: string }): Promise<Row0> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list0(id: number, more?: { readonly a1: string }): Promise<Row0> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert0(id: number, more?: { readonly a2: string }): Promise<Row0> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update0(id: number, more?: { readonly a3: string }): Promise<Row0> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove0(id: number, more?: { readonly a4: string }): Promise<Row0> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 0; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository0).toSelf().inPooledScope({ maxSize: 2 });
interface Row1 { readonly id1: number; readonly name: string }
class Repository1 {
  find1(id: number, more?: { readonly a0: string }): Promise<Row1> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list1(id: number, more?: { readonly a1: string }): Promise<Row1> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert1(id: number, more?: { readonly a2: string }): Promise<Row1> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update1(id: number, more?: { readonly a3: string }): Promise<Row1> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove1(id: number, more?: { readonly a4: string }): Promise<Row1> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 1; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository1).toSelf().inPooledScope({ maxSize: 2 });
interface Row2 { readonly id2: number; readonly name: string }
class Repository2 {
  find2(id: number, more?: { readonly a0: string }): Promise<Row2> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list2(id: number, more?: { readonly a1: string }): Promise<Row2> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert2(id: number, more?: { readonly a2: string }): Promise<Row2> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update2(id: number, more?: { readonly a3: string }): Promise<Row2> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove2(id: number, more?: { readonly a4: string }): Promise<Row2> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 2; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository2).toSelf().inPooledScope({ maxSize: 2 });
interface Row3 { readonly id3: number; readonly name: string }
class Repository3 {
  find3(id: number, more?: { readonly a0: string }): Promise<Row3> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list3(id: number, more?: { readonly a1: string }): Promise<Row3> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert3(id: number, more?: { readonly a2: string }): Promise<Row3> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update3(id: number, more?: { readonly a3: string }): Promise<Row3> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove3(id: number, more?: { readonly a4: string }): Promise<Row3> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 3; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository3).toSelf().inPooledScope({ maxSize: 2 });
interface Row4 { readonly id4: number; readonly name: string }
class Repository4 {
  find4(id: number, more?: { readonly a0: string }): Promise<Row4> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list4(id: number, more?: { readonly a1: string }): Promise<Row4> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert4(id: number, more?: { readonly a2: string }): Promise<Row4> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update4(id: number, more?: { readonly a3: string }): Promise<Row4> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove4(id: number, more?: { readonly a4: string }): Promise<Row4> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 4; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository4).toSelf().inPooledScope({ maxSize: 2 });
interface Row5 { readonly id5: number; readonly name: string }
class Repository5 {
  find5(id: number, more?: { readonly a0: string }): Promise<Row5> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list5(id: number, more?: { readonly a1: string }): Promise<Row5> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert5(id: number, more?: { readonly a2: string }): Promise<Row5> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update5(id: number, more?: { readonly a3: string }): Promise<Row5> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove5(id: number, more?: { readonly a4: string }): Promise<Row5> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 5; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository5).toSelf().inPooledScope({ maxSize: 2 });
interface Row6 { readonly id6: number; readonly name: string }
class Repository6 {
  find6(id: number, more?: { readonly a0: string }): Promise<Row6> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list6(id: number, more?: { readonly a1: string }): Promise<Row6> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert6(id: number, more?: { readonly a2: string }): Promise<Row6> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update6(id: number, more?: { readonly a3: string }): Promise<Row6> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove6(id: number, more?: { readonly a4: string }): Promise<Row6> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 6; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository6).toSelf().inPooledScope({ maxSize: 2 });
interface Row7 { readonly id7: number; readonly name: string }
class Repository7 {
  find7(id: number, more?: { readonly a0: string }): Promise<Row7> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list7(id: number, more?: { readonly a1: string }): Promise<Row7> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert7(id: number, more?: { readonly a2: string }): Promise<Row7> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update7(id: number, more?: { readonly a3: string }): Promise<Row7> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove7(id: number, more?: { readonly a4: string }): Promise<Row7> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 7; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository7).toSelf().inPooledScope({ maxSize: 2 });
interface Row8 { readonly id8: number; readonly name: string }
class Repository8 {
  find8(id: number, more?: { readonly a0: string }): Promise<Row8> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list8(id: number, more?: { readonly a1: string }): Promise<Row8> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert8(id: number, more?: { readonly a2: string }): Promise<Row8> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update8(id: number, more?: { readonly a3: string }): Promise<Row8> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove8(id: number, more?: { readonly a4: string }): Promise<Row8> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 8; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository8).toSelf().inPooledScope({ maxSize: 2 });
interface Row9 { readonly id9: number; readonly name: string }
class Repository9 {
  find9(id: number, more?: { readonly a0: string }): Promise<Row9> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list9(id: number, more?: { readonly a1: string }): Promise<Row9> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert9(id: number, more?: { readonly a2: string }): Promise<Row9> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update9(id: number, more?: { readonly a3: string }): Promise<Row9> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove9(id: number, more?: { readonly a4: string }): Promise<Row9> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 9; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository9).toSelf().inPooledScope({ maxSize: 2 });
interface Row10 { readonly id10: number; readonly name: string }
class Repository10 {
  find10(id: number, more?: { readonly a0: string }): Promise<Row10> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list10(id: number, more?: { readonly a1: string }): Promise<Row10> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert10(id: number, more?: { readonly a2: string }): Promise<Row10> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update10(id: number, more?: { readonly a3: string }): Promise<Row10> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove10(id: number, more?: { readonly a4: string }): Promise<Row10> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 10; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository10).toSelf().inPooledScope({ maxSize: 2 });
interface Row11 { readonly id11: number; readonly name: string }
class Repository11 {
  find11(id: number, more?: { readonly a0: string }): Promise<Row11> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list11(id: number, more?: { readonly a1: string }): Promise<Row11> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert11(id: number, more?: { readonly a2: string }): Promise<Row11> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update11(id: number, more?: { readonly a3: string }): Promise<Row11> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove11(id: number, more?: { readonly a4: string }): Promise<Row11> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 11; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository11).toSelf().inPooledScope({ maxSize: 2 });
interface Row12 { readonly id12: number; readonly name: string }
class Repository12 {
  find12(id: number, more?: { readonly a0: string }): Promise<Row12> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list12(id: number, more?: { readonly a1: string }): Promise<Row12> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert12(id: number, more?: { readonly a2: string }): Promise<Row12> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update12(id: number, more?: { readonly a3: string }): Promise<Row12> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove12(id: number, more?: { readonly a4: string }): Promise<Row12> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 12; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository12).toSelf().inPooledScope({ maxSize: 2 });
interface Row13 { readonly id13: number; readonly name: string }
class Repository13 {
  find13(id: number, more?: { readonly a0: string }): Promise<Row13> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list13(id: number, more?: { readonly a1: string }): Promise<Row13> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert13(id: number, more?: { readonly a2: string }): Promise<Row13> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update13(id: number, more?: { readonly a3: string }): Promise<Row13> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove13(id: number, more?: { readonly a4: string }): Promise<Row13> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 13; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository13).toSelf().inPooledScope({ maxSize: 2 });
interface Row14 { readonly id14: number; readonly name: string }
class Repository14 {
  find14(id: number, more?: { readonly a0: string }): Promise<Row14> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list14(id: number, more?: { readonly a1: string }): Promise<Row14> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert14(id: number, more?: { readonly a2: string }): Promise<Row14> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update14(id: number, more?: { readonly a3: string }): Promise<Row14> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove14(id: number, more?: { readonly a4: string }): Promise<Row14> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 14; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository14).toSelf().inPooledScope({ maxSize: 2 });
interface Row15 { readonly id15: number; readonly name: string }
class Repository15 {
  find15(id: number, more?: { readonly a0: string }): Promise<Row15> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list15(id: number, more?: { readonly a1: string }): Promise<Row15> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert15(id: number, more?: { readonly a2: string }): Promise<Row15> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update15(id: number, more?: { readonly a3: string }): Promise<Row15> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove15(id: number, more?: { readonly a4: string }): Promise<Row15> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 15; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository15).toSelf().inPooledScope({ maxSize: 2 });
interface Row16 { readonly id16: number; readonly name: string }
class Repository16 {
  find16(id: number, more?: { readonly a0: string }): Promise<Row16> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list16(id: number, more?: { readonly a1: string }): Promise<Row16> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert16(id: number, more?: { readonly a2: string }): Promise<Row16> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update16(id: number, more?: { readonly a3: string }): Promise<Row16> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove16(id: number, more?: { readonly a4: string }): Promise<Row16> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 16; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository16).toSelf().inPooledScope({ maxSize: 2 });
interface Row17 { readonly id17: number; readonly name: string }
class Repository17 {
  find17(id: number, more?: { readonly a0: string }): Promise<Row17> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list17(id: number, more?: { readonly a1: string }): Promise<Row17> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert17(id: number, more?: { readonly a2: string }): Promise<Row17> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update17(id: number, more?: { readonly a3: string }): Promise<Row17> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove17(id: number, more?: { readonly a4: string }): Promise<Row17> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 17; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository17).toSelf().inPooledScope({ maxSize: 2 });
interface Row18 { readonly id18: number; readonly name: string }
class Repository18 {
  find18(id: number, more?: { readonly a0: string }): Promise<Row18> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list18(id: number, more?: { readonly a1: string }): Promise<Row18> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert18(id: number, more?: { readonly a2: string }): Promise<Row18> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update18(id: number, more?: { readonly a3: string }): Promise<Row18> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove18(id: number, more?: { readonly a4: string }): Promise<Row18> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 18; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository18).toSelf().inPooledScope({ maxSize: 2 });
interface Row19 { readonly id19: number; readonly name: string }
class Repository19 {
  find19(id: number, more?: { readonly a0: string }): Promise<Row19> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list19(id: number, more?: { readonly a1: string }): Promise<Row19> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert19(id: number, more?: { readonly a2: string }): Promise<Row19> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update19(id: number, more?: { readonly a3: string }): Promise<Row19> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove19(id: number, more?: { readonly a4: string }): Promise<Row19> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 19; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository19).toSelf().inPooledScope({ maxSize: 2 });
interface Row20 { readonly id20: number; readonly name: string }
class Repository20 {
  find20(id: number, more?: { readonly a0: string }): Promise<Row20> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list20(id: number, more?: { readonly a1: string }): Promise<Row20> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert20(id: number, more?: { readonly a2: string }): Promise<Row20> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update20(id: number, more?: { readonly a3: string }): Promise<Row20> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove20(id: number, more?: { readonly a4: string }): Promise<Row20> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 20; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository20).toSelf().inPooledScope({ maxSize: 2 });
interface Row21 { readonly id21: number; readonly name: string }
class Repository21 {
  find21(id: number, more?: { readonly a0: string }): Promise<Row21> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list21(id: number, more?: { readonly a1: string }): Promise<Row21> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert21(id: number, more?: { readonly a2: string }): Promise<Row21> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update21(id: number, more?: { readonly a3: string }): Promise<Row21> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove21(id: number, more?: { readonly a4: string }): Promise<Row21> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 21; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository21).toSelf().inPooledScope({ maxSize: 2 });
interface Row22 { readonly id22: number; readonly name: string }
class Repository22 {
  find22(id: number, more?: { readonly a0: string }): Promise<Row22> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list22(id: number, more?: { readonly a1: string }): Promise<Row22> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert22(id: number, more?: { readonly a2: string }): Promise<Row22> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update22(id: number, more?: { readonly a3: string }): Promise<Row22> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove22(id: number, more?: { readonly a4: string }): Promise<Row22> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 22; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository22).toSelf().inPooledScope({ maxSize: 2 });
interface Row23 { readonly id23: number; readonly name: string }
class Repository23 {
  find23(id: number, more?: { readonly a0: string }): Promise<Row23> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list23(id: number, more?: { readonly a1: string }): Promise<Row23> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert23(id: number, more?: { readonly a2: string }): Promise<Row23> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update23(id: number, more?: { readonly a3: string }): Promise<Row23> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove23(id: number, more?: { readonly a4: string }): Promise<Row23> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 23; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository23).toSelf().inPooledScope({ maxSize: 2 });
interface Row24 { readonly id24: number; readonly name: string }
class Repository24 {
  find24(id: number, more?: { readonly a0: string }): Promise<Row24> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list24(id: number, more?: { readonly a1: string }): Promise<Row24> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert24(id: number, more?: { readonly a2: string }): Promise<Row24> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update24(id: number, more?: { readonly a3: string }): Promise<Row24> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove24(id: number, more?: { readonly a4: string }): Promise<Row24> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 24; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository24).toSelf().inPooledScope({ maxSize: 2 });
interface Row25 { readonly id25: number; readonly name: string }
class Repository25 {
  find25(id: number, more?: { readonly a0: string }): Promise<Row25> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list25(id: number, more?: { readonly a1: string }): Promise<Row25> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert25(id: number, more?: { readonly a2: string }): Promise<Row25> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update25(id: number, more?: { readonly a3: string }): Promise<Row25> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove25(id: number, more?: { readonly a4: string }): Promise<Row25> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 25; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository25).toSelf().inPooledScope({ maxSize: 2 });
interface Row26 { readonly id26: number; readonly name: string }
class Repository26 {
  find26(id: number, more?: { readonly a0: string }): Promise<Row26> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list26(id: number, more?: { readonly a1: string }): Promise<Row26> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert26(id: number, more?: { readonly a2: string }): Promise<Row26> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update26(id: number, more?: { readonly a3: string }): Promise<Row26> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove26(id: number, more?: { readonly a4: string }): Promise<Row26> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 26; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository26).toSelf().inPooledScope({ maxSize: 2 });
interface Row27 { readonly id27: number; readonly name: string }
class Repository27 {
  find27(id: number, more?: { readonly a0: string }): Promise<Row27> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list27(id: number, more?: { readonly a1: string }): Promise<Row27> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert27(id: number, more?: { readonly a2: string }): Promise<Row27> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update27(id: number, more?: { readonly a3: string }): Promise<Row27> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove27(id: number, more?: { readonly a4: string }): Promise<Row27> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 27; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository27).toSelf().inPooledScope({ maxSize: 2 });
interface Row28 { readonly id28: number; readonly name: string }
class Repository28 {
  find28(id: number, more?: { readonly a0: string }): Promise<Row28> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list28(id: number, more?: { readonly a1: string }): Promise<Row28> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert28(id: number, more?: { readonly a2: string }): Promise<Row28> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update28(id: number, more?: { readonly a3: string }): Promise<Row28> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove28(id: number, more?: { readonly a4: string }): Promise<Row28> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 28; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository28).toSelf().inPooledScope({ maxSize: 2 });
interface Row29 { readonly id29: number; readonly name: string }
class Repository29 {
  find29(id: number, more?: { readonly a0: string }): Promise<Row29> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list29(id: number, more?: { readonly a1: string }): Promise<Row29> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert29(id: number, more?: { readonly a2: string }): Promise<Row29> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update29(id: number, more?: { readonly a3: string }): Promise<Row29> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove29(id: number, more?: { readonly a4: string }): Promise<Row29> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 29; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository29).toSelf().inPooledScope({ maxSize: 2 });
interface Row30 { readonly id30: number; readonly name: string }
class Repository30 {
  find30(id: number, more?: { readonly a0: string }): Promise<Row30> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list30(id: number, more?: { readonly a1: string }): Promise<Row30> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert30(id: number, more?: { readonly a2: string }): Promise<Row30> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update30(id: number, more?: { readonly a3: string }): Promise<Row30> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove30(id: number, more?: { readonly a4: string }): Promise<Row30> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 30; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository30).toSelf().inPooledScope({ maxSize: 2 });
interface Row31 { readonly id31: number; readonly name: string }
class Repository31 {
  find31(id: number, more?: { readonly a0: string }): Promise<Row31> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list31(id: number, more?: { readonly a1: string }): Promise<Row31> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert31(id: number, more?: { readonly a2: string }): Promise<Row31> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update31(id: number, more?: { readonly a3: string }): Promise<Row31> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove31(id: number, more?: { readonly a4: string }): Promise<Row31> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 31; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository31).toSelf().inPooledScope({ maxSize: 2 });
interface Row32 { readonly id32: number; readonly name: string }
class Repository32 {
  find32(id: number, more?: { readonly a0: string }): Promise<Row32> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list32(id: number, more?: { readonly a1: string }): Promise<Row32> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert32(id: number, more?: { readonly a2: string }): Promise<Row32> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update32(id: number, more?: { readonly a3: string }): Promise<Row32> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove32(id: number, more?: { readonly a4: string }): Promise<Row32> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 32; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository32).toSelf().inPooledScope({ maxSize: 2 });
interface Row33 { readonly id33: number; readonly name: string }
class Repository33 {
  find33(id: number, more?: { readonly a0: string }): Promise<Row33> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list33(id: number, more?: { readonly a1: string }): Promise<Row33> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert33(id: number, more?: { readonly a2: string }): Promise<Row33> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update33(id: number, more?: { readonly a3: string }): Promise<Row33> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove33(id: number, more?: { readonly a4: string }): Promise<Row33> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 33; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository33).toSelf().inPooledScope({ maxSize: 2 });
interface Row34 { readonly id34: number; readonly name: string }
class Repository34 {
  find34(id: number, more?: { readonly a0: string }): Promise<Row34> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list34(id: number, more?: { readonly a1: string }): Promise<Row34> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert34(id: number, more?: { readonly a2: string }): Promise<Row34> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update34(id: number, more?: { readonly a3: string }): Promise<Row34> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove34(id: number, more?: { readonly a4: string }): Promise<Row34> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 34; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository34).toSelf().inPooledScope({ maxSize: 2 });
interface Row35 { readonly id35: number; readonly name: string }
class Repository35 {
  find35(id: number, more?: { readonly a0: string }): Promise<Row35> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list35(id: number, more?: { readonly a1: string }): Promise<Row35> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert35(id: number, more?: { readonly a2: string }): Promise<Row35> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update35(id: number, more?: { readonly a3: string }): Promise<Row35> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove35(id: number, more?: { readonly a4: string }): Promise<Row35> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 35; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository35).toSelf().inPooledScope({ maxSize: 2 });
interface Row36 { readonly id36: number; readonly name: string }
class Repository36 {
  find36(id: number, more?: { readonly a0: string }): Promise<Row36> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list36(id: number, more?: { readonly a1: string }): Promise<Row36> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert36(id: number, more?: { readonly a2: string }): Promise<Row36> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update36(id: number, more?: { readonly a3: string }): Promise<Row36> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove36(id: number, more?: { readonly a4: string }): Promise<Row36> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 36; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository36).toSelf().inPooledScope({ maxSize: 2 });
interface Row37 { readonly id37: number; readonly name: string }
class Repository37 {
  find37(id: number, more?: { readonly a0: string }): Promise<Row37> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list37(id: number, more?: { readonly a1: string }): Promise<Row37> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert37(id: number, more?: { readonly a2: string }): Promise<Row37> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update37(id: number, more?: { readonly a3: string }): Promise<Row37> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove37(id: number, more?: { readonly a4: string }): Promise<Row37> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 37; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository37).toSelf().inPooledScope({ maxSize: 2 });
interface Row38 { readonly id38: number; readonly name: string }
class Repository38 {
  find38(id: number, more?: { readonly a0: string }): Promise<Row38> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list38(id: number, more?: { readonly a1: string }): Promise<Row38> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert38(id: number, more?: { readonly a2: string }): Promise<Row38> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update38(id: number, more?: { readonly a3: string }): Promise<Row38> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove38(id: number, more?: { readonly a4: string }): Promise<Row38> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 38; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository38).toSelf().inPooledScope({ maxSize: 2 });
interface Row39 { readonly id39: number; readonly name: string }
class Repository39 {
  find39(id: number, more?: { readonly a0: string }): Promise<Row39> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list39(id: number, more?: { readonly a1: string }): Promise<Row39> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert39(id: number, more?: { readonly a2: string }): Promise<Row39> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update39(id: number, more?: { readonly a3: string }): Promise<Row39> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove39(id: number, more?: { readonly a4: string }): Promise<Row39> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 39; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository39).toSelf().inPooledScope({ maxSize: 2 });
interface Row40 { readonly id40: number; readonly name: string }
class Repository40 {
  find40(id: number, more?: { readonly a0: string }): Promise<Row40> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list40(id: number, more?: { readonly a1: string }): Promise<Row40> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert40(id: number, more?: { readonly a2: string }): Promise<Row40> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update40(id: number, more?: { readonly a3: string }): Promise<Row40> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove40(id: number, more?: { readonly a4: string }): Promise<Row40> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 40; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository40).toSelf().inPooledScope({ maxSize: 2 });
interface Row41 { readonly id41: number; readonly name: string }
class Repository41 {
  find41(id: number, more?: { readonly a0: string }): Promise<Row41> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list41(id: number, more?: { readonly a1: string }): Promise<Row41> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert41(id: number, more?: { readonly a2: string }): Promise<Row41> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update41(id: number, more?: { readonly a3: string }): Promise<Row41> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove41(id: number, more?: { readonly a4: string }): Promise<Row41> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 41; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository41).toSelf().inPooledScope({ maxSize: 2 });
interface Row42 { readonly id42: number; readonly name: string }
class Repository42 {
  find42(id: number, more?: { readonly a0: string }): Promise<Row42> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list42(id: number, more?: { readonly a1: string }): Promise<Row42> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert42(id: number, more?: { readonly a2: string }): Promise<Row42> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update42(id: number, more?: { readonly a3: string }): Promise<Row42> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove42(id: number, more?: { readonly a4: string }): Promise<Row42> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 42; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository42).toSelf().inPooledScope({ maxSize: 2 });
interface Row43 { readonly id43: number; readonly name: string }
class Repository43 {
  find43(id: number, more?: { readonly a0: string }): Promise<Row43> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list43(id: number, more?: { readonly a1: string }): Promise<Row43> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert43(id: number, more?: { readonly a2: string }): Promise<Row43> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update43(id: number, more?: { readonly a3: string }): Promise<Row43> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove43(id: number, more?: { readonly a4: string }): Promise<Row43> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 43; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository43).toSelf().inPooledScope({ maxSize: 2 });
interface Row44 { readonly id44: number; readonly name: string }
class Repository44 {
  find44(id: number, more?: { readonly a0: string }): Promise<Row44> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list44(id: number, more?: { readonly a1: string }): Promise<Row44> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert44(id: number, more?: { readonly a2: string }): Promise<Row44> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update44(id: number, more?: { readonly a3: string }): Promise<Row44> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove44(id: number, more?: { readonly a4: string }): Promise<Row44> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 44; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository44).toSelf().inPooledScope({ maxSize: 2 });
interface Row45 { readonly id45: number; readonly name: string }
class Repository45 {
  find45(id: number, more?: { readonly a0: string }): Promise<Row45> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list45(id: number, more?: { readonly a1: string }): Promise<Row45> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert45(id: number, more?: { readonly a2: string }): Promise<Row45> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update45(id: number, more?: { readonly a3: string }): Promise<Row45> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove45(id: number, more?: { readonly a4: string }): Promise<Row45> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 45; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository45).toSelf().inPooledScope({ maxSize: 2 });
interface Row46 { readonly id46: number; readonly name: string }
class Repository46 {
  find46(id: number, more?: { readonly a0: string }): Promise<Row46> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list46(id: number, more?: { readonly a1: string }): Promise<Row46> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert46(id: number, more?: { readonly a2: string }): Promise<Row46> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update46(id: number, more?: { readonly a3: string }): Promise<Row46> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove46(id: number, more?: { readonly a4: string }): Promise<Row46> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 46; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository46).toSelf().inPooledScope({ maxSize: 2 });
interface Row47 { readonly id47: number; readonly name: string }
class Repository47 {
  find47(id: number, more?: { readonly a0: string }): Promise<Row47> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list47(id: number, more?: { readonly a1: string }): Promise<Row47> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert47(id: number, more?: { readonly a2: string }): Promise<Row47> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update47(id: number, more?: { readonly a3: string }): Promise<Row47> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove47(id: number, more?: { readonly a4: string }): Promise<Row47> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 47; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository47).toSelf().inPooledScope({ maxSize: 2 });
interface Row48 { readonly id48: number; readonly name: string }
class Repository48 {
  find48(id: number, more?: { readonly a0: string }): Promise<Row48> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list48(id: number, more?: { readonly a1: string }): Promise<Row48> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert48(id: number, more?: { readonly a2: string }): Promise<Row48> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update48(id: number, more?: { readonly a3: string }): Promise<Row48> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove48(id: number, more?: { readonly a4: string }): Promise<Row48> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 48; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository48).toSelf().inPooledScope({ maxSize: 2 });
interface Row49 { readonly id49: number; readonly name: string }
class Repository49 {
  find49(id: number, more?: { readonly a0: string }): Promise<Row49> { return Promise.reject(new Error(String(id) + more?.a0)); }
  list49(id: number, more?: { readonly a1: string }): Promise<Row49> { return Promise.reject(new Error(String(id) + more?.a1)); }
  insert49(id: number, more?: { readonly a2: string }): Promise<Row49> { return Promise.reject(new Error(String(id) + more?.a2)); }
  update49(id: number, more?: { readonly a3: string }): Promise<Row49> { return Promise.reject(new Error(String(id) + more?.a3)); }
  remove49(id: number, more?: { readonly a4: string }): Promise<Row49> { return Promise.reject(new Error(String(id) + more?.a4)); }
  count(): number { return 49; }
  query<T>(sql: string): Promise<T[]>;
  query<T>(sql: string, values: unknown[]): Promise<T[]>;
  query<T>(): Promise<T[]> { return Promise.resolve([]); }
}
container.bind(Repository49).toSelf().inPooledScope({ maxSize: 2 });
