import "reflect-metadata";
import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { expectNoLeases } from "inversify-scopes/testing";

import { Connection } from "../support/connection.js";
import { sharedPostgres } from "../support/postgres.js";

/** Row level security, told who asks by `onAcquire`: a pool for each tenant, since hooks run in no request's context. */
describe("Tenants behind row level security (S54)", function () {
  this.timeout(20_000);
  const tenants = ["acme", "globex"] as const;
  let admin: Connection;
  let container: ScopedContainer;

  before(async () => {
    const { url } = await sharedPostgres();
    admin = await Connection.open(url, "tenants-admin");
    await admin.query("DROP SCHEMA IF EXISTS tenants CASCADE");
    await admin.query("DROP ROLE IF EXISTS tenants_app");
    await admin.query("CREATE SCHEMA tenants");
    await admin.query(
      "CREATE TABLE tenants.notes (tenant text NOT NULL DEFAULT current_setting('app.tenant'), note text)",
    );
    await admin.query("ALTER TABLE tenants.notes ENABLE ROW LEVEL SECURITY");
    await admin.query("CREATE POLICY own ON tenants.notes USING (tenant = current_setting('app.tenant'))");
    await admin.query("CREATE ROLE tenants_app LOGIN PASSWORD 'app'");
    await admin.query("GRANT USAGE ON SCHEMA tenants TO tenants_app");
    await admin.query("GRANT ALL ON tenants.notes TO tenants_app");

    const appUrl = new URL(url);
    appUrl.username = "tenants_app";
    appUrl.password = "app";
    container = new ScopedContainer();
    for (const tenant of tenants) {
      container
        .bind(Connection)
        .toDynamicValue(() => Connection.open(appUrl.href, `tenants-${tenant}`))
        .inPooledScope({
          maxSize: 2,
          onAcquire: (db) => db.query("SELECT set_config('app.tenant', $1, false)", [tenant]),
          onRelease: (db) => db.query("DISCARD ALL"),
          destroy: (db) => db.close(),
        })
        .whenNamed(tenant);
    }
  });

  after(async () => {
    await container?.unbindAllAsync();
    await admin.query("DROP SCHEMA tenants CASCADE");
    await admin.query("DROP ROLE tenants_app");
    await admin.close();
  });

  it("shows each tenant its own rows, over and over on the same connections", async () => {
    const [acme, globex] = tenants.map((name) => container.get(Connection, { name }));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        runInContext(async () => {
          await (n % 2 ? acme : globex)!.query("INSERT INTO tenants.notes (note) VALUES ($1)", [`note ${n}`]);
        }),
      ),
    );
    await runInContext(async () => {
      for (const [tenant, db] of [["acme", acme] as const, ["globex", globex] as const]) {
        const notes = await db!.query<{ tenant: string }>("SELECT * FROM tenants.notes");
        expect(notes).to.have.lengthOf(10);
        expect(new Set(notes.map((row) => row.tenant))).to.deep.equal(new Set([tenant]));
      }
    });
    expectNoLeases(container);
  });

  it("lends no connection whose tenant could not be set", async () => {
    const failing = new ScopedContainer();
    const { url } = await sharedPostgres();
    failing
      .bind(Connection)
      .toDynamicValue(() => Connection.open(url, "tenants-failing"))
      .inPooledScope({
        maxSize: 2,
        onAcquire: (db) => db.query("SELECT set_config(NULL, 'x', false)"),
        destroy: (db) => db.close(),
        logger: { warn() {} },
      });
    const db = failing.get(Connection);
    let failure: unknown;
    await runInContext(() => db.backend()).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.have.property("code", "CREATE_FAILED");
    expectNoLeases(failing);
    await failing.unbindAllAsync();
  });
});
