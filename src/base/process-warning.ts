/**
 * Warns of an error that no caller is there to receive. The contents of the error are not printed; a listener finds it as the
 * warning's `cause`.
 */
export function processWarning(type: string, code: string, message: string, cause: unknown): void {
  const warning = new Error(message, cause === undefined ? undefined : { cause });
  process.emitWarning(Object.assign(warning, { name: type, code }));
}
