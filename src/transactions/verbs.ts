import type { BeginOptions, TransactionDriver } from "../scopes/in-transaction/driver.js";

/** What is said to the driver at the begin and at the end. */
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

/** Of the savepoint of a nested one, which bears the number of its level. */
export function ofSavepoint(level: number): Verbs {
  const name = `inversify_scopes_${level}`;
  return {
    begin: (driver, instance) => driver.savepoint!(instance, name),
    commit: (driver, instance) => driver.releaseSavepoint!(instance, name),
    rollback: (driver, instance) => driver.rollbackTo!(instance, name),
  };
}
