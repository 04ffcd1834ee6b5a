/** What a request needs, by hand: a user and a connection of its own, found in an AsyncLocalStorage. */
import { AsyncLocalStorage } from "node:async_hooks";
import { ArrayPool } from "./pools.mjs";

export class User {
  name = "nobody";
}

/** A client whose server answers at once. */
export class Db {
  async query() {
    return "row";
  }
}

const storage = new AsyncLocalStorage();
const pool = new ArrayPool(() => new Db(), 8);

/** Runs what follows in a request of its own; its connection goes back when the response has closed. */
export function begin(res, next) {
  const request = { user: new User(), db: undefined };
  res.on("close", () => {
    if (request.db !== undefined) pool.release(request.db);
  });
  storage.run(request, next);
}

export async function answer(name) {
  const request = storage.getStore();
  request.user.name = name;
  request.db ??= await pool.acquire();
  return `${request.user.name}: ${await request.db.query()}`;
}
