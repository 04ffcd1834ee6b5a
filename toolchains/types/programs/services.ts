/** What the programs beside have to do with. */
import "reflect-metadata";
import { ScopedContainer } from "inversify-scopes";

export class Db {
  url = "";
  async query(sql: string): Promise<string[]> {
    return [sql];
  }
  count(): number {
    return 1;
  }
  end(): Promise<void> {
    return Promise.resolve();
  }
  queryOrCount(sql: string): Promise<string[]>;
  queryOrCount(sql: string, count: true): number;
  queryOrCount(): unknown {
    return 0;
  }
}

export class Replica extends Db {
  lag = 0;
}

export class Mailer {
  send(to: string): Promise<string> {
    return Promise.resolve(to);
  }
}

/** What a registry of one's own makes: nobody else calls its constructor. */
export class Registry {
  static readonly only = new Registry();
  private constructor() {}
  find(id: number): Promise<string> {
    return Promise.resolve(`${id}`);
  }
}

/** Nine overloads: all promises, and all but the first. */
export interface Nine {
  all(a: 1): Promise<1>;
  all(a: 2): Promise<2>;
  all(a: 3): Promise<3>;
  all(a: 4): Promise<4>;
  all(a: 5): Promise<5>;
  all(a: 6): Promise<6>;
  all(a: 7): Promise<7>;
  all(a: 8): Promise<8>;
  all(a: 9): Promise<9>;
  butOne(a: 1): void;
  butOne(a: 2): Promise<2>;
  butOne(a: 3): Promise<3>;
  butOne(a: 4): Promise<4>;
  butOne(a: 5): Promise<5>;
  butOne(a: 6): Promise<6>;
  butOne(a: 7): Promise<7>;
  butOne(a: 8): Promise<8>;
  butOne(a: 9): Promise<9>;
}

/** A client with hundreds of commands, some of which are known. */
export interface Commands {
  [command: string]: unknown;
  get(key: string): Promise<string>;
  duplicate(): Commands;
}

export const container = new ScopedContainer();
