import "reflect-metadata";
import { inject, injectable, type ServiceIdentifier } from "inversify";

/** A service that holds others by proxy, and uses them while it ends. */
export class Holder {
  readonly held: readonly Holder[];

  constructor(...held: Holder[]) {
    this.held = held;
  }

  touch(): string {
    return "touched";
  }
}

/** A class of which others are injected into the constructor, in this order. */
export function holding(...needs: ServiceIdentifier[]): new (...held: Holder[]) => Holder {
  const made = class extends Holder {};
  injectable()(made);
  for (const [i, need] of needs.entries()) inject(need)(made, undefined, i);
  return made;
}
