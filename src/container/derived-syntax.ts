/** On an object of syntax: what is known of its binding. */
const STATE = Symbol("inversify-scopes");

interface Decorated<State> {
  [STATE]?: State;
}

/**
 * Puts our methods in front of inversify's own on objects of binding syntax. They come by a prototype, which is made once for each of
 * inversify's classes of syntax, not for each binding. Our methods call inversify's by the class's own prototype.
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
