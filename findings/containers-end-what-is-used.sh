#!/usr/bin/env bash
# inversify 8.2.3 (unbindAllAsync), awilix 13.0.5 and tsyringe 4.10.0 (dispose): all disposers start at once, the dependency's before that of what was made with it, and none waits for another. So a journal that
# writes its last lines when it ends finds its database closed, at every shutdown and, with awilix, at the end of each request's scope. awilix's documentation
# recommends disposers for connection pools, and says that their promises are awaited; of the order none of the three says anything. With inversify the order is that of the bindings: the right one helps as long as no disposer awaits anything.
# Seen on Node 20.20.2. End what needs others by hand, before the container.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts inversify@8.2.3 awilix@13.0.5 tsyringe@4.10.0 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { setTimeout as sleep } from "node:timers/promises";
import { asClass, createContainer } from "awilix";
import { Container } from "inversify";
import { container as root, inject, injectable } from "tsyringe";

class Database {
  #open = true;
  async write() {
    if (!this.#open) throw new Error("the database is closed");
  }
  async dispose() {
    this.#open = false;
  }
}
class Journal {
  constructor(database) {
    this.database = database;
  }
  async dispose() {
    await sleep(10); // takes the last lines together
    await this.database.write();
  }
}
const dispose = (instance) => instance.dispose();

function inversify(...bind) {
  const container = new Container();
  for (const each of bind) each(container).inSingletonScope().onDeactivation(dispose);
  container.get(Journal);
  return container.unbindAllAsync();
}
const database = (container) => container.bind(Database).toDynamicValue(() => new Database());
const journal = (container) => container.bind(Journal).toResolvedValue((held) => new Journal(held), [Database]);

const ways = {
  "inversify, database bound first": () => inversify(database, journal),
  "inversify, journal bound first": () => inversify(journal, database),
  async awilix() {
    const scope = createContainer({ injectionMode: "CLASSIC" })
      .register("database", asClass(Database).scoped().disposer(dispose))
      .register("journal", asClass(Journal).scoped().disposer(dispose))
      .createScope();
    scope.resolve("journal");
    await scope.dispose();
  },
  async tsyringe() {
    injectable()(Database);
    inject(Database)(Journal, undefined, 0);
    injectable()(Journal);
    const container = root.createChildContainer();
    container.registerSingleton(Database).registerSingleton(Journal);
    container.resolve(Journal);
    await container.dispose();
  },
};
for (const [name, end] of Object.entries(ways)) {
  console.log(`${name}: ${await end().then(() => "written", ({ message }) => message)}`);
}
PROGRAM
expected='inversify, database bound first: the database is closed
inversify, journal bound first: the database is closed
awilix: the database is closed
tsyringe: the database is closed'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
