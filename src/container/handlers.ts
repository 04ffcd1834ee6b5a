import type { ServiceIdentifier } from "inversify";
import type { InversifyServices } from "./inversify-types.js";

/**
 * Tells when the activation and deactivation handlers of a container may have changed, so that they are not looked up for each
 * instance. Every change goes through the plugin.
 */
export class Handlers {
  /** Rises whenever handlers may have come or gone. */
  version = 0;
  /** A parent's handlers come and go unseen, and inversify does not tell whether there is a parent. */
  mayHaveParent = true;
  /** Changes that are under way. */
  #underWay = 0;

  /** Whether handlers that are looked up now are right until the version changes. */
  get areSettled(): boolean {
    return this.#underWay === 0 && !this.mayHaveParent;
  }

  change<R>(job: () => R): R {
    try {
      return job();
    } finally {
      this.version++;
    }
  }

  async changeLater<R>(job: () => Promise<R>): Promise<R> {
    this.#underWay++;
    this.version++;
    try {
      return await job();
    } finally {
      this.#underWay--;
    }
  }
}

const UNKNOWN = -1;
const NONE: readonly never[] = [];

/** The handlers of one kind for the instances of one binding: its own first, then those of its service. */
export class HandlersOf<Handler> {
  #own: Handler | undefined;
  #all: readonly Handler[] = NONE;
  /** The version at which `#all` was looked up. */
  #at = UNKNOWN;
  readonly #handlers: Handlers;
  readonly #inversify: InversifyServices;
  readonly #kind: "activationService" | "deactivationService";
  readonly #service: ServiceIdentifier;

  constructor(
    handlers: Handlers,
    inversify: InversifyServices,
    kind: "activationService" | "deactivationService",
    service: ServiceIdentifier,
  ) {
    this.#handlers = handlers;
    this.#inversify = inversify;
    this.#kind = kind;
    this.#service = service;
  }

  get own(): Handler | undefined {
    return this.#own;
  }

  set own(handler: Handler | undefined) {
    this.#own = handler;
    this.#at = UNKNOWN;
  }

  /** The handlers of this moment. Every instance asks, and mostly there are none. */
  all(): readonly Handler[] {
    if (this.#at !== this.#handlers.version) this.#lookUp();
    return this.#all;
  }

  #lookUp(): void {
    // Looked up by property: `restore()` replaces inversify's services.
    const ofService = this.#inversify[this.#kind].get(this.#service) as Iterable<Handler> | undefined;
    if (this.#own !== undefined) this.#all = [this.#own, ...(ofService ?? NONE)];
    else this.#all = ofService === undefined ? NONE : [...ofService];
    this.#at = this.#handlers.areSettled ? this.#handlers.version : UNKNOWN;
  }
}
