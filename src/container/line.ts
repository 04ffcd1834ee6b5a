import type { ServiceIdentifier } from "inversify";
import { successionChanged } from "../context/dependents.js";
import { targetOf } from "../proxy/registry.js";
import type { InversifyBinding, InversifyServices } from "./inversify-types.js";

/** Bindings of one service, each of which took the place of the one before by `rebind`. */
export class Line {
  readonly #inversify: InversifyServices;
  readonly #service: ServiceIdentifier;
  /** Of the binding that is there now: none yet, once `rebind` was said. */
  #id: number | undefined;
  /** The same, also once it was removed. */
  last: InversifyBinding | undefined;

  constructor(inversify: InversifyServices, service: ServiceIdentifier) {
    this.#inversify = inversify;
    this.#service = service;
  }

  /** The binding that is there now, unless it was removed. */
  now(): InversifyBinding | undefined {
    const [binding] = (this.#id === undefined ? undefined : this.#inversify.bindingService.getById(this.#id)) ?? [];
    return binding;
  }

  /** A binding was made in the place of the one before; the last counts, where a scope that is said later binds once more. */
  note(): void {
    const binding = [...this.#inversify.bindingService.getNonParentBindings(this.#service)!].at(-1)!;
    this.#id = binding.id;
    this.last = binding;
    lines.set(keyOf(binding), this);
    successionChanged();
  }

  /** The line of a binding, whose last it is. */
  static of(binding: InversifyBinding): Line | undefined {
    const line = lines.get(keyOf(binding));
    return line !== undefined && line.#id === binding.id ? line : undefined;
  }
}

/** By the last of their bindings. */
const lines = new WeakMap<object, Line>();

/** A snapshot copies bindings, but not the proxies in them. */
function keyOf(binding: InversifyBinding): object {
  return targetOf(binding.value)?.proxy ?? binding;
}
