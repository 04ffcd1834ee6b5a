import type { Container } from "inversify";
import { ScopeError } from "../base/errors.js";
import { ownPlace } from "../base/own-files.js";
import { processWide } from "../base/process-wide.js";

/** This copy of the package. An object, since two copies may be in one bundle, and then in the same place. */
const HERE = { toString: ownPlace };

/** With which copy's plugin a container is registered; shared by all copies in the process. */
const copies = processWide("containers/1", () => new WeakMap<Container, typeof HERE>());

export function noteCopy(container: Container): void {
  copies.set(container, HERE);
}

/** @throws ScopeError `INVALID_OPTION` if a container has the plugin of another installed copy of the package */
export function refuseOtherCopy(caller: string, container: Container): void {
  const other = copies.get(container);
  if (other === undefined || other === HERE) return;
  throw new ScopeError(
    "INVALID_OPTION",
    `${caller}: the container has the ScopesPlugin of the copy of inversify-scopes in ${other.toString()}, but this is the one in ` +
      `${HERE.toString()}. Use the copy that has registered it, or install one copy only (see \`npm ls inversify-scopes\`).`,
    { service: caller },
  );
}
