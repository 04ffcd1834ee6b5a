/**
 * Several failures as one: a single one as it is, more of them in an `AggregateError`.
 *
 * @param what - what failed, after the number, as in `disposers failed`
 */
export function oneOrAll(errors: readonly unknown[], what: string): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} ${what}`);
}
