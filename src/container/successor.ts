import type { Container, GetOptions, ServiceIdentifier } from "inversify";
import { captureOutsideContexts } from "../context/outside.js";
import type { Source } from "../proxy/source.js";
import { followingSource, type Successor } from "../scopes/binding/following-source.js";
import type { Service } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import { sharedScope } from "../scopes/shared.js";
import { refuseCircle } from "../scopes/binding/self-reference.js";
import { type ScopedBinding, scopedBindingBy } from "./scoped-binding.js";
import type { ContainerScopes } from "./container-scopes.js";
import type { InversifyBinding } from "./inversify-types.js";
import type { Line } from "./line.js";

/** Lets the proxy of a removed binding mean the binding that took its place. */
export function followLine(gone: ScopedBinding, line: Line, container: Container, scopes: ContainerScopes): void {
  const { service } = gone;
  const stock = new StockSource(stockService(gone, container), scopes);
  service.follow((closed) => {
    line.gap = closed;
    return followingSource(service.name, new LineSuccessor(line, stock, closed));
  });
  service.dependent.successor = () => lastOf(line)?.dependent;
}

/** The last service of the line, even if its binding was removed. */
function lastOf({ last }: Line): ScopedService | undefined {
  return last === undefined ? undefined : scopedBindingBy(last)?.service;
}

class LineSuccessor implements Successor {
  readonly #line: Line;
  readonly #stock: StockSource;
  /** The source where a stock binding took the place of the old one, and is gone, too. */
  readonly #closed: Source;

  constructor(line: Line, stock: StockSource, closed: Source) {
    this.#line = line;
    this.#stock = stock;
    this.#closed = closed;
  }

  source(): Source {
    const binding = this.#line.now();
    if (binding === undefined) return this.#removed();
    return scopedBindingBy(binding)?.service.target.source ?? this.#stock.of(binding);
  }

  /** The last service's source: what holds it ends first, and may use it until then. While it is replaced, it follows the line itself. */
  #removed(): Source {
    return this.#line.gap ?? lastOf(this.#line)?.target.source ?? this.#closed;
  }

  proxy(): object | undefined {
    const binding = this.#line.now();
    return binding === undefined ? undefined : scopedBindingBy(binding)?.service.proxy;
  }
}

/**
 * What inversify gives for a stock binding, to one proxy. It is asked for at the first touch and kept, as an injected object is kept:
 * so a transient binding makes one instance for each proxy, not one for each touch.
 */
class StockSource {
  readonly #service: Service;
  readonly #scopes: ContainerScopes;
  #given: { readonly id: number; readonly generation: number; readonly source: Source } | undefined;

  constructor(service: Service, scopes: ContainerScopes) {
    this.#service = service;
    this.#scopes = scopes;
  }

  of({ id }: InversifyBinding): Source {
    const { generation } = this.#scopes;
    // After a `restore()`, inversify may make even a singleton anew.
    if (this.#given?.id !== id || this.#given.generation !== generation) {
      this.#given = { id, generation, source: sharedScope().open(this.#service) };
    }
    return this.#given.source;
  }
}

/** Asks for the instance by the old binding's name or tag. inversify ends the instance. */
function stockService({ service, identifier, hiddenBinding }: ScopedBinding, container: Container): Service {
  const { name, target } = service;
  return {
    name,
    create() {
      const given = resolve(container, identifier, hiddenBinding.request);
      refuseCircle("rebind", "the new binding", target, given);
      return given as object;
    },
    destroy: nothing,
    outside: captureOutsideContexts(name),
    publish: nothing,
  };
}

function nothing(): void {}

function resolve(container: Container, identifier: ServiceIdentifier, request: GetOptions | undefined): unknown {
  try {
    return container.get(identifier, request as undefined);
  } catch (error) {
    const isAsync = error instanceof Error && error.message.startsWith("Unexpected asynchronous service");
    if (!isAsync) throw error;
    return container.getAsync(identifier, request as undefined);
  }
}
