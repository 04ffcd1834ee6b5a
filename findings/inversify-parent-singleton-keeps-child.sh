#!/usr/bin/env bash
# inversify 8.2.3: a singleton that is bound in a parent container and asked for through a child is made with the bindings of that child, and kept in the
# parent. Every later child gets it with what the first one had: with a child container for each request, all requests run as the first user, and
# nothing says so. (Asked for in the parent itself, it is an error: the user is not bound there.) Bind such a service in the child, or inject what
# means the current request's user.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund inversify@8.2.3 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { Container, decorate, inject, injectable } from "inversify";

class User {
  constructor(name) {
    this.name = name;
  }
}
class Orders {
  constructor(user) {
    this.user = user;
  }
}
decorate(injectable(), Orders);
decorate(inject(User), Orders, 0);
const parent = new Container();
parent.bind(Orders).toSelf().inSingletonScope();
for (const name of ["first", "second"]) {
  const child = new Container({ parent });
  child.bind(User).toConstantValue(new User(name));
  console.log(`${name} request runs as ${child.get(Orders).user.name}`);
}
PROGRAM
expected='first request runs as first
second request runs as first'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
