/**
 * Throws the `RangeError` of a full stack where less than a kilobyte of it is left: before something is entered that must be left
 * again. Node enters and leaves resources and stores by calls, and where the stack is too full for the second one, the code after it
 * is in another's context, or the process ends ("async hook stack has become corrupted", Node 24 and 26).
 *
 * V8 checks, when a function begins, that its registers have room, in optimised code too (its `GetStackCheckOffset`). The arguments
 * of the call below are so many registers. It never happens, and so much code is not inlined.
 *
 * @param never - left out
 */
export function claimStack(never?: unknown): void {
  if (never === undefined) return;
  // oxfmt-ignore
  ignore(
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
    never, never, never, never, never, never, never, never, never, never, never, never, never, never, never, never,
  );
}

function ignore(..._registers: readonly unknown[]): void {}
