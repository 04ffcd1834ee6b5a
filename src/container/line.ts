import type { ServiceIdentifier } from "inversify";
import { successionChanged } from "../context/dependents.js";
import { targetOf } from "../proxy/registry.js";
import type { Source } from "../proxy/source.js";
import type { InversifyBinding, InversifyServices } from "./inversify-types.js";

/** Bindings of one service: by `rebind`, each took the place of the one before. */
export class Line {
  readonly #inversify: InversifyServices;
  readonly #service: ServiceIdentifier;
  /** The number of the binding that is there now; none between `rebind` and what follows it. */
  #id: number | undefined;
  /** The last binding, even if it was removed. */
  last: InversifyBinding | undefined;
  /** The source between `rebind` and what follows it: it says `UNBOUND`. */
  gap: Source | undefined;

  constructor(inversify: InversifyServices, service: ServiceIdentifier) {
    this.#inversify = inversify;
    this.#service = service;
  }

  /** The binding that is there now, if it was not removed. */
  now(): InversifyBinding | undefined {
    const [binding] = (this.#id === undefined ? undefined : this.#inversify.bindingService.getById(this.#id)) ?? [];
    return binding;
  }

  /** A binding took the place of the one before. The last one counts: a scope that is said later binds once more. */
  note(): void {
    const binding = [...this.#inversify.bindingService.getNonParentBindings(this.#service)!].at(-1)!;
    this.#id = binding.id;
    this.last = binding;
    this.gap = undefined;
    lines.set(keyOf(binding), this);
    successionChanged();
  }

  /** The line that ends with this binding. */
  static of(binding: InversifyBinding): Line | undefined {
    const line = lines.get(keyOf(binding));
    return line !== undefined && line.#id === binding.id ? line : undefined;
  }
}

/** The lines, by their last bindings. */
const lines = new WeakMap<object, Line>();

/** A snapshot copies bindings, but not proxies. */
function keyOf(binding: InversifyBinding): object {
  return targetOf(binding.value)?.proxy ?? binding;
}
