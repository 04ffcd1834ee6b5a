/** What the container gives: a scoped service's proxy against a stock singleton, and what an ES Proxy costs there by itself. */
import { Container } from "inversify";
import { ScopedContainer } from "inversify-scopes";
import { makeClass } from "../lib/services.mjs";
import { keep } from "../lib/sink.mjs";

const EMPTY = Symbol("an empty ES Proxy");

function get() {
  const [Stock, Scoped] = [makeClass(1), makeClass(2)];
  const stock = new Container();
  stock.bind(Stock).toSelf().inSingletonScope();
  stock.bind(EMPTY).toConstantValue(new Proxy({}, {}));
  const scoped = new ScopedContainer();
  scoped.bind(Scoped).toSelf().inPerAsyncContextScope();
  return [
    {
      name: "by hand",
      run(n) {
        for (let i = 0; i < n; i++) keep(stock.get(Stock));
      },
    },
    {
      name: "a constant that is an empty ES Proxy",
      run(n) {
        for (let i = 0; i < n; i++) keep(stock.get(EMPTY));
      },
    },
    {
      name: "ours",
      run(n) {
        for (let i = 0; i < n; i++) keep(scoped.get(Scoped));
      },
    },
  ];
}

export const rows = [
  { id: "container-get", what: "`container.get` of a scoped service, against a stock singleton", max: 1.1, cases: get },
];
