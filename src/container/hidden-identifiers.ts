import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  Container,
  GetOptions,
  ResolutionContext,
  ServiceIdentifier,
} from "inversify";
import { isThenable } from "../base/is-thenable.js";
import { isHidden, standsFor } from "./constraint-view.js";
import type { InversifyBinding, InversifyServices } from "./inversify-types.js";
import type { Resolutions } from "./resolutions.js";

/** Repeats what the user said after `bind(S)` (`to`, `toDynamicValue`, `toResolvedValue`) for another identifier. */
export type BindFactory = (syntax: BindToFluentSyntax<unknown>) => BindInWhenOnFluentSyntax<unknown>;

/** Binds the users' factories and classes under hidden identifiers of a container, and makes instances by them. */
export class HiddenIdentifiers {
  readonly #inversify: InversifyServices;
  readonly #resolutions: Resolutions;
  readonly #bind: Container["bind"];
  readonly #unbind: Container["unbind"];
  readonly #get: Container["get"];
  readonly #isCurrentBound: Container["isCurrentBound"];
  /** Identifiers that were given back, by the names that messages show. */
  readonly #free = new Map<string, symbol[]>();
  #context: ResolutionContext | undefined;

  constructor(container: Container, inversify: InversifyServices, resolutions: Resolutions) {
    this.#inversify = inversify;
    this.#resolutions = resolutions;
    this.#bind = container.bind.bind(container);
    this.#unbind = container.unbind.bind(container);
    this.#get = container.get.bind(container);
    this.#isCurrentBound = container.isCurrentBound.bind(container);
  }

  /**
   * A hidden identifier for a service. Identifiers are used again, since bindings come and go, and inversify keeps something for
   * every identifier that it has ever planned.
   */
  take(service: ServiceIdentifier, name: string): symbol {
    const identifier = this.#free.get(name)?.pop() ?? Symbol(name);
    standsFor(identifier, service);
    return identifier;
  }

  giveBack(identifier: symbol, name: string): void {
    this.#forget(identifier);
    const free = this.#free.get(name);
    if (free === undefined) this.#free.set(name, [identifier]);
    else free.push(identifier);
  }

  /** Removes all hidden bindings: `restore` may have brought back those of its snapshot. */
  clear(): void {
    for (const service of [...this.#inversify.bindingService.getNonParentBoundServices()]) {
      if (isHidden(service)) this.#unbind(service);
    }
  }

  /**
   * Binds a factory as a singleton whose cache forgets each instance at once. inversify tells that cache first what it has made: so
   * we get the promise of an asynchronous instance, which `container.get` would drop after user code has run.
   */
  bind(identifier: symbol, bindFactory: BindFactory): void {
    bindFactory(this.#bind(identifier)).inSingletonScope();
    for (const binding of this.#inversify.bindingService.getNonParentBindings(identifier)!) catchPromises(binding);
  }

  #forget(identifier: symbol): void {
    if (this.#isCurrentBound(identifier)) this.#unbind(identifier);
  }

  /** Makes an instance, or a promise of one. User code runs once in either case. */
  make(identifier: symbol, request: GetOptions | undefined): unknown {
    try {
      return unbox(this.#get(identifier, request as undefined));
    } catch (error) {
      if (error instanceof CaughtPromise) return error.promise.then(unbox);
      throw error;
    }
  }

  /** The context that `toDynamicValue` factories and activation handlers get. */
  context(): ResolutionContext {
    if (this.#context === undefined) {
      const identifier = Symbol("inversify-scopes: resolution context");
      this.#bind(identifier)
        .toDynamicValue((context) => new Box(context))
        .inTransientScope();
      this.#context = this.#resolutions.contextOf(unbox(this.#get(identifier)) as ResolutionContext);
      this.#unbind(identifier);
    }
    return this.#context;
  }
}

/** Wraps what a factory made, so that inversify does not await its promise. */
export class Box {
  constructor(readonly content: unknown) {}
}

function unbox(made: unknown): unknown {
  return made instanceof Box ? made.content : made;
}

/** Thrown through `container.get` to get a promise out of it. */
class CaughtPromise {
  constructor(readonly promise: PromiseLike<unknown>) {}
}

const NOTHING_CACHED = { isRight: false, value: undefined };

function catchPromises(binding: InversifyBinding): void {
  Object.defineProperty(binding, "cache", {
    get: () => NOTHING_CACHED,
    set({ value }: { value: unknown }) {
      // oxlint-disable-next-line typescript/only-throw-error -- no error: the way out of `container.get`
      if (isThenable(value)) throw new CaughtPromise(value);
    },
  });
}
