import "reflect-metadata";
import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { bindToContext, currentContext, runInContext, ScopedContainer, unwrap } from "inversify-scopes";
import { expectNoLeases } from "inversify-scopes/testing";
import { Client, type Notification } from "pg";

import { reasonOf } from "../support/errors.js";
import { collected } from "../support/gc.js";
import { gate } from "../support/gate.js";
import { sharedPostgres } from "../support/postgres.js";
import { perContext, Thing } from "../support/things.js";

/** The driver's own class is the service: nothing of ours is around it. */
describe("pg's sockets in a pool (S22)", function () {
  this.timeout(20_000);
  let container: ScopedContainer;
  let client: Client;
  const storage = new AsyncLocalStorage<object>();
  const user = perContext("user");

  before(async () => {
    const { url } = await sharedPostgres();
    container = new ScopedContainer();
    container
      .bind(Client)
      .toDynamicValue(async () => {
        const opened = new Client({ connectionString: url, application_name: "pg-sockets" });
        await opened.connect();
        return opened;
      })
      .inPooledScope({ maxSize: 1, destroy: (opened) => opened.end() });
    client = container.get(Client);
  });
  after(() => container?.unbindAllAsync());
  afterEach(() => {
    expectNoLeases(container);
  });

  /** One request after the other on the one socket, the first of which has opened it. */
  async function inTwoRequests(body: (see: (where: string) => void) => Promise<void>): Promise<void> {
    for (const name of ["opens it", "uses it"]) {
      await runInContext({ name, needs: [client] }, async () => {
        const mine = user.which();
        const see = (where: string): void => {
          expect(currentContext()?.name, where).to.equal(name);
          expect(user.which(), where).to.equal(mine);
        };
        await body(see);
        see("after it all");
      });
    }
  }

  it("a query's promise, also of many that are sent at once", async () => {
    await inTwoRequests(async (see) => {
      const one = async (n: number): Promise<number> => {
        const { rows } = await client.query<{ n: number }>("SELECT $1::int AS n, pg_sleep(0.001)", [n]);
        see(`query ${n}`);
        return rows[0]!.n;
      };
      expect(await Promise.all([1, 2, 3, 4, 5].map(one))).to.eql([1, 2, 3, 4, 5]);
    });
  });

  it("a query's callback, row by row, and its errors, tied", async () => {
    await inTwoRequests(async (see) => {
      const called = gate();
      client.query(
        "SELECT 1 AS n",
        bindToContext(() => {
          see("callback");
          called.open();
        }),
      );
      await called.promise;
      const failed = await reasonOf(client.query("SELECT nonsense"));
      see("rejection");
      expect(failed).to.be.instanceOf(Error);
    });
  });

  it("notices and notifications, tied while they are listened to", async () => {
    await inTwoRequests(async (see) => {
      const heard: string[] = [];
      const onNotice = bindToContext(({ message }: { message?: string | undefined }) => {
        see("notice");
        heard.push(message!);
      });
      const told = gate();
      const onNotification = bindToContext(({ payload }: Notification) => {
        see("notification");
        heard.push(payload!);
        told.open();
      });
      client.on("notice", onNotice).on("notification", onNotification);
      await client.query("DO $$ BEGIN RAISE NOTICE 'mind the gap'; END $$");
      await client.query("LISTEN jobs");
      await client.query("NOTIFY jobs, 'job 7'");
      await told.promise;
      expect(heard).to.eql(["mind the gap", "job 7"]);
      client.off("notice", onNotice).off("notification", onNotification);
      await client.query("UNLISTEN jobs");
    });
  });

  it("what is not tied sees no context, whoever uses the socket, and is told what to do", async () => {
    for (const name of ["first", "second"]) {
      await runInContext({ name, needs: [client] }, async () => {
        user.hello();
        const called = gate<unknown>();
        client.query("SELECT 1", () => {
          expect(currentContext()).to.equal(undefined);
          try {
            user.hello();
          } catch (error) {
            called.open(error);
          }
        });
        const error = (await called.promise) as Error;
        expect(error).to.have.property("code", "CAPTIVE_DEPENDENCY");
        expect(error.message).to.include("factory of Client").and.include("bindToContext");
      });
    }
  });

  it("the socket keeps nothing of those who used it (S45)", async () => {
    const gone: WeakRef<object>[] = [];
    const request = (): Promise<void> =>
      storage.run(new Thing("store of another storage"), () =>
        runInContext({ needs: [client] }, async () => {
          gone.push(new WeakRef(storage.getStore()!), new WeakRef(unwrap(user)), new WeakRef(currentContext()!));
          await client.query("SELECT 1");
        }),
      );
    await request();
    await request();
    // A socket that has opened in no request, and is still open.
    await runInContext({ needs: [client] }, () => client.query("SELECT 1"));
    await collected(() => gone.every((ref) => ref.deref() === undefined));
  });

  it("what a helper writes by the ambient client is rolled back with the transaction (S55)", async () => {
    const helper = { note: (text: string) => client.query("INSERT INTO pg_temp.notes VALUES ($1)", [text]) };
    await runInContext({ needs: [client] }, async () => {
      await client.query("CREATE TEMPORARY TABLE notes (note text)");
      await client.query("BEGIN");
      await helper.note("in a transaction that it knows nothing of");
      await client.query("ROLLBACK");
      await helper.note("kept");
      expect((await client.query("SELECT * FROM pg_temp.notes")).rows).to.eql([{ note: "kept" }]);
      await client.query("DROP TABLE pg_temp.notes");
    });
  });
});
