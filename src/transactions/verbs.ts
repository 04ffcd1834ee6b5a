import type { BeginOptions, TransactionDriver } from "../scopes/in-transaction/driver.js";
import type { Hold } from "./hold.js";

/** What the driver is told at the begin and at the end. */
export interface Verbs {
  begin(driver: TransactionDriver, instance: object, options: BeginOptions): unknown;
  commit(driver: TransactionDriver, instance: object): unknown;
  rollback(driver: TransactionDriver, instance: object): unknown;
}

export const OF_TRANSACTION: Verbs = {
  begin: (driver, instance, options) => driver.begin(instance, options),
  commit: (driver, instance) => driver.commit(instance),
  rollback: (driver, instance) => driver.rollback(instance),
};

/** For a nested transaction: a savepoint with the number of its level. */
export function ofSavepoint(level: number): Verbs {
  const name = `inversify_scopes_${level}`;
  return {
    begin: (driver, instance) => driver.savepoint!(instance, name),
    commit: (driver, instance) => driver.releaseSavepoint!(instance, name),
    rollback: (driver, instance) => driver.rollbackTo!(instance, name),
  };
}

/**
 * Tells the driver to begin or to end, after the calls that have their turn. It takes no turn itself: until it is over, the
 * transaction lets no call through.
 */
export function tell(driver: TransactionDriver, verb: Verbs["begin"], hold: Hold, options: BeginOptions): unknown {
  if (!hold.isBusy) return verb(driver, hold.instance, options);
  const run = (instance: object): unknown => verb(driver, instance, options);
  return hold.perform({ member: "transaction", isCall: true, deferrable: true, run });
}
