import type { BeginOptions, TransactionDriver } from "inversify-scopes/transactions";

let connections = 0;

/** A connection that does nothing but remember what it was asked, each time with its number. */
export class Recorded {
  readonly n = ++connections;
  isOpen = true;

  constructor(readonly log: string[] = []) {}

  async query(sql: string): Promise<string> {
    if (!this.isOpen) throw new Error("closed");
    this.note(sql);
    await Promise.resolve();
    if (sql.startsWith("fail")) throw new Error(sql);
    return sql;
  }

  note(what: string): void {
    this.log.push(`${this.n}: ${what}`);
  }

  end(): void {
    this.note("end");
    this.isOpen = false;
  }
}

/** Counts connections from 1 again. */
export function countFromOne(): void {
  connections = 0;
}

/** A driver for tests without a database: what transactions do is in the log of the connection. */
export function recordingDriver<T extends Pick<Recorded, "note">>(
  changes: Partial<TransactionDriver<T>> = {},
): TransactionDriver<T> {
  const note =
    (what: string) =>
    async (db: T, more?: BeginOptions | string): Promise<void> => {
      const said = typeof more === "string" ? more : Object.values(more ?? {}).filter(Boolean);
      db.note([what].concat(said).join(" "));
    };
  return {
    begin: note("begin"),
    commit: note("commit"),
    rollback: note("rollback"),
    savepoint: note("savepoint"),
    rollbackTo: note("rollbackTo"),
    releaseSavepoint: note("releaseSavepoint"),
    ...changes,
  };
}
