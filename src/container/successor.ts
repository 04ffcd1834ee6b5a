import type { Container, GetOptions, ServiceIdentifier } from "inversify";
import { captureOutsideContexts } from "../context/outside.js";
import type { Source } from "../proxy/source.js";
import { followingSource, type Successor } from "../scopes/binding/following-source.js";
import type { Service } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import { sharedScope } from "../scopes/shared.js";
import { refuseCircle } from "../scopes/binding/self-reference.js";
import { type BoundScope, boundScopeBy } from "./bound-scope.js";
import type { ContainerScopes } from "./container-scopes.js";
import type { InversifyBinding } from "./inversify-types.js";
import type { Line } from "./line.js";

/** Lets the proxy of a binding that is gone mean what took its place. */
export function followLine(gone: BoundScope, line: Line, container: Container, scopes: ContainerScopes): void {
  const { service } = gone;
  const stock = new StockSource(stockService(gone, container), scopes);
  service.follow((closed) => followingSource(service.name, new LineSuccessor(line, stock, closed)));
  service.dependent.successor = () => lastOf(line)?.dependent;
}

/** The service that took the place of those before it, also once its binding was removed. */
function lastOf({ last }: Line): ScopedService | undefined {
  return last === undefined ? undefined : boundScopeBy(last)?.service;
}

class LineSuccessor implements Successor {
  readonly #line: Line;
  readonly #stock: StockSource;
  /** Where nothing took its place yet, or that is gone too. */
  readonly #closed: Source;

  constructor(line: Line, stock: StockSource, closed: Source) {
    this.#line = line;
    this.#stock = stock;
    this.#closed = closed;
  }

  source(): Source {
    const binding = this.#line.now();
    if (binding === undefined) return this.#removed();
    return boundScopeBy(binding)?.service.target.source ?? this.#stock.of(binding);
  }

  /** What holds it ends first, and may use it until it has ended itself. */
  #removed(): Source {
    return lastOf(this.#line)?.target.source ?? this.#closed;
  }

  proxy(): object | undefined {
    const binding = this.#line.now();
    return binding === undefined ? undefined : boundScopeBy(binding)?.service.proxy;
  }
}

/**
 * What inversify gives for a stock binding, to one proxy: asked for at the first touch and kept, as whoever is injected keeps
 * it. So a transient one is one instance for each proxy, and not one for each touch.
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
    // After a restore() inversify may make even a singleton anew.
    if (this.#given?.id !== id || this.#given.generation !== generation) {
      this.#given = { id, generation, source: sharedScope().open(this.#service) };
    }
    return this.#given.source;
  }
}

/** Asks as an injection of the old binding did; what is given ends as inversify says. */
function stockService({ service: { name, target }, identifier, recipe }: BoundScope, container: Container): Service {
  return {
    name,
    create() {
      const given = resolve(container, identifier, recipe.request);
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
