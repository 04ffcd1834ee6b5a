/** The world in which the examples of the doc comments live: each name that they use without saying what it is. */
import "reflect-metadata";

import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { metrics as otel } from "@opentelemetry/api";
import { type Container, preDestroy } from "inversify";
import { perAsyncContext, scopedProxy, ScopedContainer, setInstance, sharedScope } from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { Registry } from "prom-client";
import { sqlTransactions } from "inversify-scopes/transactions";

export class Db {
  static connect(_url: string | undefined): Db {
    return new Db();
  }
  async query(sql: string, _values?: unknown[]): Promise<string[]> {
    return [sql];
  }
  async connect(): Promise<void> {}
  async commit(): Promise<void> {}
  async rollback(): Promise<void> {}
  @preDestroy()
  async end(): Promise<void> {}
}
export const Client = class extends Db {
  constructor(readonly address: string) {
    super();
  }
};
@perAsyncContext()
export class CurrentUser {
  name = "ann";
}
export class Settings {
  constructor(readonly port = 80) {}
}
export class Mailer {
  async send(_message: unknown): Promise<void> {}
}
export class Parser {
  parse(text: string): string[] {
    return text.split(" ");
  }
}
export class Report {
  readonly lines: string[] = [];
}
export class Providers {
  @perAsyncContext({ provides: Report })
  report(): Report {
    return new Report();
  }
}
export class Config extends Settings {}

export const register = new Registry();
export const meter = otel.getMeter("orders");
export const url = "postgres://localhost";
export const connect = async (_url?: unknown): Promise<Db> => new Db();
export const create = connect;
export const loadConfig = async (): Promise<Config> => new Config();
export const loadSettings = async (): Promise<Settings> => new Settings();
export const buildContainer = (): Container => container;
export const writeFileSync = (_name: string, _text: string): void => {};
export const sendMails = async (): Promise<void> => {};

export const container = new ScopedContainer();
container.bind(Db).toDynamicValue(connect).inPooledScope(8);
container.bind(CurrentUser).toSelf();
container.bind(Mailer).toSelf().inPerAsyncContextScope();
container.bind<{ name: string }>("the tenant").toContextValue();
container.bind(Parser).toSelf().inScope(sharedScope());
container
  .bind<Db>("ledger of the prelude")
  .toDynamicValue(connect)
  .inPooledScope({ maxSize: 8, shape: Db, transactions: sqlTransactions((db, sql) => db.query(sql)) });
export const ledger = container.get<Db>("ledger of the prelude");
export const db = container.get(Db);
export const tx = db;
export const user = container.get(CurrentUser);
export const mailer = container.get(Mailer);
export const tenant = container.get<{ name: string }>("the tenant");
export const parser = container.get(Parser);

export const settings = scopedProxy<Settings>("settings", { shape: Settings });
setInstance(settings, new Settings());

export const pool = new Pool<Db>({ create: connect, maxSize: 8 });

export const body = { item: "pear" };
export const order = { id: 1 };
export const controller = { create: async (what: unknown): Promise<unknown> => what };
export const handler = { onMessage: (_data: unknown): void => {} };
export const server = createServer();
export const worker = { close: async (): Promise<void> => {} };
export const socket = new EventEmitter();
export const log = { info: (..._facts: unknown[]): void => {}, error: (..._facts: unknown[]): void => {} };
export const metrics = { gauge: (_name: string, _value: number): void => {} };
export const histogram = { record: (_value: number, _labels: unknown): void => {} };
export const signal: AbortSignal = new AbortController().signal;
export const app = {
  use: (_middleware: (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void): void => {},
};
export const request: { readonly signal: AbortSignal; readonly isReadOnly: boolean; readonly tenant: string } = {
  signal,
  isReadOnly: true,
  tenant: "acme",
};
