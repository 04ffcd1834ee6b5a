import type { Container } from "inversify";
import { ownPlace } from "../base/own-files.js";
import { processWide } from "../base/process-wide.js";
import { otherCopy } from "./errors.js";

/** This copy of the package. An object, since two copies in one bundle have the same place. */
const HERE = { toString: ownPlace };

/** The copy whose plugin each container has; all copies in the process share this. */
const copies = processWide("containers/1", () => new WeakMap<Container, typeof HERE>());

export function noteCopy(container: Container): void {
  copies.set(container, HERE);
}

/** @throws ScopeError `INVALID_OPTION` if a container has the plugin of another installed copy of the package */
export function refuseOtherCopy(caller: string, container: Container): void {
  const other = copies.get(container);
  if (other === undefined || other === HERE) return;
  throw otherCopy(caller, other.toString(), HERE.toString());
}
