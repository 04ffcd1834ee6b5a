/** What is known of a binding that is begun, on the object of syntax itself. */
const STATE = Symbol("inversify-scopes");

interface Decorated<State> {
  [STATE]?: State;
}

/**
 * Methods of ours in the place of inversify's own on objects of binding syntax, by way of their prototype: made once for each
 * of inversify's classes of syntax, and not for each binding. Its own are called by the class's prototype.
 */
export class DerivedSyntax<State extends object> {
  readonly #methodsFor: (stock: never) => object;
  readonly #derived = new WeakMap<object, object>();

  constructor(methodsFor: (stock: never) => object) {
    this.#methodsFor = methodsFor;
  }

  put(syntax: object, state: State): void {
    const stock = Reflect.getPrototypeOf(syntax)!;
    let derived = this.#derived.get(stock);
    if (derived === undefined) {
      derived = Object.assign(Object.create(stock) as object, this.#methodsFor(stock as never));
      this.#derived.set(stock, derived);
    }
    Object.setPrototypeOf(syntax, derived);
    (syntax as Decorated<State>)[STATE] = state;
  }

  stateOf(syntax: object): State {
    return (syntax as Decorated<State>)[STATE]!;
  }
}
