import { expect } from "chai";
import typeorm from "typeorm";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

const { DataSource, EntitySchema, EntityManager } = typeorm;
const Row = new EntitySchema({
  name: "typeorm_row",
  columns: { id: { type: Number, primary: true, generated: true } },
});
let url;
let source;
const make = () => new DataSource({ type: "postgres", url, entities: [Row], synchronize: true }).initialize();
const client = {
  before: async () => {
    url = await postgres();
    source = await make();
  },
  after: () => source.destroy(),
  worked: [{ n: 1 }],
  work: (one) => one.query("select 1 as n"),
};

behaves("typeorm, shared", {
  ...client,
  scope: "shared",
  make,
  end: (one) => one.destroy(),
  options: { shape: DataSource },
  library: async (one) => {
    expect(await new EntityManager(one).query("select 2 as n")).to.eql([{ n: 2 }]);
    expect(await one.getRepository(Row).countBy({ id: -1 })).to.equal(0);
  },
});
behaves("typeorm, a query runner per context from the data source that you have", {
  ...client,
  scope: "per-async-context",
  make: async () => {
    const runner = source.createQueryRunner();
    await runner.connect();
    return runner;
  },
  end: (runner) => runner.release(),
  options: () => ({ shape: source.createQueryRunner() }),
  identity: async (runner) => (await runner.query("select pg_backend_pid() as id"))[0].id,
  transaction: {
    begin: async (runner) => (await runner.startTransaction(), runner),
    write: (runner) => runner.manager.insert(Row, {}),
    read: (runner) => runner.manager.count(Row),
    commit: (runner) => runner.commitTransaction(),
    rollback: (runner) => runner.rollbackTransaction(),
  },
  library: async (runner) => expect(await source.createEntityManager(runner).query("select 2 as n")).to.eql([{ n: 2 }]),
});
